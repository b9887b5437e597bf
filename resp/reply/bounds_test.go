package reply

import (
	"bytes"
	"sync/atomic"
	"testing"
)

// writeMuch writes strings until they are dropped, and reports how many bytes there
// are then.
func writeMuch(w *Writer) int {
	chunk := bytes.Repeat([]byte("x"), 300)
	for range 100_000 {
		w.Bulk(chunk)
		w.BulkString("y")
		w.Raw(chunk)
		w.Verbatim("txt", "z")
		if w.Stopped() {
			break
		}
	}
	return len(w.Buf)
}

// A writer with bounds holds no more than these and a few headers, and says which
// of them it was.
func TestBounds(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		bounds Bounds
		want   Full
	}{
		{Bounds{Limit: 1000}, Overflow},
		{Bounds{Portion: 1000}, Paused},
		{Bounds{Limit: 1000, Portion: 2000, Gone: new(atomic.Bool)}, Overflow},
		{Bounds{Limit: 2000, Portion: 1000, Gone: new(atomic.Bool)}, Paused},
	} {
		var w Writer
		w.Bound(test.bounds)
		if n := writeMuch(&w); w.Full() != test.want || n > 1000+50 || n < 500 {
			t.Errorf("%+v: %d bytes, %d", test.bounds, n, w.Full())
		}
		w.Bound(test.bounds)
		if w.Stopped() {
			t.Errorf("%+v: bounded again, it takes nothing", test.bounds)
		}
		w.Reset()
		if writeMuch(&w); w.Stopped() {
			t.Errorf("%+v: bounds after Reset", test.bounds)
		}
	}
}

func TestGone(t *testing.T) {
	t.Parallel()
	var gone atomic.Bool
	var w Writer
	w.Bound(Bounds{Gone: &gone, Limit: 1 << 40})
	for len(w.Buf) < 10*goneEvery {
		w.Bulk(make([]byte, 1000))
	}
	gone.Store(true)
	before := len(w.Buf)
	if n := writeMuch(&w) - before; n > goneEvery || w.Full() != Dropped {
		t.Errorf("%d bytes for nobody, %d", n, w.Full())
	}
	w.Bound(Bounds{Gone: &gone})
	if !w.Abandoned() {
		t.Error("what asks is not told")
	}
}

// A large string is not copied again for the two bytes behind it, and many do not
// make the writer copy in proportion to their square.
func TestLargeStrings(t *testing.T) {
	t.Parallel()
	var w Writer
	const size = 64 << 10
	w.Bulk(make([]byte, size))
	if got := cap(w.Buf); got < len(w.Buf) || got > size+2*largeFrame+8<<10 {
		t.Errorf("%d bytes for one string of %d", got, size)
	}
	grown := 0
	for range 200 {
		before := cap(w.Buf)
		if w.Bulk(make([]byte, size)); cap(w.Buf) != before {
			grown++
		}
	}
	if grown > 50 {
		t.Errorf("grew %d times", grown)
	}
}
