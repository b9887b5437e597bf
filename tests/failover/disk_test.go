package failover

import (
	"encoding/binary"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"sort"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/msredis/msredis/internal/testcluster"
)

// files are the files below a node's directory with the given ending, by name.
func files(t *testing.T, n *testcluster.Node, ending string) []string {
	t.Helper()
	var out []string
	err := filepath.WalkDir(n.Dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && strings.HasSuffix(path, ending) {
			out = append(out, path)
		}
		return err
	})
	if err != nil || len(out) == 0 {
		t.Fatalf("no *%s in %s: %v", ending, n.Dir, err)
	}
	sort.Slice(out, func(i, j int) bool { return filepath.Base(out[i]) < filepath.Base(out[j]) })
	return out
}

// change rewrites a file.
func change(t *testing.T, path string, f func(b []byte)) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	f(b)
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

// used is the length of b without the zeros at its end.
func used(b []byte) int { return len(strings.TrimRight(string(b), "\x00")) }

// newestLog is the log segment that was written last: the last one in use, as
// the next may be there already, empty.
func newestLog(t *testing.T, n *testcluster.Node) string {
	t.Helper()
	logs := files(t, n, ".wal")
	best, size := "", 0
	for _, path := range logs {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if u := used(b); u > 1<<10 {
			best, size = path, u
		}
	}
	if size == 0 {
		t.Fatalf("no log segment in use among %s", logs)
	}
	return best
}

// TestTornLog: a power cut leaves the last record of the log half written. That
// write was not acknowledged; the node says what it cut off, and serves.
func TestTornLog(t *testing.T) {
	t.Parallel()
	c := start(t, 1)
	n := c.Nodes[0]
	fill(t, n, "k", 100, 100)
	n.Kill()
	// The head of a record of 100,000 bytes, of which 3,000 reached the disk.
	const recordAlign = 8
	change(t, newestLog(t, n), func(b []byte) {
		end := (used(b) + recordAlign - 1) / recordAlign * recordAlign
		binary.LittleEndian.PutUint64(b[end:], 100_000)
		copy(b[end+8:], strings.Repeat("t", 3000))
	})
	n.Start()
	n.WaitReady()
	expect(t, n, "k:99", strings.Repeat("k", 100))
	if !regexp.MustCompile(`(?i)torn|unfinished|repair`).MatchString(n.Log()) {
		t.Error("the log says nothing of the repair")
	}
	set(t, n, "k", "works")
	n.Kill()
	n.Start()
	n.WaitReady()
	expect(t, n, "k", "works")
}

// TestCorruptLog: damage in front of good records, or to a record that was
// synced, is no power cut. The node refuses to start and names the file.
func TestCorruptLog(t *testing.T) {
	t.Parallel()
	c := start(t, 1)
	n := c.Nodes[0]
	fill(t, n, "k", 400, 1000)
	n.Kill()
	path := newestLog(t, n)
	change(t, path, func(b []byte) { b[used(b)/2] ^= 0x10 })
	n.Start()
	if code := n.WaitExit(); code != 1 {
		t.Errorf("exit code %d", code)
	}
	if !strings.Contains(n.Log(), filepath.Base(path)) {
		t.Errorf("the log does not name %s", filepath.Base(path))
	}
	n.Start()
	if code := n.WaitExit(); code != 1 {
		t.Errorf("the second start ends with code %d", code)
	}
}

// TestCorruptSnapshot flips a bit in a snapshot file. The node refuses to start
// and says why; one of three gets the data from the others, once its damaged
// directory is out of the way.
func TestCorruptSnapshot(t *testing.T) {
	t.Parallel()
	damage := func(t *testing.T, n *testcluster.Node) {
		t.Helper()
		testcluster.Eventually(t, patience(5*time.Second), "a snapshot is saved", func() error {
			if v := n.Do("SAVE"); v.Text != "OK" { // one may be under way already
				return errorf("SAVE: %s", v.Text)
			}
			return nil
		})
		n.Kill()
		tables := files(t, n, ".sst")
		for _, path := range tables {
			change(t, path, func(b []byte) {
				if len(b) > 0 { // a compaction may have begun a table
					b[len(b)/3] ^= 0x04
				}
			})
		}
	}
	t.Run("single node", func(t *testing.T) {
		t.Parallel()
		c := start(t, 1)
		n := c.Nodes[0]
		fill(t, n, "k", 300, 1000)
		damage(t, n)
		n.Start()
		if code := n.WaitExit(); code != 1 {
			t.Errorf("exit code %d", code)
		}
		if !regexp.MustCompile(`(?i)corrupt|checksum`).MatchString(n.Log()) {
			t.Error("the log does not say why")
		}
	})
	t.Run("one of three", func(t *testing.T) {
		t.Parallel()
		c := start(t, 3, "--snapshot-log-bytes", "1mb")
		fill(t, c.Nodes[0], "k", 400, 10_000)
		victim := c.Followers()[0]
		damage(t, victim)
		victim.Start()
		if code := victim.WaitExit(); code != 1 {
			t.Errorf("exit code %d", code)
		}
		startEmpty(t, victim)
		expect(t, victim, "k:399", strings.Repeat("k", 10_000))
		sameState(t, c)
	})
}

// TestOtherNodesData: a directory of another node is refused.
func TestOtherNodesData(t *testing.T) {
	t.Parallel()
	c := start(t, 3)
	a, b := c.Nodes[0], c.Nodes[1]
	a.Kill()
	b.Kill()
	a.Start("--dir", b.Dir)
	if code := a.WaitExit(); code != 1 {
		t.Errorf("exit code %d", code)
	}
	a.Start()
	b.Start()
	c.WaitReady()
}

// TestDiskFull fills the disk of one node of three. That node stops or refuses;
// the others go on; with room again it comes back.
func TestDiskFull(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=160m")
	if errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.EACCES) {
		t.Skip("mounting a small file system is not permitted here")
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { syscall.Unmount(dir, syscall.MNT_DETACH) })

	c := start(t, 3, "--snapshot-log-bytes", "1mb")
	victim := c.Followers()[0]
	victim.Kill()
	victim.LoseDisk()
	victim.Dir = filepath.Join(dir, "data")
	startEmpty(t, victim, "--dir", victim.Dir)

	l := startLoad(t, 2, c.Leader())
	ballast := filepath.Join(dir, "ballast")
	f, err := os.Create(ballast)
	if err != nil {
		t.Fatal(err)
	}
	block := make([]byte, 1<<20)
	for err == nil {
		_, err = f.Write(block)
	}
	f.Close()
	if !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("filling the disk: %v", err)
	}
	// More than fits into what is left of the segment that is preallocated.
	fill(t, c.Leader(), "k", 750, 100_000)
	l.waitProgress(10)
	l.end(c.Leader())

	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	victim.Kill()
	victim.Start("--dir", victim.Dir)
	victim.WaitReady()
	testcluster.Eventually(t, patience(15*time.Second), "the node has caught up", func() error {
		if v, err := victim.TryDo("DBSIZE"); err != nil || v.Text != c.Leader().Do("DBSIZE").Text {
			return errorf("DBSIZE %s %v", v.Text, err)
		}
		return nil
	})
	sameState(t, c)
}
