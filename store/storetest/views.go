package storetest

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"github.com/zeebo/xxh3"

	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/store/keyspace"
)

// Viewed is a history for CheckViews.
type Viewed struct {
	Keys   []string
	Fill   [][]string // commands that make large values of the keys
	Random func(rng *rand.Rand) []string
	Steps  int
}

// CheckViews runs random commands on a store of whose keys views are taken, and on one
// without views. Several views live at once, are walked over by goroutines of their own
// meanwhile, and end in any order. Replies, digests and accounts of both stores are the
// same. A view is all the time what its key was in the other store at that moment.
func CheckViews(t testing.TB, kinds []*keyspace.Kind, rows []keyspace.Row, seed uint64, v Viewed) error {
	t.Helper()
	var taken keyspace.View
	var now figures
	extra := []keyspace.Row{
		viewRow("viewtake", func(c *keyspace.Ctx) { taken = c.Freeze(c.DB, c.Args[1]) }),
		viewRow("viewlook", func(c *keyspace.Ctx) { now = figuresOf(c.Lookup(c.Args[1])) }),
	}
	viewed, plain := New(t, kinds, rows, extra), New(t, kinds, rows, extra)
	rng := rand.New(rand.NewPCG(seed, 1))
	do := func(args []string) error {
		got, want := viewed.Do(args...), plain.Do(args...)
		if got != want {
			return fmt.Errorf("%.80q with views: %.80q, without: %.80q", args, got, want)
		}
		return nil
	}
	for _, args := range v.Fill {
		if err := do(args); err != nil {
			return err
		}
	}
	var walkers []*walker
	defer func() {
		for _, w := range walkers {
			_ = w.end()
		}
	}()
	for step := range v.Steps {
		if rng.IntN(20) == 0 {
			viewed.Now += int64(rng.IntN(200))
			plain.Now = viewed.Now
		}
		if err := do(v.Random(rng)); err != nil {
			return err
		}
		switch n := rng.IntN(30); {
		case n == 0 && len(walkers) < 6:
			key := v.Keys[rng.IntN(len(v.Keys))]
			viewed.Do("viewtake", key)
			plain.Do("viewlook", key)
			walkers = append(walkers, walk(key, taken, now))
		case n == 1 && len(walkers) > 0:
			i := rng.IntN(len(walkers))
			w := walkers[i]
			walkers[i] = walkers[len(walkers)-1]
			walkers = walkers[:len(walkers)-1]
			if err := w.end(); err != nil {
				return err
			}
		}
		if step%200 != 0 {
			continue
		}
		got, _ := viewed.Store.Digest()
		want, _ := plain.Store.Digest()
		if got != want || viewed.Store.DataBytes() != plain.Store.DataBytes() {
			return fmt.Errorf("step %d: digest %s and %d bytes with views, %s and %d without", step,
				got, viewed.Store.DataBytes(), want, plain.Store.DataBytes())
		}
	}
	var errs []error
	for _, w := range walkers {
		errs = append(errs, w.end())
	}
	walkers = nil
	return errors.Join(errs...)
}

// figures are what must not change of a view.
type figures struct {
	there    bool
	encoding string
	len      int
	size     int64
	deadline int64
	digest   uint64
	content  []byte
}

func figuresOf(e *keyspace.Entry) (f figures) {
	if e == nil {
		return f
	}
	value := e.Value()
	var h xxh3.Hasher
	value.Digest(&h)
	return figures{true, value.Encoding(), value.Len(), e.MemSize(), e.Deadline(), h.Sum64(), value.Encode(nil)}
}

func (f *figures) same(g *figures) bool {
	return f.there == g.there && f.encoding == g.encoding && f.len == g.len && f.size == g.size &&
		f.deadline == g.deadline && f.digest == g.digest && bytes.Equal(f.content, g.content)
}

// walker looks at a view several times before it ends it.
type walker struct {
	key  string
	view keyspace.View
	want figures
	done sync.WaitGroup
	bad  error
}

func walk(key string, view keyspace.View, want figures) *walker {
	w := &walker{key: key, view: view, want: want}
	w.done.Add(1)
	go func() {
		defer w.done.Done()
		for i := 0; i < 3 && w.bad == nil; i++ {
			w.look()
		}
	}()
	return w
}

func (w *walker) look() {
	defer func() {
		if cause := recover(); cause != nil {
			w.bad = fmt.Errorf("a view of %s: %v", w.key, cause)
		}
	}()
	if got := figuresOf(w.view.Entry()); !got.same(&w.want) {
		got.content, w.want.content = nil, nil
		w.bad = fmt.Errorf("a view of %s became %+v, was %+v", w.key, got, w.want)
	}
}

func (w *walker) end() error {
	w.done.Wait()
	if w.bad == nil {
		w.look()
	}
	w.view.Release()
	return w.bad
}

func viewRow(name string, run keyspace.Handler) keyspace.Row {
	return keyspace.Row{Run: run, Spec: command.Spec{
		Name: name, Usage: strings.ToUpper(name) + " key", Since: "1.0.0", Group: command.GroupGeneric, Summary: "A view", Complexity: "O(1)",
		Flags: command.ReadOnly,
	}}
}
