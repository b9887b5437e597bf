package failover

import (
	"fmt"
	"testing"
	"time"

	"github.com/msredis/msredis/internal/testcluster"
	"github.com/msredis/msredis/internal/testcluster/wire"
)

// mortal is something that ends, and a question to which the answer differs by
// then. {k} is a key of its own; setup ends within its life, which is in
// milliseconds.
type mortal struct {
	name  string
	setup [][]string
	ask   [][]string
	want  string
}

const (
	mortalLife = 120
	lifeText   = "120"
)

// mortals are questions of every kind that a read can ask of what has expired.
var mortals = []mortal{
	{"GET", setsKey, [][]string{{"GET", "{k}"}}, "[null]"},
	{"EXISTS", setsKey, [][]string{{"EXISTS", "{k}"}}, "[0]"},
	{"PTTL", setsKey, [][]string{{"PTTL", "{k}"}}, "[-2]"},
	{"TYPE", setsKey, [][]string{{"TYPE", "{k}"}}, "[none]"},
	{"MGET", setsKey, [][]string{{"MGET", "{k}", "none"}}, "[[null null]]"},
	{"KEYS", setsKey, [][]string{{"KEYS", "{k}*"}}, "[[]]"},
	{"DBSIZE", setsKey, [][]string{{"DBSIZE"}}, "[0]"},
	{"RANDOMKEY", setsKey, [][]string{{"RANDOMKEY"}}, "[null]"},
	{"SCAN", setsKey, [][]string{{"SCAN", "0", "COUNT", "1000"}}, "[[0 []]]"},
	{"MULTI of reads", setsKey, [][]string{{"MULTI"}, {"GET", "{k}"}, {"EXISTS", "{k}"}, {"EXEC"}}, "[OK QUEUED QUEUED [null 0]]"},
	{"a pipeline", setsKey, [][]string{{"PING"}, {"STRLEN", "none"}, {"GET", "{k}"}, {"PING"}}, "[PONG 0 null PONG]"},
	{"a pipeline with a write", setsKey, [][]string{{"GET", "{k}"}, {"SETNX", "{k}", "new"}, {"DEL", "{k}"}}, "[null 1 1]"},
	{"SETNX", setsKey, [][]string{{"SETNX", "{k}", "new"}, {"DEL", "{k}"}}, "[1 1]"},
	{"WATCH", setsKey, [][]string{{"WATCH", "{k}"}, {"MULTI"}, {"GET", "{k}"}, {"EXEC"}}, "[OK OK QUEUED [null]]"},
	{"HGET", setsField, [][]string{{"HGET", "{k}", "f"}}, "[null]"},
	{"HLEN", setsField, [][]string{{"HLEN", "{k}"}}, "[1]"},
	{"HGETALL", setsField, [][]string{{"HGETALL", "{k}"}, {"DEL", "{k}"}}, "[[g 2] 1]"},
	{"EXISTS of an only field", [][]string{{"HSET", "{k}", "f", "1"}, {"HPEXPIRE", "{k}", lifeText, "FIELDS", "1", "f"}},
		[][]string{{"EXISTS", "{k}"}}, "[0]"},
	{"LEASE", leasesKey, [][]string{{"GET", "{k}"}}, "[null]"},
	{"LEASE TTL", leasesKey, [][]string{{"LEASE", "TTL", "7"}}, "[ERR no such lease]"},
	{"LEASE LIST", leasesKey, [][]string{{"LEASE", "LIST"}}, "[[]]"},
	{"SORT", setsKey, [][]string{{"LPUSH", "{k}list", "1"}, {"SORT_RO", "{k}list", "BY", "nosort", "GET", "{k}"}, {"DEL", "{k}list"}}, "[1 [null] 1]"},
}

var (
	setsKey   = [][]string{{"SET", "{k}", "v", "PX", lifeText}}
	setsField = [][]string{{"HSET", "{k}", "f", "1", "g", "2"}, {"HPEXPIRE", "{k}", lifeText, "FIELDS", "1", "f"}, {"PEXPIRE", "{k}", "60000"}}
	leasesKey = [][]string{{"LEASE", "GRANT", lifeText, "7"}, {"SET", "{k}", "v", "LEASE", "7"}}
)

// TestExpiredWhileStopped stops the leader until a deadline has passed, asks a
// node meanwhile, and lets the leader go on. Nothing has moved log time by then:
// the question is in the socket before the process runs.
func TestExpiredWhileStopped(t *testing.T) {
	t.Parallel()
	for _, nodes := range []int{1, 3} {
		t.Run(fmt.Sprint(nodes), func(t *testing.T) {
			t.Parallel()
			c := start(t, nodes)
			for i, m := range mortals {
				key := fmt.Sprint("mortal:", i)
				at := c.Leader()
				if nodes > 1 && i%2 == 1 {
					at = c.Followers()[0]
				}
				v, err := askStopped(c, at, &m, key)
				if got := fmt.Sprint(plain(v)); err != nil || got != m.want {
					t.Errorf("%s on %s: %s %v, want %s", m.name, at.Name, got, err, m.want)
				}
				if v := c.Leader().Do("FLUSHALL"); v.Text != "OK" {
					t.Fatal(v.Text)
				}
			}
		})
	}
}

// askStopped returns the answers to m's questions, sent to a node while the leader
// is stopped and m is over.
func askStopped(c *testcluster.Cluster, at *testcluster.Node, m *mortal, key string) ([]wire.Value, error) {
	leader := c.Leader()
	conn := at.Dial()
	defer conn.Close()
	if v, err := conn.Pipeline(named(m.setup, key)); err != nil || v[0].IsError() {
		return v, err
	}
	over := time.Now().Add((mortalLife + 20) * time.Millisecond)
	leader.Stop()
	time.Sleep(time.Until(over.Add(-15 * time.Millisecond))) // the time itself is what is tested
	var ask []byte
	for _, args := range named(m.ask, key) {
		ask = wire.AppendCommand(ask, args...)
	}
	time.Sleep(time.Until(over)) // the time itself is what is tested
	if err := conn.Send(ask); err != nil {
		return nil, err
	}
	leader.Cont()
	var answers []wire.Value
	for range m.ask {
		v, err := conn.Recv()
		if err != nil {
			return answers, err
		}
		answers = append(answers, v)
	}
	return answers, nil
}

// named puts a key's name into commands.
func named(cmds [][]string, key string) [][]string {
	var out [][]string
	for _, args := range cmds {
		var list []string
		for _, a := range args {
			if len(a) >= 3 && a[:3] == "{k}" {
				a = "{" + key + "}" + a[3:]
			}
			list = append(list, a)
		}
		out = append(out, list)
	}
	return out
}

// plain shows replies as text.
func plain(list []wire.Value) []string {
	out := []string{}
	for _, v := range list {
		switch {
		case v.IsNil():
			out = append(out, "null")
		case v.Aggregate():
			out = append(out, fmt.Sprint(plain(v.Elems)))
		default:
			out = append(out, v.Text)
		}
	}
	return out
}

// TestExpiredWhileDown kills all nodes and starts them when a deadline has passed.
// The first answer that anybody gets is that the key is gone.
func TestExpiredWhileDown(t *testing.T) {
	t.Parallel()
	for _, nodes := range []int{1, 3} {
		t.Run(fmt.Sprint(nodes), func(t *testing.T) {
			t.Parallel()
			c := start(t, nodes)
			for range 3 {
				set(t, c.Nodes[0], "stays", "v")
				if v := c.Nodes[0].Do("SET", "k", "v", "PX", "200"); v.Text != "OK" {
					t.Fatal(v.Text)
				}
				over := time.Now().Add(220 * time.Millisecond)
				for _, n := range c.Nodes {
					n.Kill()
				}
				time.Sleep(time.Until(over)) // the time itself is what is tested
				for _, n := range c.Nodes {
					n.Start()
				}
				for _, n := range c.Nodes {
					testcluster.Eventually(t, patience(15*time.Second), n.Name+" answers", func() error {
						v, err := n.TryDo("GET", "k")
						if err == nil && v.IsError() {
							err = fmt.Errorf("%s", v.Text)
						}
						if err == nil && !v.IsNil() {
							t.Fatalf("%s answers %q %v after the key's end", n.Name, v.Text, time.Since(over))
						}
						return err
					})
					expect(t, n, "stays", "v")
				}
			}
		})
	}
}

// TestWatchField: a transaction that watches a hash is not executed when a field of
// it has expired meanwhile, on whichever node, small hash or large.
func TestWatchField(t *testing.T) {
	t.Parallel()
	c := start(t, 3)
	for _, n := range c.Nodes {
		for _, fields := range []int{2, 1000} {
			key := fmt.Sprint(n.Name, fields)
			hset := []string{"HSET", key}
			for i := range fields {
				hset = append(hset, fmt.Sprint("f", i), "1")
			}
			conn := n.Dial()
			// The field has to be there behind WATCH, however slow the machine is.
			for ttl := 50; ; ttl *= 2 {
				v, err := conn.Pipeline([][]string{{"UNWATCH"}, hset, {"HPEXPIRE", key, fmt.Sprint(ttl), "FIELDS", "1", "f0"}, {"WATCH", key}, {"HEXISTS", key, "f0"}})
				if err != nil || v[3].Text != "OK" {
					t.Fatal(v, err)
				}
				if v[4].Text == "1" {
					break
				}
			}
			testcluster.Eventually(t, patience(5*time.Second), "the field expires", func() error {
				if v, err := conn.Do("HEXISTS", key, "f0"); err != nil || v.Text != "0" {
					return fmt.Errorf("%v %v", v, err)
				}
				return nil
			})
			v, err := conn.Pipeline([][]string{{"MULTI"}, {"HINCRBY", key, "f0", "5"}, {"EXEC"}, {"HEXISTS", key, "f0"}})
			if got := fmt.Sprint(plain(v)); err != nil || got != "[OK QUEUED null 0]" {
				t.Errorf("%s, a hash of %d fields: %s %v", n.Name, fields, got, err)
			}
			conn.Close()
		}
	}
	sameState(t, c)
}
