package store_test

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/store"
)

// feeder applies made-up batches to a store.
type feeder struct {
	w     *writer // for its vocabulary; its own store is not used
	s     *store.Store
	index uint64
}

func newFeeder(t *testing.T, s *store.Store, seed int64) *feeder {
	w := newWriter(t, seed)
	w.s = s
	return &feeder{w: w, s: s}
}

// batch applies n entries in one call.
func (f *feeder) batch(n int) {
	var entries []store.Entry
	for range n {
		f.w.now += int64(f.w.rng.Intn(10))
		e := logEntry{time: f.w.now}
		for range 3 {
			e.units = append(e.units, []command.Call{f.w.call(), f.w.call()})
		}
		f.index++
		entries = append(entries, store.Entry{Index: f.index, Time: e.time, Seed: f.index, Units: f.w.units(e)})
	}
	f.s.Apply(entries)
}

// A snapshot is that of its cut, whatever is applied while it is being written.
func TestDeltaUnderFire(t *testing.T) {
	t.Parallel()
	for seed := range int64(4) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			lanes := 1 + int(seed)%2
			s := newStore(t, lanes, 1)
			f := newFeeder(t, s, seed)
			rng := rand.New(rand.NewSource(seed))
			var shelf memShelf
			for round := range 30 {
				f.batch(20)
				want, _ := s.Digest()
				d := s.Cut()
				sink := &memSink{}
				if rng.Intn(4) == 0 {
					sink.fail = 1 + rng.Intn(200)
				}
				// The applier works between any two records, then goes on
				// until the writer is done.
				step := make(chan bool)
				sink.afterWrite = func(n int) {
					if n%7 == 0 {
						step <- true
					}
				}
				var saved bool
				go func() {
					saved = shelf.write(t, d, sink)
					close(step)
				}()
				for range step {
					f.batch(2)
				}
				if !saved {
					continue
				}
				restored := shelf.load(t, newStore(t, 1, 1<<30))
				if got, _ := restored.Digest(); got != want {
					t.Fatalf("round %d: digest of the snapshot %s, at the cut %s", round, got, want)
				}
			}
		})
	}
}

// A snapshot that fails leaves the keys that it had taken to be changed, before it is
// done and after.
func TestChangesBehindFailure(t *testing.T) {
	t.Parallel()
	const keys = 40
	s := newStore(t, 1, 1)
	index := uint64(0)
	do := func(name string, key int, rest ...any) {
		index++
		apply(s, index, 1, call(0, append([]any{name, fmt.Sprint("k", key)}, rest...)...))
	}
	for key := range keys {
		do("set", key, strings.Repeat("x", 100))
	}
	for fail := 1; fail <= keys; fail += 3 {
		var shelf memShelf
		d := s.Cut()
		sink := &memSink{t: t, sets: map[string]string{}, fail: fail}
		if err := d.Write(sink); !errors.Is(err, errFull) {
			t.Fatal(err)
		}
		for key := range keys {
			do("pexpireat", key, 1_000_000+fail) // the value stays and may be shared
		}
		d.Done(false)
		for key := range keys {
			do("append", key, "y")
		}
		want, _ := s.Digest()
		if d := s.Cut(); !shelf.write(t, d, &memSink{}) {
			t.Fatal("the next one fails, too")
		}
		if got, _ := shelf.load(t, newStore(t, 1, 1<<30)).Digest(); got != want {
			t.Fatalf("fails at record %d: the next snapshot has digest %s, want %s", fail, got, want)
		}
		for key := range keys { // all are in the next delta
			do("append", key, "z")
		}
	}
}

// Readers see a prefix of the log: of a pipeline never a later write without
// the earlier ones, of a transaction or a multi-key write never a part.
func TestReadersSeePrefix(t *testing.T) {
	t.Parallel()
	for _, lanes := range []int{1, 4, -4} { // below 0: from views
		t.Run(fmt.Sprint("lanes=", lanes), func(t *testing.T) {
			t.Parallel()
			s := newStore(t, max(lanes, -lanes), 2)
			s.FreezeAll(lanes < 0)
			var stop atomic.Bool
			var wg sync.WaitGroup
			read := func(c command.Call) []byte {
				u := &command.Unit{Calls: []command.Call{c}, Whole: lanes < 0}
				s.Read(u)
				return u.W.Buf
			}
			for range 3 {
				wg.Go(func() {
					for !stop.Load() {
						// One call over several shards.
						all := bytes.Split(read(call(0, "mget", "a", "b", "c", "d")), []byte("\r\n"))
						if len(all) == 10 && (!bytes.Equal(all[2], all[4]) || !bytes.Equal(all[2], all[6]) || !bytes.Equal(all[2], all[8])) {
							t.Errorf("torn write: %q", all)
							return
						}
						// A transaction that only reads.
						tx := &command.Tx{Calls: []command.Call{call(0, "get", "x"), call(0, "get", "y")}}
						pair := bytes.Split(read(command.NewExec(table.Lookup([]byte("exec")), tx, nil)), []byte("\r\n"))
						if len(pair) == 6 && !bytes.Equal(pair[2], pair[4]) {
							t.Errorf("torn transaction: %q", pair)
							return
						}
						// The later write first, then the earlier one.
						second := string(read(call(0, "get", "second")))
						first := string(read(call(0, "get", "first")))
						if len(first) < len(second) || len(first) == len(second) && first < second {
							t.Errorf("read %q, then the older %q", second, first)
							return
						}
					}
				})
			}
			for i := range 3000 {
				u := &command.Unit{Calls: []command.Call{
					call(0, "set", "first", i),
					call(0, "mset", "a", i, "b", i, "c", i, "d", i),
					command.NewExec(table.Lookup([]byte("exec")), &command.Tx{Calls: []command.Call{call(0, "set", "x", i), call(0, "set", "y", i)}}, nil),
					call(0, "set", "second", i),
				}}
				s.Apply([]store.Entry{{Index: uint64(i + 1), Time: int64(i), Units: []*command.Unit{u}}})
			}
			stop.Store(true)
			wg.Wait()
		})
	}
}
