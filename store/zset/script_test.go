package zset_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/msredis/msredis/store/keys"
	"github.com/msredis/msredis/store/keyspace"
	"github.com/msredis/msredis/store/set"
	"github.com/msredis/msredis/store/storetest"
	"github.com/msredis/msredis/store/str"
	"github.com/msredis/msredis/store/zset"
)

var (
	kinds = []*keyspace.Kind{&str.Kind, &set.Kind, &zset.Kind}
	rows  = slices.Concat(str.Rows, set.Rows, zset.Rows, keys.Rows)
)

func TestScripts(t *testing.T) {
	storetest.PlayScripts(t, kinds, rows)
}

func TestRowsAreRedis(t *testing.T) {
	storetest.CheckRows(t, zset.Rows)
}

// TestRankWithScore: the replies are those that the documentation of Redis 7.2
// and its source give.
func TestRankWithScore(t *testing.T) {
	t.Parallel()
	env := storetest.New(t, kinds, rows)
	env.Do("zadd", "z", "1.5", "a", "2", "b")
	env.Do("set", "str", "value")
	for _, step := range []struct{ command, want2, want3 string }{
		{"zrank z b withscore", "*2\r\n:1\r\n$1\r\n2\r\n", "*2\r\n:1\r\n,2\r\n"},
		{"zrevrank z a WithScore", "*2\r\n:1\r\n$3\r\n1.5\r\n", "*2\r\n:1\r\n,1.5\r\n"},
		{"zrank z c withscore", "*-1\r\n", "_\r\n"},
		{"zrank none c withscore", "*-1\r\n", "_\r\n"},
		{"zrank z c", "$-1\r\n", "_\r\n"},
		{"zrank z a foo", "-ERR syntax error\r\n", "-ERR syntax error\r\n"},
		{"zrank z a withscore foo", "-ERR wrong number of arguments for 'zrank' command\r\n", "-ERR wrong number of arguments for 'zrank' command\r\n"},
		{"zrevrank str a withscore", "-WRONGTYPE Operation against a key holding the wrong kind of value\r\n", "-WRONGTYPE Operation against a key holding the wrong kind of value\r\n"},
	} {
		for proto, want := range map[uint8]string{2: step.want2, 3: step.want3} {
			env.Proto = proto
			if got := env.Do(strings.Fields(step.command)...); got != want {
				t.Errorf("RESP%d %s: %q, want %q", proto, step.command, got, want)
			}
		}
	}
}
