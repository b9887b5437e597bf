package store

import (
	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/store/keyspace"
)

// ahead walks through a batch in front of who applies it and looks up the keys of
// the next calls; see keyspace.Warmer.
type ahead struct {
	s     *Store
	calls interface{ next() *command.Call } // nil: it does nothing
	warm  keyspace.Warmer
	left  int      // calls that it is ahead
	all   allCalls // what calls is where one goroutine runs the batch
}

// aheadBytes is how large the data has to be for looking ahead to pay: what is
// smaller stays in the processor's cache.
const aheadBytes = 8 << 20

func (a *ahead) begin(s *Store, calls interface{ next() *command.Call }) {
	a.s, a.calls, a.left = s, nil, 0
	if s.dataSize.Load() >= s.aheadFrom {
		a.calls = calls
	}
}

// step is called in front of each call.
func (a *ahead) step() {
	if a.calls == nil {
		return
	}
	if a.left == 0 {
		a.look()
	}
	a.left--
}

func (a *ahead) look() {
	for c := a.calls.next(); c != nil; c = a.calls.next() {
		a.left++
		if k, ok := c.Footprint().Single(); ok && c.DB >= 0 && c.DB < a.s.opt.Databases {
			a.warm.Add(a.s.ks, c.DB, c.Args[k.Pos], keyspace.ShardOfSlot(k.Slot))
		}
		if a.left == keyspace.WarmMax {
			break
		}
	}
	a.warm.Run()
}

// allCalls are the calls of a batch, one after the other.
type allCalls struct {
	entries []Entry
	unit    int
	call    int
}

// next returns the next call, nil behind the last.
func (a *allCalls) next() *command.Call {
	for len(a.entries) > 0 {
		units := a.entries[0].Units
		if a.unit == len(units) {
			a.entries, a.unit = a.entries[1:], 0
			continue
		}
		calls := units[a.unit].Calls
		if a.call == len(calls) {
			a.unit++
			a.call = 0
			continue
		}
		a.call++
		return &calls[a.call-1]
	}
	return nil
}
