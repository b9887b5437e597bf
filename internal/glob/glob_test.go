package glob

import (
	"bytes"
	"testing"
	"time"
)

// The answers are those of redis-server 7.0.15 (KEYS; for nocase COMMAND LIST).
func TestMatch(t *testing.T) {
	t.Parallel()
	tests := []struct {
		pattern, s string
		want       bool
	}{
		{"", "", true}, {"", "a", false}, {"*", "", false}, {"*", "a", true}, {"**", "ab", true}, {"a", "", false},
		{"a*", "a", true}, {"a**", "a", true}, {"*a", "ba", true}, {"*a", "bab", false}, {"a*b*c", "a1b2b3c", true},
		{"a*b*c", "a1b2b3", false}, {"?", "a", true}, {"?", "ab", false}, {"??", "a", false}, {"a?c", "abc", true},
		{"[abc]", "b", true}, {"[abc]", "d", false}, {"[^abc]", "d", true}, {"[^abc]", "a", false}, {"[a-c]", "b", true},
		{"[c-a]", "b", true}, {"[a-]", "-", false}, {"[a-]", "^", true}, {"[]", "]", false}, {"[]a]", "a]", false}, {"[", "[", false},
		{"[^", "x", true}, {"[a", "a", true}, {"[a-", "-", true}, {`[\]]`, "]", true}, {`[\-]`, "-", true},
		{`\*`, "*", true}, {`\*`, "a", false}, {`a\`, `a\`, true}, {`\\`, `\`, true}, {`[\`, `\`, true},
		{"h[^e]llo", "hallo", true}, {"h[^e]llo", "hello", false}, {"h[a-b]llo", "hbllo", true},
		{"[a-\xff]", "b", false}, {"[\x80-\xff]", "\x90", true}, {"[\x80-a]", "0", true}, {"A", "a", false},
	}
	for _, tt := range tests {
		if got := Match([]byte(tt.pattern), []byte(tt.s), false); got != tt.want {
			t.Errorf("Match(%q, %q) = %v, want %v", tt.pattern, tt.s, got, tt.want)
		}
	}
	nocase := []struct {
		pattern, s string
		want       bool
	}{
		{"GET", "get", true}, {"g?T", "GET", true}, {"[A-C]", "b", true}, {`[\A]`, "a", false}, {`\A`, "a", true},
		{"[^A]", "a", false}, {"m[S]*", "mset", true},
	}
	for _, tt := range nocase {
		if got := Match([]byte(tt.pattern), []byte(tt.s), true); got != tt.want {
			t.Errorf("Match(%q, %q, nocase) = %v, want %v", tt.pattern, tt.s, got, tt.want)
		}
	}
}

// A pattern of many stars must not take exponential time.
func TestMatchIsNotExponential(t *testing.T) {
	t.Parallel()
	pattern := append(bytes.Repeat([]byte("*a"), 1000), 'b')
	s := bytes.Repeat([]byte("a"), 20000)
	start := time.Now()
	if Match(pattern, s, false) {
		t.Fatal("matched")
	}
	if took := time.Since(start); took > 2*time.Second {
		t.Fatalf("took %v", took)
	}
}

func FuzzMatch(f *testing.F) {
	f.Add([]byte(`*[^a-\]]?\`), []byte("abc"))
	f.Fuzz(func(t *testing.T, pattern, s []byte) {
		Match(pattern, s, false) // must not run out of its slices
		Match(pattern, s, true)
		if len(s) > 0 && !bytes.ContainsAny(s, `*?[]^-\`) && !Match(s, s, false) {
			t.Fatalf("%q does not match itself", s)
		}
	})
}
