package script_test

import (
	"fmt"
	"testing"

	"github.com/msredis/msredis/internal/invariants"
)

// TestCallAllocations: a call of a script takes no more memory than the command itself,
// but for what it returns: a string becomes one of Lua, a status a table.
func TestCallAllocations(t *testing.T) {
	if invariants.Enabled {
		t.Skip("the checks of invariants take memory")
	}
	e := newEnv(t)
	e.Do("SET", "k", "value")
	const calls = 1000
	perCall := func(call string) float64 {
		run := func(n int) float64 {
			script := []byte(fmt.Sprintf("local k, v = 'k', 'value' for i = 1, %d do %s end", n, call))
			args := [][]byte{[]byte("EVAL"), script, []byte("1"), []byte("k")}
			return testing.AllocsPerRun(20, func() { e.Run(args) })
		}
		return (run(calls) - run(0)) / calls
	}
	own := func(args ...string) float64 {
		var list [][]byte
		for _, a := range args {
			list = append(list, []byte(a))
		}
		return testing.AllocsPerRun(100, func() { e.Run(list) }) - testing.AllocsPerRun(100, func() { e.Run([][]byte{[]byte("EXISTS"), []byte("none")}) })
	}
	for _, test := range []struct {
		call    string
		command []string
		more    float64 // for what is returned
	}{
		{"redis.call('EXISTS', k)", []string{"EXISTS", "k"}, 0},
		{"redis.call('STRLEN', k)", []string{"STRLEN", "k"}, 0},
		{"redis.call('GET', k)", []string{"GET", "k"}, 2},             // its bytes, and its head in a value
		{"redis.call('SET', k, v)", []string{"SET", "k", "value"}, 3}, // a status is a table with a field
	} {
		if got, want := perCall(test.call), max(own(test.command...), 0)+test.more; got > want+0.5 { // the collector empties pools between calls
			t.Errorf("%s: %.2f allocations, want at most %.2f", test.call, got, want)
		}
	}
}
