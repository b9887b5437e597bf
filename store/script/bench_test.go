package script_test

import (
	"strings"
	"testing"

	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/store"
	"github.com/msredis/msredis/store/storetest"
)

// BenchmarkCall is what the apply of a script costs, beside that of its commands alone:
// without raft, the log and the sockets.
func BenchmarkCall(b *testing.B) {
	const body = "return redis.call('SET', KEYS[1], redis.call('GET', KEYS[1]))"
	for _, bench := range []struct {
		name, line string
		batch      int
	}{
		{"script", "EVALSHA sha 1 k", 1},
		{"script in a batch of 50", "EVALSHA sha 1 k", 50},
		{"commands", "GET k|SET k value", 1},
		{"commands in a batch of 50", "GET k|SET k value", 50},
	} {
		b.Run(bench.name, func(b *testing.B) {
			e := storetest.New(b, store.Kinds(), store.Rows())
			sha := strings.Fields(e.Do("SCRIPT", "LOAD", body))[1]
			e.Do("SET", "k", "value")
			var calls []command.Call
			for _, line := range strings.Split(strings.Replace(bench.line, "sha", sha, 1), "|") {
				var args [][]byte
				for _, word := range strings.Fields(line) {
					args = append(args, []byte(word))
				}
				calls = append(calls, command.NewCall(e.Table.Named(strings.ToLower(string(args[0]))), args, 0, nil))
			}
			one := calls
			for range bench.batch - 1 {
				calls = append(calls, one...)
			}
			b.ReportAllocs()
			b.ResetTimer()
			for n := 0; n < b.N; n += bench.batch {
				e.Calls(calls...)
			}
		})
	}
}
