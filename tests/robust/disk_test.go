package robust

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/msredis/msredis/internal/testcluster"
)

// smallDisk is a file system that is quickly full.
type smallDisk struct{ dir string }

// smallBytes has room for a node at rest: the log reserves its space ahead.
const smallBytes = "size=224m"

// newSmallDisk mounts one. It returns nil where that is not permitted.
func newSmallDisk(dir string) (*smallDisk, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	err := mountTmpfs(dir, smallBytes)
	if errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.EACCES) {
		return nil, nil
	}
	return &smallDisk{dir}, err
}

// fill takes all room there is.
func (d *smallDisk) fill() error {
	f, err := os.Create(filepath.Join(d.dir, "ballast"))
	if err != nil {
		return err
	}
	defer f.Close()
	block := make([]byte, 1<<20)
	for err == nil {
		_, err = f.Write(block)
	}
	if errors.Is(err, syscall.ENOSPC) {
		return nil
	}
	return err
}

// empty gives the room back.
func (d *smallDisk) empty() error { return os.Remove(filepath.Join(d.dir, "ballast")) }

// fullDisk moves a node to a small disk, fills that, writes until the node
// cannot go on, makes room, and moves it back. Its data is lost with each move.
func (f *faults) fullDisk() string {
	n := f.anyNode()
	small := filepath.Join(f.t.TempDir(), "small")
	d, err := newSmallDisk(small)
	if err != nil {
		f.t.Fatal(err)
	}
	if d == nil {
		return "full disk: mounting a small one is not permitted here, so there was none"
	}
	f.t.Cleanup(func() { unmount(small) })
	data := filepath.Join(small, "data")
	n.Kill()
	f.rejoin(n, "--dir", data)
	f.settleWith(n, "--dir", data)
	if err := d.fill(); err != nil {
		f.t.Fatal(err)
	}
	filler := strings.Repeat("f", 1<<20)
	sent, ended := 0, false
	for i := 0; i < 150 && !ended; i++ {
		if _, err := f.other(n).TryDo("SET", fmt.Sprint("filler:", i%4), filler); err == nil {
			sent++
		}
		ended = !n.Running()
	}
	if err := d.empty(); err != nil {
		f.t.Fatal(err)
	}
	f.settleWith(n, "--dir", data)
	n.Kill()
	unmount(small)
	f.rejoin(n)
	what := "and went on"
	if ended {
		what = "and ended"
	}
	return fmt.Sprintf("full disk: %s had no room for %d MB %s", n.Name, sent, what)
}

// rejoin starts a node without its data and waits until it serves.
func (f *faults) rejoin(n *testcluster.Node, more ...string) {
	f.t.Helper()
	n.LoseDisk()
	if f.next > f.founders+1 { // those that it knew may have been removed since
		more = append(more, "--join", f.other(n).Addr())
	}
	n.Start(more...)
	f.eventually(n.Name+" is back with an empty disk", func() error {
		if !n.Running() {
			n.Start(more...)
		}
		v, err := n.TryDo("DBSIZE")
		if err == nil && v.IsError() {
			err = errors.New(v.Text)
		}
		return err
	})
}
