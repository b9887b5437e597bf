package front

import (
	"strings"
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
		ts.handlers[ts.table.Named(name).ID] = func(s *Session, args [][]byte, w *reply.Writer) {
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

// Without room on the disk what may add to the data is refused, and nothing else; with a little,
// what does not fit into it.
func TestNoRoom(t *testing.T) {
	t.Parallel()
	ts := newTestServer(t)
	c := ts.connect(t)
	const no = "-MISCONF Errors writing to the AOF file: No space left on device|"
	c.want("+OK|", "SET k 1")
	ts.backend.taken.Store(1<<40 - 100)
	c.want("+OK|"+no, "SET k 1", "SET k "+strings.Repeat("v", 100))
	ts.backend.taken.Store(1 << 40)
	c.want(no+":1|$-1|", "SET k 1", "DEL k", "GET k")
	c.want("+OK|"+no+"-EXECABORT Transaction discarded because of previous errors.|", "MULTI", "SET k 1", "EXEC")
	ts.backend.taken.Store(0)
	c.want("+OK|", "SET k 1")
}
