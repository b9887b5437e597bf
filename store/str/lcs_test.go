package str

import (
	"math/rand/v2"
	"testing"
)

// lcsLength is the definition, without a table.
func lcsLength(a, b []byte) int {
	switch {
	case len(a) == 0 || len(b) == 0:
		return 0
	case a[0] == b[0]:
		return 1 + lcsLength(a[1:], b[1:])
	default:
		return max(lcsLength(a[1:], b), lcsLength(a, b[1:]))
	}
}

func TestLCSIsLongestAndCommon(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(1, 2))
	word := func() []byte {
		b := make([]byte, rnd.IntN(9))
		for i := range b {
			b[i] = 'a' + byte(rnd.IntN(3))
		}
		return b
	}
	for range 2000 {
		a, b := word(), word()
		table := newLCSTable(a, b, true)
		text := table.text()
		if want := lcsLength(a, b); table.length != want || len(text) != want || newLCSTable(a, b, false).length != want {
			t.Fatalf("LCS of %q and %q has length %d and text %q, want %d", a, b, table.length, text, want)
		}
		// Put together again, the matches are the text, in both strings.
		n := len(text)
		for _, m := range table.matches() {
			n -= m.n
			if n < 0 || string(a[m.a:m.a+m.n]) != string(text[n:n+m.n]) || string(b[m.b:m.b+m.n]) != string(text[n:n+m.n]) {
				t.Fatalf("LCS of %q and %q: matches %v do not make up %q", a, b, table.matches(), text)
			}
		}
		if n != 0 {
			t.Fatalf("LCS of %q and %q: matches %v do not cover %q", a, b, table.matches(), text)
		}
	}
}
