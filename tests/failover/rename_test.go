package failover

import (
	"testing"

	"github.com/msredis/msredis/internal/testcluster/wire"
)

// Names of commands are a node's own. The log has the commands' own names, so nodes that
// call them differently agree, and a script is the same on all of them.
func TestRenamedOnOneNode(t *testing.T) {
	t.Parallel()
	c := start(t, 3)
	n := c.Nodes[1]
	n.Terminate()
	n.Start("--rename-command", "set", "put", "--rename-command", "get", "set", "--rename-command", "exec", "go",
		"--rename-command", "flushall", "")
	n.WaitReady()
	conn := n.Dial()
	do := func(want string, args ...string) {
		t.Helper()
		v, err := conn.Do(args...)
		if err != nil || v.Text != want {
			t.Errorf("%s: %q %v, want %q", args, v.Text, err, want)
		}
	}
	do("OK", "PUT", "k", "1")
	do("1", "set", "k")
	do("OK", "MULTI")
	do("QUEUED", "put", "k", "2")
	do("QUEUED", "append", "k", "3")
	if v, err := conn.Do("GO"); err != nil || len(v.Elems) != 2 {
		t.Errorf("EXEC by another name: %v %v", v, err)
	}
	do("23", "EVAL", "redis.call('SET', KEYS[1] .. '2', 'x'); return redis.call('GET', KEYS[1])", "1", "k")
	do("ERR unknown command 'FLUSHALL', with args beginning with: ", "FLUSHALL")
	for _, other := range c.Nodes {
		name := "GET"
		if other == n {
			name = "SET"
		}
		for key, want := range map[string]string{"k": "23", "k2": "x"} {
			if v := other.Do(name, key); v.Text != want {
				t.Errorf("%s on %s: %q, want %q", key, other.Name, v.Text, want)
			}
		}
	}
	if v := c.Nodes[0].Do("FLUSHALL"); v.Text != "OK" {
		t.Errorf("a node without the line: %s", v.Text)
	}
	if v := n.Do("SET", "k"); v.Kind != wire.NilBulk {
		t.Errorf("behind it: %q", v.Text)
	}
	sameState(t, c)
}
