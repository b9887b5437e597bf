package cluster

import (
	"context"
	"fmt"
	"io/fs"
	"math/rand"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	etcdwal "go.etcd.io/etcd/server/v3/storage/wal"
)

// Directories of nodes are copied here by the hundred.
func init() { etcdwal.SegmentSizeBytes = 256 << 10 }

// TestDamagedFiles flips a bit in every file of a node's directory, at many
// places, and loses it. The node refuses to start and names the file, or it starts with
// exactly the right data; it is never silently wrong.
func TestDamagedFiles(t *testing.T) {
	t.Parallel()
	l := newLab(t, "a")
	l.start("a")
	var ask strings.Builder
	for i := range 120 {
		l.want("a", fmt.Sprintf("SET k%d value-%d", i, i*i), "+OK")
		l.do("a", fmt.Sprintf("RPUSH list %d", i))
		fmt.Fprintf(&ask, "GET k%d\n", i)
		if i == 30 || i == 70 {
			if err := l.nodes["a"].Save(); err != nil {
				t.Fatal(err)
			}
		}
	}
	ask.WriteString("LRANGE list 0 -1\nDBSIZE")
	want := l.do("a", ask.String())
	l.stop("a")
	l.start("a") // so that the incarnation is more than 1
	l.stop("a")

	master := filepath.Join(l.dir, "master")
	if err := os.Rename(filepath.Join(l.dir, "a"), master); err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewSource(1))
	refused, harmless := 0, map[string]int{}
	for _, path := range allFiles(t, master) {
		whole, err := os.ReadFile(filepath.Join(master, path))
		if err != nil {
			t.Fatal(err)
		}
		for _, at := range append(places(whole), -1) {
			bad, bit := slices.Clone(whole), byte(1)<<r.Intn(8)
			if at >= 0 {
				bad[at] ^= bit
			} else {
				bad = nil
			}
			err := startDamaged(l, master, path, bad, ask.String(), want)
			switch {
			case err == nil:
				harmless[filepath.Base(path)]++
			case at < 0 && strings.Contains(err.Error(), l.dir):
				refused++ // what is not there is not always known by name
			case strings.Contains(err.Error(), strings.TrimRight(filepath.Base(path), "-0123456789")): // one manifest, whatever its number
				refused++
			default:
				t.Errorf("%s, byte %d, bit %x: %v", path, at, bit, err)
			}
		}
	}
	t.Logf("%d refused; harmless: %v", refused, harmless)
}

func allFiles(t *testing.T, dir string) (paths []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			rel, rerr := filepath.Rel(dir, path)
			paths, err = append(paths, rel), rerr
		}
		return err
	})
	if err != nil || len(paths) < 8 {
		t.Fatalf("%d files: %v", len(paths), err)
	}
	return paths
}

// places are some of the bytes of a file that hold something, and a few of those
// that do not.
func places(b []byte) (at []int) {
	used := len(strings.TrimRight(string(b), "\x00"))
	for i := 0; i < used; i += max(1, used/12) {
		at = append(at, i)
	}
	if used > 0 {
		at = append(at, used-1)
	}
	for i := used; i < len(b); i += max(1, (len(b)-used)/3) {
		at = append(at, i)
	}
	return at
}

// startDamaged starts a copy of the node with one other file, or without it. It returns why the
// node refused, or nil if it has the right data.
func startDamaged(l *lab, master, path string, content []byte, ask, want string) error {
	dir := filepath.Join(l.dir, "a")
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	if err := os.CopyFS(dir, os.DirFS(master)); err != nil {
		return err
	}
	damage := func(path string) error { return os.WriteFile(path, content, 0o600) }
	if content == nil {
		damage = os.Remove
	}
	if err := damage(filepath.Join(dir, path)); err != nil {
		return err
	}
	o := l.options("a")
	o.RequestTimeout = 2 * time.Second
	n, err := Open(context.Background(), o)
	if err != nil {
		return err
	}
	l.nodes["a"] = n
	defer l.stop("a")
	got, err := l.try("a", ask)
	if err != nil {
		return fmt.Errorf("started, then: %w", err)
	}
	if got != want {
		return fmt.Errorf("started with other data: %.200q", got)
	}
	return nil
}
