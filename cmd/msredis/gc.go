package main

import (
	"runtime/debug"
	"runtime/metrics"
	"time"

	"github.com/msredis/msredis/store/arena"
)

const (
	gcPeriod = time.Second // between two looks at the heap
	gcLeast  = 5           // percent
	// gcRoom is how much garbage may always come together, in bytes.
	gcRoom = 32 << 20
)

// paceGC keeps the memory that arenas take from giving the garbage collector room.
//
// Go collects when the heap has grown by GOGC percent of what was in use the last time,
// because that much work lies ahead. Memory in arenas is no work for the collector. So
// the percentage is applied to the rest of the heap alone, over and over as either
// changes. It never returns.
func paceGC() {
	s := []metrics.Sample{{Name: "/gc/gogc:percent"}, {Name: "/gc/heap/live:bytes"}}
	metrics.Read(s)
	// Switched off, it is the largest there is.
	base, set := s[0].Value.Uint64(), s[0].Value.Uint64()
	if base > 1<<30 {
		return
	}
	for range time.Tick(gcPeriod) {
		metrics.Read(s[1:])
		percent := gcPercent(base, s[1].Value.Uint64(), uint64(arena.Total()))
		if percent*10 < set*9 || percent*9 > set*10 || percent == base && percent != set {
			debug.SetGCPercent(int(percent))
			set = percent
		}
	}
}

// gcPercent returns the percentage by which a heap with so many bytes in use may grow.
// Growth is to be base percent of the heap outside the arenas.
func gcPercent(base, live, arenas uint64) uint64 {
	if live == 0 {
		return base // nothing was collected yet
	}
	rest := live - min(live, arenas)
	room := max(rest/100*base, gcRoom)
	return min(max(room*100/live, gcLeast), base)
}
