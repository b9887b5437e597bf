package str_test

import (
	"testing"

	"github.com/msredis/msredis/store/leases"
	"github.com/msredis/msredis/store/storetest"
)

func TestSetWithLease(t *testing.T) {
	t.Parallel()
	env := storetest.New(t, kinds, rows, leases.Rows)
	const none, ok, null = "-ERR no such lease\r\n", "+OK\r\n", "$-1\r\n"
	for _, step := range []struct {
		args []string
		want string
	}{
		{[]string{"set", "k", "v", "lease", "7"}, none},
		{[]string{"exists", "k"}, ":0\r\n"},
		{[]string{"lease", "grant", "60000", "7"}, ":7\r\n"},
		{[]string{"set", "k", "v", "LEASE", "7"}, ok},
		{[]string{"pttl", "k"}, ":60000\r\n"},
		{[]string{"set", "k", "v", "lease", "seven"}, "-ERR invalid lease id\r\n"},
		{[]string{"set", "k", "v", "lease", "-7"}, "-ERR invalid lease id\r\n"},
		{[]string{"set", "k", "w", "lease", "7", "nx"}, null},
		{[]string{"set", "k", "w", "lease", "8", "nx"}, none},
		{[]string{"set", "k", "w", "get", "lease", "7", "xx"}, "$1\r\nv\r\n"},
		{[]string{"set", "k", "w", "lease"}, "-ERR syntax error\r\n"},
		{[]string{"set", "k", "w", "lease", "7", "ex", "10"}, "-ERR syntax error\r\n"},
		{[]string{"set", "k", "w", "px", "10", "lease", "7"}, "-ERR syntax error\r\n"},
		{[]string{"set", "k", "w", "keepttl", "lease", "7"}, "-ERR syntax error\r\n"},
		{[]string{"set", "k", "w", "lease", "7", "keepttl"}, "-ERR syntax error\r\n"},
		{[]string{"getex", "k", "lease", "7"}, "-ERR syntax error\r\n"},

		// What keeps a deadline keeps the lease.
		{[]string{"set", "k", "1", "keepttl"}, ok},
		{[]string{"incr", "k"}, ":2\r\n"},
		{[]string{"append", "k", "0"}, ":2\r\n"},
		{[]string{"rename", "k", "r"}, ok},
		{[]string{"copy", "r", "c"}, ":1\r\n"},
		{[]string{"move", "c", "1"}, ":1\r\n"},
		{[]string{"copy", "r", "c"}, ":1\r\n"},
		{[]string{"copy", "r", "p"}, ":1\r\n"},
		{[]string{"lease", "keys", "7"}, "*3\r\n$1\r\nc\r\n$1\r\np\r\n$1\r\nr\r\n"},

		// What changes a deadline leaves the lease.
		{[]string{"getex", "p", "persist"}, "$2\r\n20\r\n"},
		{[]string{"expire", "c", "1000"}, ":1\r\n"},
		{[]string{"lease", "keys", "7"}, "*1\r\n$1\r\nr\r\n"},
		{[]string{"lease", "revoke", "7"}, ":2\r\n"},
		{[]string{"exists", "r", "c", "p"}, ":2\r\n"},
		{[]string{"set", "k", "v", "lease", "7"}, none},

		{[]string{"lease", "grant", "60000", "9"}, ":9\r\n"},
		{[]string{"set", "k", "v", "lease", "9"}, ok},
		{[]string{"set", "k", "v"}, ok},
		{[]string{"set", "l", "v", "lease", "9"}, ok},
	} {
		if got := env.Do(step.args...); got != step.want {
			t.Errorf("%q: %q, want %q", step.args, got, step.want)
		}
	}
	env.Advance(60000)
	if got := env.Do("mget", "k", "l"); got != "*2\r\n$1\r\nv\r\n$-1\r\n" {
		t.Errorf("after the lease expired: %q", got)
	}
	if got := env.Do("set", "m", "v", "lease", "9"); got != none {
		t.Errorf("an expired lease: %q", got)
	}
}
