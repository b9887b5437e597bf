package shelf

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"math/rand"
	randv2 "math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"
)

// crashes is a file system that notes, before every operation that writes, what
// a crash at that moment could leave: what was synced, after a loss of power, or
// everything, after a kill. (Pebble relies on a file system that keeps the order
// of changes to directories, so nothing in between is tried.)
type crashes struct {
	vfs.FS
	mem *vfs.MemFS

	mu    sync.Mutex
	after []*vfs.MemFS
}

func newCrashes(mem *vfs.MemFS) *crashes {
	c := &crashes{mem: mem}
	c.FS = errorfs.Wrap(mem, errorfs.InjectorFunc(func(op errorfs.Op) error {
		if op.Kind.ReadOrWrite() == errorfs.OpIsWrite {
			c.note()
		}
		return nil
	}))
	return c
}

// note takes copies and returns how many there are.
func (c *crashes) note() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	rng := randv2.New(randv2.NewPCG(1, 2)) // at 100 percent it decides nothing
	c.after = append(c.after, c.mem.CrashClone(vfs.CrashCloneCfg{}),
		c.mem.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: 100, RNG: rng}))
	return len(c.after)
}

// state is what a shelf holds.
type state struct {
	index   uint64 // 0: nothing
	content map[string]string
}

func stateOf(t *testing.T, fs vfs.FS, dir string) (state, error) {
	t.Helper()
	s, err := openFS(fs, dir, quiet)
	if err != nil {
		return state{}, err
	}
	m, _ := s.Meta()
	st := state{m.Index, content(t, s)}
	return st, s.Close()
}

// oneOf fails unless each of the copies holds one of the states, and from the
// copy safe on the last.
func oneOf(t *testing.T, after []*vfs.MemFS, dir string, safe int, states ...state) {
	t.Helper()
	seen := map[uint64]int{}
	for i, fs := range after {
		got, err := stateOf(t, fs, dir)
		if err != nil {
			t.Fatalf("crash %d of %d: %v", i, len(after), err)
		}
		seen[got.index]++
		ok := false
		for j, st := range states {
			if st.index == got.index && maps.Equal(st.content, got.content) && (i < safe || j == len(states)-1) {
				ok = true
			}
		}
		if !ok {
			t.Fatalf("crash %d of %d (safe from %d on) left snapshot %d with %d keys", i, len(after), safe, got.index, len(got.content))
		}
	}
	for _, st := range states {
		if seen[st.index] == 0 {
			t.Errorf("no crash left snapshot %d: %v", st.index, seen)
		}
	}
}

func TestCrashInWrite(t *testing.T) {
	t.Parallel()
	const dir = "/data/node/snapshots"
	for before := range 4 {
		t.Run(fmt.Sprint("after ", before), func(t *testing.T) {
			t.Parallel()
			mem := vfs.NewCrashableMem()
			must(t, mem.MkdirAll("/data/node", 0o700))
			for _, d := range []string{"/data", "/"} {
				must(t, syncDir(mem, d))
			}
			r := rand.New(rand.NewSource(int64(before)))
			model := map[string]string{}
			if before > 0 {
				s, err := openFS(mem, dir, quiet)
				must(t, err)
				for i := 1; i <= before; i++ {
					must(t, s.Write(meta(i), random(r, model, false)))
				}
				must(t, s.Close())
			}
			old := state{uint64(before), maps.Clone(model)}

			c := newCrashes(mem)
			s, err := openFS(c, dir, quiet)
			must(t, err)
			s.split = 2 << 10
			must(t, s.Write(meta(before+1), random(r, model, false)))
			safe := c.note()
			must(t, s.Close())
			c.note()
			oneOf(t, c.after, dir, safe-2, old, state{uint64(before + 1), model})
		})
	}
}

func TestCrashInInstall(t *testing.T) {
	t.Parallel()
	const dir = "/data/snapshots"
	for _, fresh := range []bool{false, true} {
		t.Run(fmt.Sprint("fresh ", fresh), func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewSource(1))
			from := inMemory(t)
			model := map[string]string{}
			must(t, from.Write(meta(9), random(r, model, false)))
			var stream bytes.Buffer
			_, err := from.Stream(&stream)
			must(t, errors.Join(err, from.Close()))

			mem := vfs.NewCrashableMem()
			must(t, mem.MkdirAll("/data", 0o700))
			must(t, syncDir(mem, "/"))
			old := state{content: map[string]string{}}
			s, err := openFS(mem, dir, quiet)
			must(t, err)
			if !fresh {
				old.index = 5
				must(t, s.Write(meta(5), random(r, old.content, false)))
			}
			must(t, s.Close())

			c := newCrashes(mem)
			m, err := receiveFS(c, dir, &stream, quiet)
			if err != nil || m.Index != 9 {
				t.Fatal(m, err)
			}
			must(t, installFS(c, dir))
			safe := c.note()
			s, err = openFS(c, dir, quiet)
			must(t, err)
			must(t, s.Close())
			c.note()
			oneOf(t, c.after, dir, safe-2, old, state{9, model})
		})
	}
}

// TestDiskFull fails the writing of tables.
func TestDiskFull(t *testing.T) {
	t.Parallel()
	mem := vfs.NewMem()
	var full atomic.Bool
	fs := errorfs.Wrap(mem, errorfs.InjectorFunc(func(op errorfs.Op) error {
		if full.Load() && op.Kind == errorfs.OpFileWrite && strings.HasSuffix(op.Path, ".sst") {
			return errors.New("no space left on device")
		}
		return nil
	}))
	s, err := openFS(fs, "/s", quiet)
	must(t, err)
	model := map[string]string{}
	r := rand.New(rand.NewSource(1))
	must(t, s.Write(meta(1), random(r, model, false)))
	full.Store(true)
	if err := s.Write(meta(2), random(r, maps.Clone(model), false)); err == nil || !strings.Contains(err.Error(), "shelf /s: write: ") {
		t.Fatalf("a write to a full disk: %v", err)
	}
	full.Store(false)
	if names, err := mem.List("/s/build"); err != nil || len(names) > 0 {
		t.Errorf("left behind: %v, %v", names, err)
	}
	if m, _ := s.Meta(); m.Index != 1 || !maps.Equal(content(t, s), model) {
		t.Errorf("the shelf is at %d", m.Index)
	}
	must(t, s.Write(meta(3), random(r, model, false)))
	if !maps.Equal(content(t, s), model) {
		t.Error("wrong content afterwards")
	}
	must(t, s.Close())
}

// TestDamage flips bits in all files of a shelf. It is refused with the name of
// the file, or what was flipped makes no difference.
func TestDamage(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "s")
	s := mustOpen(t, dir)
	model := map[string]string{}
	r := rand.New(rand.NewSource(1))
	for i := 1; i <= 3; i++ {
		must(t, s.Write(meta(i), random(r, model, false)))
	}
	must(t, s.Close())
	files, err := filepath.Glob(filepath.Join(dir, "db", "*"))
	must(t, err)
	files = append(files, s.newestPath())
	flips, found := 0, 0
	for _, path := range files {
		whole, err := os.ReadFile(path)
		must(t, err)
		name := filepath.Base(path)
		for at := 0; at < len(whole); at += max(1, len(whole)/10) {
			copied := filepath.Join(t.TempDir(), "s")
			must(t, os.CopyFS(copied, os.DirFS(dir)))
			bad := bytes.Clone(whole)
			bad[at] ^= 1 << r.Intn(8)
			rel, err := filepath.Rel(dir, path)
			must(t, err)
			must(t, os.WriteFile(filepath.Join(copied, rel), bad, 0o600))
			flips++
			got, err := loadAll(copied)
			switch {
			case err == nil && got.index == 3 && maps.Equal(got.content, model):
				if strings.HasSuffix(name, ".sst") || strings.HasPrefix(name, "MANIFEST") {
					t.Errorf("%s: byte %d makes no difference", name, at)
				}
			case err == nil:
				t.Errorf("%s: byte %d gives snapshot %d with %d keys", name, at, got.index, len(got.content))
			default:
				found++
				if !strings.Contains(err.Error(), copied) {
					t.Errorf("%s: byte %d: the error names no file: %v", name, at, err)
				}
				if strings.HasSuffix(name, ".sst") && !(errors.As(err, new(*DamagedError)) && strings.Contains(err.Error(), name) && !strings.Contains(err.Error(), "\n")) {
					t.Errorf("%s: byte %d: the error does not name it: %v", name, at, err)
				}
			}
			tables, err := filepath.Glob(filepath.Join(copied, "db", "*.sst"))
			if err != nil || len(tables) == 0 {
				t.Fatalf("%s: byte %d: the tables are gone", name, at)
			}
		}
	}
	t.Logf("%d of %d flipped bits were found", found, flips)
}

func loadAll(dir string) (state, error) {
	s, err := Open(dir, quiet)
	if err != nil {
		return state{}, err
	}
	defer s.Close()
	st := state{content: map[string]string{}}
	m, _ := s.Meta()
	st.index = m.Index
	return st, s.Load(func(k, v []byte) error {
		st.content[string(k)] = string(v)
		return nil
	})
}
