package robust

import (
	"errors"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"github.com/msredis/msredis/internal/testcluster"
	"github.com/msredis/msredis/internal/testcluster/wire"
	"github.com/msredis/msredis/resp/reply"
)

type ask = func(cmds [][]string) ([]wire.Value, outcome)

// flaw makes a good server a bad one, as its clients see it: it stands between
// them, sees what they send and may change that and the answers.
type flaw struct {
	workload, name string
	spoil          func(c *client, cmds [][]string, ask ask) ([]wire.Value, outcome)
}

// first is the first command of a pipeline that is not MULTI or WATCH.
func first(cmds [][]string) string {
	for _, cmd := range cmds {
		if cmd[0] != "MULTI" && cmd[0] != "WATCH" {
			return cmd[0]
		}
	}
	return ""
}

// sometimes spoils one in ten pipelines that begin with a command.
func sometimes(command string, spoil func(cmds [][]string, ask ask) ([]wire.Value, outcome)) func(*client, [][]string, ask) ([]wire.Value, outcome) {
	return func(c *client, cmds [][]string, ask ask) ([]wire.Value, outcome) {
		if first(cmds) != command || c.rnd.IntN(10) > 0 {
			return ask(cmds)
		}
		return spoil(cmds, ask)
	}
}

// behind sends more commands, of which the client does not know, after its own.
func behind(command string, more func(cmds [][]string) []string) func(*client, [][]string, ask) ([]wire.Value, outcome) {
	return sometimes(command, func(cmds [][]string, ask ask) ([]wire.Value, outcome) {
		replies, o := ask(cmds)
		if o == done {
			ask([][]string{more(cmds)})
		}
		return replies, o
	})
}

// before sends a command ahead of the client's.
func before(command string, more func(cmds [][]string) []string) func(*client, [][]string, ask) ([]wire.Value, outcome) {
	return sometimes(command, func(cmds [][]string, ask ask) ([]wire.Value, outcome) {
		ask([][]string{more(cmds)})
		return ask(cmds)
	})
}

// answer does not ask at all.
func answer(command string, v wire.Value) func(*client, [][]string, ask) ([]wire.Value, outcome) {
	return sometimes(command, func([][]string, ask) ([]wire.Value, outcome) { return []wire.Value{v}, done })
}

// lie executes and says something else.
func lie(command, text string) func(*client, [][]string, ask) ([]wire.Value, outcome) {
	return sometimes(command, func(cmds [][]string, ask ask) ([]wire.Value, outcome) {
		replies, o := ask(cmds)
		for i := range replies {
			replies[i] = wire.Value{Kind: wire.Error, Text: text}
		}
		return replies, o
	})
}

// stale answers a command as it was answered for that key a while ago.
func stale(command string) func(*client, [][]string, ask) ([]wire.Value, outcome) {
	var mu sync.Mutex
	old := map[string][]wire.Value{}
	return func(c *client, cmds [][]string, ask ask) ([]wire.Value, outcome) {
		replies, o := ask(cmds)
		if len(cmds) != 1 || cmds[0][0] != command || o != done {
			return replies, o
		}
		mu.Lock()
		defer mu.Unlock()
		key := strings.Join(cmds[0], " ")
		if v, ok := old[key]; ok && c.rnd.IntN(4) == 0 {
			return v, o
		}
		old[key] = replies
		return replies, o
	}
}

func onKey(command string, args ...string) func(cmds [][]string) []string {
	return func(cmds [][]string) []string { return append([]string{command, keyOf(cmds)}, args...) }
}

func keyOf(cmds [][]string) string {
	for _, cmd := range cmds {
		if len(cmd) > 1 {
			return cmd[1]
		}
	}
	return ""
}

var flaws = []flaw{
	{"register", "a write is acknowledged and lost", answer("SET", wire.Value{Kind: wire.Simple, Text: "OK"})},
	{"register", "a read is stale", stale("GET")},
	{"register", "a refused write is executed", lie("SET", reply.ErrNoQuorum)},
	{"register", "a transaction runs although its key has changed", func(c *client, cmds [][]string, ask ask) ([]wire.Value, outcome) {
		if cmds[0][0] == "WATCH" {
			return []wire.Value{{Kind: wire.Simple, Text: "OK"}}, done
		}
		return ask(cmds)
	}},
	{"register", "a key is lost", behind("GETSET", onKey("DEL"))},
	{"counter", "an increment is counted twice", before("INCR", onKey("INCR"))},
	{"counter", "an increment is lost", behind("INCR", onKey("DECR"))},
	{"counter", "a refused increment is counted", lie("INCR", reply.ErrNoQuorum)},
	{"counter", "replies are crossed", sometimes("INCR", func(cmds [][]string, ask ask) ([]wire.Value, outcome) {
		replies, o := ask(cmds)
		if len(replies) > 3 {
			replies[0], replies[3] = replies[3], replies[0]
		}
		return replies, o
	})},
	{"bank", "half of a transaction is executed", sometimes("DECRBY", func(cmds [][]string, ask ask) ([]wire.Value, outcome) {
		cmds[2] = []string{"INCRBY", cmds[2][1], "0"}
		return ask(cmds)
	})},
	{"bank", "a read sees half of a transaction", func(c *client, cmds [][]string, ask ask) ([]wire.Value, outcome) {
		if len(cmds) != 1 || cmds[0][0] != "MGET" {
			return ask(cmds)
		}
		var values []wire.Value
		for _, key := range cmds[0][1:] {
			replies, o := ask([][]string{{"GET", key}})
			if o != done {
				return replies, o
			}
			values = append(values, replies[0])
		}
		return []wire.Value{{Kind: wire.Array, Elems: values}}, done
	}},
	{"append", "an element is appended twice", func(c *client, cmds [][]string, ask ask) ([]wire.Value, outcome) {
		if cmds[0][0] == "RPUSH" && c.rnd.IntN(20) == 0 {
			ask(cmds)
		}
		return ask(cmds)
	}},
	{"append", "an element is lost", behind("RPUSH", onKey("RPOP"))},
	{"queue", "an element is delivered twice", sometimes("RPOP", func(cmds [][]string, ask ask) ([]wire.Value, outcome) {
		replies, o := ask(cmds)
		if o == done && !replies[0].IsNil() {
			ask([][]string{{"RPUSH", cmds[0][1], replies[0].Text}})
		}
		return replies, o
	})},
	{"queue", "elements overtake each other", sometimes("RPOP", func(cmds [][]string, ask ask) ([]wire.Value, outcome) {
		return ask([][]string{{"LPOP", cmds[0][1]}})
	})},
	{"ttl", "a key expires early", before("GET", onKey("DEL"))},
	{"ttl", "a key does not expire", behind("SET", onKey("PERSIST"))},
	{"ttl", "a key comes back", func(_ *client, cmds [][]string, ask ask) ([]wire.Value, outcome) {
		replies, o := ask(cmds)
		if cmds[0][0] == "EXISTS" && o == done && replies[0].Text == "0" {
			ask([][]string{{"SET", cmds[0][1], "v", "PX", "5000"}})
		}
		return replies, o
	}},
	{"lock", "a lock is given away twice", before("SET", onKey("DEL"))},
	{"lock", "a lease ends early", behind("LEASE", func(cmds [][]string) []string {
		if cmds[0][1] != "KEEPALIVE" {
			return []string{"PING"}
		}
		return []string{"LEASE", "REVOKE", cmds[0][2]}
	})},
}

// TestCheckersSee: what each checker is for, it finds, on a server that is whole
// but for one flaw, and with no fault to excuse it.
func TestCheckersSee(t *testing.T) {
	t.Parallel()
	c := testcluster.Start(t, 1, options...)
	for _, f := range flaws {
		t.Run(f.workload+"/"+f.name, func(t *testing.T) {
			// Some flaws show only when all is counted, and some by chance.
			const rounds = 20
			var rep *report
			for range rounds {
				c.Nodes[0].Do("FLUSHALL")
				if rep = f.round(t, c); rep.violations() > 0 {
					return
				}
			}
			t.Errorf("nothing was noticed:\n%s", rep)
		})
	}
}

// round is a short run of the workload that a flaw is for.
func (f *flaw) round(t *testing.T, c *testcluster.Cluster) *report {
	rep := &report{dir: t.TempDir()}
	r := newRun(t, everything.only(f.workload), rand.Uint64(), 1000, rep)
	r.serve(c)
	r.spoil = func(c *client) {
		c.spoil = func(cmds [][]string, ask ask) ([]wire.Value, outcome) { return f.spoil(c, cmds, ask) }
	}
	r.begin()
	testcluster.Eventually(t, recovery, "the clients make progress", func() error {
		if rep.tallies[0].answered() < 250 && rep.violations() == 0 {
			return errors.New("too few answers")
		}
		return nil
	})
	r.halt()
	for _, w := range r.workers {
		w.c.spoil = nil
	}
	r.end()
	return rep
}
