package reply

import "time"

// A reply that streams is sent while it is made. So nobody holds all of it, however large
// it is. A piece is handed over when it is full, and the handler goes on when the client
// has taken it. A piece cannot be taken back. So a call streams only when nothing can make
// its answer void.
//
// A reply that begins with a length that is known behind its elements alone (Later) is
// collected up to Close.

// pieceBytes is when a piece is full.
const pieceBytes = 256 << 10

// Stream has the reply that is written next sent in pieces to Bounds.Out; without that it
// does nothing. No portion bounds the reply, and its Limit is the bound of what is
// collected. EndStream follows.
func (w *Writer) Stream() {
	b := w.Bounds()
	b.Portion = 0
	w.Bound(b)
	if b.Out != nil && !w.Discard {
		w.bounds.streams, w.open = true, 0
		w.lookAgain(len(w.Buf))
	}
}

// EndStream ends what Stream has begun. The bounds are those of before.
func (w *Writer) EndStream(before Bounds) {
	b := &w.bounds
	full, sent, waited := b.full, b.sent, b.waited
	w.Bound(before)
	b.full, b.sent, b.waited = full, sent, waited
}

// Sent returns how many bytes of the reply were sent while it was made, and how long that
// took. Bound forgets it.
func (w *Writer) Sent() (bytes int, waited time.Duration) { return w.bounds.sent, w.bounds.waited }

// Pause ends a unit of reads in front of its next call, as if the portion was full.
func (w *Writer) Pause() { w.bounds.full = Paused }

// Tear notes that a reply of which a part was sent will have no end: the connection is of no
// use any more.
func (w *Writer) Tear() { w.bounds.full = Torn }

// piece sends what is in Buf, if it may be sent. It returns false if the reply is over.
func (w *Writer) piece() bool {
	if w.open > 0 || len(w.Buf) == 0 {
		return true
	}
	ok := w.hand(w.Buf)
	w.Buf = w.Buf[:0]
	return ok
}

// hand sends a part of the reply.
func (w *Writer) hand(part []byte) bool {
	b := &w.bounds
	b.sent += len(part)
	if b.Total > 0 && b.sent > b.Total {
		b.full = Overflow
		return false
	}
	start := time.Now()
	err := b.Out(part)
	b.waited += time.Since(start)
	if err != nil {
		b.full = Dropped
		return false
	}
	return true
}

// streamed is fits for a reply that streams and has grown over a piece: it is to be size
// bytes long.
func (w *Writer) streamed(size int) bool {
	n := size - len(w.Buf)
	switch {
	case w.Abandoned():
		return false
	case !w.piece():
		return false
	case w.bounds.Total > 0 && w.bounds.sent+len(w.Buf)+n > w.bounds.Total, w.bounds.Limit > 0 && len(w.Buf)+n > w.bounds.Limit:
		w.bounds.full = Overflow
		return false
	}
	w.lookAgain(len(w.Buf))
	return true
}

// long writes a string of a reply that streams in pieces. Of others, and of short ones, it
// returns false. It copies the pieces: handed over as they are, the arguments of all who
// write a string would have to be on the heap.
func (w *Writer) long(b []byte) bool {
	if !w.bounds.streams || len(b) < pieceBytes || w.open > 0 {
		return false
	}
	w.head('$', int64(len(b)))
	for len(b) > 0 {
		if !w.piece() || w.Abandoned() {
			return true
		}
		n := min(len(b), pieceBytes)
		w.Buf, b = append(w.Buf, b[:n]...), b[n:]
	}
	w.Buf = append(w.Buf, '\r', '\n')
	w.lookAgain(len(w.Buf))
	return true
}
