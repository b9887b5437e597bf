package sort_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/store/storetest"
)

// TestReadsOneState: what SORT_RO reads by patterns, in many shards, is of one
// moment. MSET writes the same number to all of it.
func TestReadsOneState(t *testing.T) {
	t.Parallel()
	const keys, rounds = 20, 300
	env := storetest.New(t, kinds, rows)
	mset := func(n int) []string {
		line := []string{"mset"}
		for i := range keys {
			line = append(line, fmt.Sprint("w_", i), fmt.Sprint(n))
		}
		return line
	}
	push := []string{"rpush", "l"}
	for i := range keys {
		push = append(push, fmt.Sprint(i))
	}
	env.Do(push...)
	env.Do(mset(0)...)
	done := make(chan struct{})
	var readers sync.WaitGroup
	for range 2 {
		readers.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				var args [][]byte
				for _, word := range strings.Fields("sort_ro l by w_* get w_*") {
					args = append(args, []byte(word))
				}
				cmd, _ := env.Table.Resolve(args)
				u := &command.Unit{Calls: []command.Call{command.NewCall(cmd, args, 0, nil)}}
				env.Store.Read(u)
				values := strings.Fields(string(u.W.Buf))
				if len(values) != 1+2*keys {
					t.Errorf("a reply of %q", values)
					return
				}
				for i := 2; i < len(values); i += 2 {
					if values[i] != values[2] {
						t.Errorf("numbers %s and %s at once", values[2], values[i])
						return
					}
				}
			}
		})
	}
	for n := range rounds {
		env.Do(mset(n)...)
		env.Do("sort", "l", "by", "w_*", "get", "w_*", "store", "sorted")
	}
	close(done)
	readers.Wait()
	if got := env.Do("lindex", "sorted", "7"); got != "$3\r\n299\r\n" {
		t.Errorf("stored %q", got)
	}
}
