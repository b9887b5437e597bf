package front

import (
	"testing"
	"time"

	"github.com/msredis/msredis/resp/reply"
)

// A handler of a session that panics ends the connection of its client, in the loop or behind
// it, and nobody else hears of it. One that panics in the node's own code ends the process.
func TestBrokenHandler(t *testing.T) {
	t.Parallel()
	ts := newTestServer(t)
	for _, name := range []string{"echo", "time"} { // one that the loop runs, and one behind a cut
		ts.routes[ts.table.Named(name).ID].run = func(s *Session, args [][]byte, w *reply.Writer) {
			w.Array(3)
			_ = args[len(args)]
		}
	}
	other := ts.connect(t)
	for _, last := range [][]string{{"ECHO", "x"}, {"TIME"}} {
		c := ts.connect(t)
		c.want("+PONG|", "PING")
		var cmds [][][]byte
		for _, words := range [][]string{{"PING"}, {"SET", "k", "v"}, last} {
			var args [][]byte
			for _, w := range words {
				args = append(args, []byte(w))
			}
			cmds = append(cmds, args)
		}
		if replies, end := c.serve(cmds, time.Now()); !end || len(replies) > 0 {
			t.Errorf("%s: %q, the end: %v", last, replies, end)
		}
		c.session.Closed()
	}
	other.want("+PONG|+OK|", "PING", "SET k 1")
	if n := ts.connected(); n != 1 {
		t.Errorf("%d clients are there", n)
	}
}
