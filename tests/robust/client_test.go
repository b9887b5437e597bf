package robust

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/msredis/msredis/internal/testcluster/wire"
)

// outcome is what a client knows of a command that it gave.
type outcome int

const (
	done    outcome = iota // it has run; the reply says with what result
	unknown                // it may have run, or may run yet
	refused                // it has not run and never will
)

// client is one client: it talks to one node at a time and goes to another one
// when it is not served.
type client struct {
	r    *run
	w    *tally
	rnd  *rand.Rand
	conn *wire.Conn
	node string // that conn leads to
	// process is who acts, in the eyes of a checker: somebody else after each
	// command whose outcome is unknown, as that one may still be acting.
	process int
	allow   string // an error that is an answer like any other
	// spoil, if set, stands between the client and the server: a test that the
	// checkers find what it breaks. ask is the way to the server.
	spoil func(cmds [][]string, ask func(cmds [][]string) ([]wire.Value, outcome)) ([]wire.Value, outcome)
}

// do sends commands as one pipeline. If the outcome is done there is a reply for
// each, none of them an error.
func (c *client) do(cmds ...[]string) ([]wire.Value, outcome) {
	return c.run(cmds, func(replies []wire.Value) outcome {
		out := c.classify(replies[0], cmds)
		for _, v := range replies[1:] {
			if c.classify(v, cmds) != out {
				return unknown // a part of the pipeline was taken
			}
		}
		return out
	})
}

// one is do for a single command.
func (c *client) one(args ...string) (wire.Value, outcome) {
	replies, out := c.do(args)
	if out != done {
		return wire.Value{}, out
	}
	return replies[0], done
}

// tx runs commands as a transaction and returns the results of EXEC, which is
// nil if what was watched has changed.
func (c *client) tx(cmds ...[]string) (wire.Value, outcome) {
	all := append([][]string{{"MULTI"}}, cmds...)
	all = append(all, []string{"EXEC"})
	replies, out := c.run(all, func(replies []wire.Value) outcome {
		return c.classify(replies[len(replies)-1], all) // EXEC knows what became of the rest
	})
	if out != done {
		return wire.Value{}, out
	}
	results := replies[len(replies)-1]
	for _, v := range results.Elems {
		c.classify(v, all)
	}
	return results, done
}

// run sends a pipeline and has its replies judged.
func (c *client) run(cmds [][]string, judge func(replies []wire.Value) outcome) ([]wire.Value, outcome) {
	begin := time.Now()
	ask := c.exchange
	if c.spoil != nil {
		ask = func(cmds [][]string) ([]wire.Value, outcome) { return c.spoil(cmds, c.exchange) }
	}
	replies, out := ask(cmds)
	if out == done {
		out = judge(replies)
	}
	c.r.account(c.w, c.node, begin, out)
	if out == unknown {
		c.process = c.r.newProcess()
	}
	if out != done {
		c.leave()
	}
	return replies, out
}

// exchange sends a pipeline and receives the replies.
func (c *client) exchange(cmds [][]string) ([]wire.Value, outcome) {
	if c.conn == nil && !c.connect() {
		return nil, refused
	}
	replies, err := c.conn.Pipeline(cmds)
	if err != nil {
		return nil, unknown
	}
	return replies, done
}

// connect goes to one of the nodes, whichever.
func (c *client) connect() bool {
	c.node = c.r.someNode(c.rnd)
	conn, err := wire.Dial(c.node)
	if err != nil {
		return false
	}
	conn.Timeout = c.r.patience
	c.conn = conn
	return true
}

// leave gives the connection up, and whatever it watched with it.
func (c *client) leave() {
	if c.conn != nil {
		c.conn.Close()
		c.conn = nil
	}
}

// classify says what an error reply means for the command. Errors that have
// nothing to do with the cluster are none of those that faults may cause.
func (c *client) classify(v wire.Value, cmds [][]string) outcome {
	if !v.IsError() || v.Text == c.allow {
		return done
	}
	switch v.Code() {
	case "UNKNOWN":
		return unknown
	case "CLUSTERDOWN", "TRYAGAIN", "EXECABORT":
		return refused
	}
	c.w.violate("%q was answered %q by %s", cmds, v.Text, c.node)
	return unknown
}

// number is an integer reply.
func number(v wire.Value) (n int) {
	fmt.Sscan(v.Text, &n)
	return n
}
