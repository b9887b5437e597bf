// Package invariants holds assertions that only exist with the build tag
// "invariants" (go test -tags invariants). Guard them with Enabled, so that the
// compiler drops them elsewhere.
package invariants

import (
	"runtime"
	"strconv"
	"sync/atomic"
)

// Confined marks something that one goroutine at a time may use. The zero value
// is ready.
//
//	if invariants.Enabled {
//		defer s.confined.Enter()()
//	}
type Confined struct{ inside atomic.Bool }

// Enter panics if somebody is inside already; the function it returns leaves.
func (c *Confined) Enter() (leave func()) {
	if !c.inside.CompareAndSwap(false, true) {
		_, file, line, _ := runtime.Caller(1)
		panic("invariants: " + file + ":" + strconv.Itoa(line) + ": two goroutines at once")
	}
	return func() { c.inside.Store(false) }
}
