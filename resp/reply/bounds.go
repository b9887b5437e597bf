package reply

import (
	"sync/atomic"
	"time"
)

// Bounds of what is written. They are looked at when a string is, because only strings
// can be large. A reply that does not fit is dropped with everything after it. Code
// that runs commands looks at Full behind each of them.
type Bounds struct {
	// Limit is the length of Buf at which the client has to be disconnected; 0:
	// none. So nobody can make a node hold more than Limit for one client.
	Limit int
	// Portion is the length of Buf from which on the replies have to be sent
	// before more are made; 0: none. The reply that does not fit any more is made
	// again later: only what reads may be written with it.
	Portion int
	// Gone, if not nil, is set when nobody waits for the replies any more.
	Gone *atomic.Bool
	// Out, if not nil, sends a part of the replies and returns when the client has taken
	// it; see Writer.Stream. Total is the length of a reply that is sent in parts at which
	// the client has to be disconnected; 0: none.
	Out   func(part []byte) error
	Total int
}

type bounds struct {
	Bounds
	// look is the length of Buf from which on a string has to be looked at; 0:
	// there are no bounds.
	look    int
	full    Full
	streams bool
	sent    int           // of the reply that streams
	waited  time.Duration // for the client to take it
}

// Full says why a Writer takes no more strings.
type Full uint8

// The reasons.
const (
	NotFull  Full = iota
	Overflow      // Buf is over its Limit and is no reply any more
	Paused        // the portion is full
	Dropped       // nobody waits for it
	Torn          // its beginning was sent, and it has no end
)

// goneEvery is how many bytes are written between two looks at Gone.
const goneEvery = 64 << 10

// Bound sets the bounds, and takes strings again if it took none.
func (w *Writer) Bound(b Bounds) {
	w.bounds = bounds{Bounds: b}
	w.lookAgain(len(w.Buf))
}

// Bounds returns the bounds.
func (w *Writer) Bounds() Bounds { return w.bounds.Bounds }

// Full returns why nothing is taken any more. Code that writes much asks now and then,
// and ends: the rest would be dropped.
func (w *Writer) Full() Full { return w.bounds.full }

// Stopped reports whether whatever is written now is dropped.
func (w *Writer) Stopped() bool { return w.bounds.full != NotFull }

// Abandoned is Stopped for what works long and writes little.
func (w *Writer) Abandoned() bool {
	b := &w.bounds
	if b.full == NotFull && b.Gone != nil && b.Gone.Load() {
		b.full = Dropped
	}
	return b.full != NotFull
}

// fits reports whether n more bytes of a string may be written.
func (w *Writer) fits(n int) bool {
	if w.Discard || w.bounds.full != NotFull {
		return false
	}
	return w.bounds.look == 0 || len(w.Buf)+n <= w.bounds.look || w.fitsStill(len(w.Buf)+n)
}

// fitsStill is fits for a Buf that will be size bytes long.
func (w *Writer) fitsStill(size int) bool {
	b := &w.bounds
	if b.streams {
		return w.streamed(size)
	}
	switch {
	case w.Abandoned():
	case b.Limit > 0 && size > b.Limit:
		b.full = Overflow
	case b.Portion > 0 && size > b.Portion:
		b.full = Paused
	default:
		w.lookAgain(size)
		return true
	}
	return false
}

// Add appends a finished reply, and returns why it was not added. One that has to be whole
// may exceed the portion, and is followed by others all the same.
func (w *Writer) Add(r []byte, whole bool) Full {
	b := w.bounds.Bounds
	if whole {
		all := b
		all.Portion = 0
		w.Bound(all)
	}
	w.Raw(r)
	full := w.Full()
	if whole && full == NotFull {
		w.Bound(b)
	}
	return full
}

// Stop has nothing more be taken, for a reason.
func (w *Writer) Stop(why Full) { w.bounds.full = why }

// lookAgain sets look, for a Buf of size bytes that is within the bounds.
func (w *Writer) lookAgain(size int) {
	b := &w.bounds
	if b.streams {
		b.look = max(size, len(w.Buf)) + pieceBytes
		if w.open == 0 {
			b.look = pieceBytes
		}
		return
	}
	b.look = 0
	for _, bound := range [...]int{b.Limit, b.Portion} {
		if bound > 0 && (b.look == 0 || bound < b.look) {
			b.look = bound
		}
	}
	if b.Gone != nil && (b.look == 0 || size+goneEvery < b.look) {
		b.look = size + goneEvery
	}
}

// Grow makes room for n more bytes, so that a reply whose length is known about
// need not be copied while it grows.
func (w *Writer) Grow(n int) {
	if w.Discard || n <= cap(w.Buf)-len(w.Buf) {
		return
	}
	bigger := make([]byte, len(w.Buf), len(w.Buf)+max(n, len(w.Buf)/4))
	copy(bigger, w.Buf)
	w.Buf = bigger
}
