package store_test

import (
	"fmt"
	"testing"

	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/store"
)

// pipelines makes units of ten calls each.
func pipelines(calls int, make func(i int) command.Call) []*command.Unit {
	var units []*command.Unit
	for i := range calls {
		if i%10 == 0 {
			units = append(units, &command.Unit{})
		}
		last := units[len(units)-1]
		last.Calls = append(last.Calls, make(i))
	}
	return units
}

func reset(units []*command.Unit) {
	for _, u := range units {
		u.W.Reset()
	}
}

// TestLanesAllocateNothing: what a batch in lanes needs is there from the last one.
func TestLanesAllocateNothing(t *testing.T) {
	s := newStore(t, 4, 1)
	set := func(i int) command.Call { return call(0, "set", fmt.Sprint("key:", i), i) }
	s.Apply([]store.Entry{{Index: 1, Time: 1, Units: pipelines(2000, set)}})
	units := pipelines(2000, func(i int) command.Call {
		if i == 1000 {
			return call(0, "mget", "key:1", "key:2", "key:3", "key:4")
		}
		return call(0, "get", fmt.Sprint("key:", i))
	})
	batch := []store.Entry{{Index: 2, Time: 1, Units: units}}
	allocs := testing.AllocsPerRun(20, func() {
		s.Apply(batch)
		reset(units)
	})
	if allocs > 20 { // some for the scheduler, when goroutines wait for each other
		t.Errorf("%v allocations for 2000 calls", allocs)
	}
}

// TestLanesKeepLittle: one large batch does not take memory for good.
func TestLanesKeepLittle(t *testing.T) {
	s := newStore(t, 2, 1)
	get := call(0, "get", "a")
	both := call(0, "mget", "a", "b", "c", "d")
	units := pipelines(100_000, func(i int) command.Call {
		if i%10 == 0 {
			return both
		}
		return get
	})
	s.Apply([]store.Entry{{Index: 1, Time: 1, Units: units}})
	if n := s.Kept(); n > 1<<16 {
		t.Errorf("memory for %d calls is kept", n)
	}
	for i, u := range units {
		if i > 0 && string(u.W.Buf) != string(units[0].W.Buf) {
			t.Fatalf("unit %d: %q, want %q", i, u.W.Buf, units[0].W.Buf)
		}
	}
}
