package store_test

import (
	"fmt"
	"math/rand"
	"testing"

	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/store"
)

// replay is one way to apply a history; none of its fields may show in the
// outcome.
type replay struct {
	lanes   int
	large   int  // calls from which the lanes are used
	batch   int  // entries per Apply
	remote  bool // the clients are on other nodes
	ahead   bool // keys are looked up ahead
	heed    bool // the lanes are not used for a batch with many joins
	restart int  // mean number of batches between restarts from a snapshot; 0: none
	seed    int64
}

// outcome is what must not differ.
type outcome struct {
	digests []string // every so many entries
	bytes   []int64
	expired []uint64
	next    []int64
	replies []string // by unit, with the number of errors and the last of them
}

// checkpoint is the number of entries between two comparisons.
const checkpoint = 500

func (r replay) newStore(t *testing.T) *store.Store {
	s := newStore(t, r.lanes, r.large)
	if r.ahead {
		s.SetAhead(0)
	}
	if r.heed {
		s.HeedJoins()
	}
	return s
}

func (r replay) run(t *testing.T, history []logEntry) outcome {
	var out outcome
	s := r.newStore(t)
	rng := rand.New(rand.NewSource(r.seed))
	var shelf memShelf
	var batch []store.Entry
	var units []*command.Unit
	for i, e := range history {
		entry := store.Entry{Index: uint64(i + 1), Time: e.time, Seed: e.seed}
		for _, calls := range e.units {
			u := unit(calls, r.remote)
			units = append(units, u)
			if len(u.Calls) > 0 {
				entry.Units = append(entry.Units, u)
			}
		}
		batch = append(batch, entry)
		if len(batch) == r.batch || (i+1)%checkpoint == 0 {
			s.Apply(batch)
			batch = nil
			if r.restart > 0 && rng.Intn(r.restart) == 0 {
				sink := &memSink{}
				if rng.Intn(3) == 0 {
					sink.fail = 1 + rng.Intn(100)
				}
				if shelf.write(t, s.Cut(), sink) && rng.Intn(2) == 0 {
					s = shelf.load(t, r.newStore(t))
				}
			}
		}
		if (i+1)%checkpoint == 0 {
			if err := s.Audit(); err != nil {
				t.Fatal(err)
			}
			digest, index := s.Digest()
			if index != uint64(i+1) {
				t.Fatalf("digest at %d, want %d", index, i+1)
			}
			out.digests = append(out.digests, digest)
			out.bytes = append(out.bytes, s.DataBytes())
			out.expired = append(out.expired, s.ExpiredKeys())
			out.next = append(out.next, s.NextDeadline())
		}
	}
	for _, u := range units {
		out.replies = append(out.replies, fmt.Sprint(string(u.W.Buf), u.W.Errors, u.W.LastError))
	}
	return out
}

func TestOneHistoryManyWays(t *testing.T) {
	t.Parallel()
	history := newWriter(t, 1).history(2000)
	want := replay{lanes: 1, large: 1 << 30, batch: 1}.run(t, history)
	if want.expired[len(want.expired)-1] == 0 || want.bytes[0] == 0 {
		t.Fatal("the history is too tame")
	}
	for i, r := range []replay{
		{lanes: 1, large: 1 << 30, batch: 1000},
		{lanes: 1, large: 1 << 30, batch: 100, ahead: true},
		{lanes: 1, large: 1 << 30, batch: 1, ahead: true, restart: 30},
		{lanes: 2, large: 1, batch: 1},
		{lanes: 2, large: 1, batch: 37},
		{lanes: 8, large: 1, batch: 1000},
		{lanes: 2, large: 1, batch: 50, ahead: true},
		{lanes: 7, large: 1, batch: 1000, ahead: true, restart: 3},
		{lanes: 3, large: 1, batch: 100, heed: true},
		{lanes: 8, large: 100, batch: 10},
		{lanes: 1, large: 1 << 30, batch: 7, remote: true},
		{lanes: 8, large: 1, batch: 200, remote: true},
		{lanes: 1, large: 1 << 30, batch: 1, restart: 50},
		{lanes: 2, large: 1, batch: 20, restart: 3},
		{lanes: 3, large: 1, batch: 3, remote: true, restart: 20},
	} {
		r.seed = int64(i)
		t.Run(fmt.Sprintf("lanes=%d,large=%d,batch=%d,ahead=%v,heed=%v,remote=%v,restart=%d",
			r.lanes, r.large, r.batch, r.ahead, r.heed, r.remote, r.restart), func(t *testing.T) {
			t.Parallel()
			got := r.run(t, history)
			for i := range want.digests {
				if got.bytes[i] != want.bytes[i] || got.expired[i] != want.expired[i] || got.next[i] != want.next[i] {
					t.Fatalf("entry %d: %d bytes, %d expired, next deadline %d; want %d, %d, %d", (i+1)*checkpoint,
						got.bytes[i], got.expired[i], got.next[i], want.bytes[i], want.expired[i], want.next[i])
				}
				if got.digests[i] != want.digests[i] {
					t.Fatalf("entry %d: digest %s, want %s", (i+1)*checkpoint, got.digests[i], want.digests[i])
				}
			}
			for i := range want.replies {
				if !r.remote && got.replies[i] != want.replies[i] {
					t.Fatalf("unit %d: replies\n%q, want\n%q", i, got.replies[i], want.replies[i])
				}
			}
		})
	}
}
