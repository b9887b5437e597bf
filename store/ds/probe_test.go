package ds

import (
	"strconv"
	"testing"
)

// A probe guesses right unless two keys have the same hash, and never finds what
// is not there under a hash of its own.
func TestProbe(t *testing.T) {
	t.Parallel()
	d := New[word](7)
	if p := d.Probe([]byte("x")); p.Touch() != 0 {
		t.Error("a page of an empty dict")
	}
	const n = 20_000
	for i := range n {
		d.Put(word(strconv.Itoa(i)))
	}
	wrong := 0
	for i := range 2 * n {
		key := strconv.Itoa(i)
		p := d.Probe([]byte(key))
		p.Touch()
		if e, ok := p.Guess(); ok != (i < n) || ok && e.Key() != key {
			wrong++
		}
	}
	if wrong > 3 { // of 32 bits of hash
		t.Errorf("%d wrong guesses", wrong)
	}
}
