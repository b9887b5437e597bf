package recorded

import (
	"fmt"
	"strings"
	"testing"
)

// echo answers a command with its own words, and with an event if there are
// more than two.
type echo struct{}

func (echo) Play(c Call) (reply []byte, events []string) {
	reply = fmt.Appendf(nil, "+%d/%d", c.Proto, c.DB)
	for _, arg := range c.Args {
		reply = fmt.Appendf(reply, " <%s>", arg)
	}
	if len(c.Args) > 2 {
		events = append(events, "0 seen "+string(c.Args[1]))
	}
	return append(reply, "\r\n"...), events
}

func TestPlay(t *testing.T) {
	t.Parallel()
	const script = `# a comment
set k "a\x00 \"b\" # c"
	+an old answer
	! 0 and event

@resp 3
@db 2
get @repeat(ab,3)
get ""
`
	const want = `# a comment
set k "a\x00 \"b\" # c"
	+2/0 <set> <k> <a\x00 "b" # c>
	! 0 seen k

@resp 3
@db 2
get @repeat(ab,3)
	+3/2 <get> <ababab>
get ""
	+3/2 <get> <>
`
	got := play(t, "script", script, echo{})
	if got != want {
		t.Errorf("played:\n%s\nwant:\n%s", got, want)
	}
	if again := play(t, "script", got, echo{}); again != got {
		t.Errorf("played again:\n%s", again)
	}
	if n := len(steps(got)); n != 7 {
		t.Errorf("%d steps", n)
	}
}

func TestShowIsShort(t *testing.T) {
	t.Parallel()
	a, b := show([]byte("$1000\r\n"+strings.Repeat("a", 1000)+"\r\n")), show([]byte("$1000\r\n"+strings.Repeat("a", 999)+"b\r\n"))
	if len(a) > 100 || a == b {
		t.Errorf("%q and %q", a, b)
	}
}

func TestSplitErrors(t *testing.T) {
	t.Parallel()
	for _, line := range []string{`get "open`, "get @repeat(x)", "get @repeat(x,y)"} {
		if words, err := split(line); err == nil {
			t.Errorf("%s is read as %q", line, words)
		}
	}
}
