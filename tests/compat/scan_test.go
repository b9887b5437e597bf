package compat

import (
	"fmt"
	"testing"

	"github.com/msredis/msredis/internal/testcluster"
	"github.com/msredis/msredis/internal/testcluster/wire"
)

// TestScanGuarantee iterates while other keys come and go: every key that was
// there from the first call to the last is met. In a cluster each call goes to
// another node.
func TestScanGuarantee(t *testing.T) {
	skipWhenRecording(t)
	t.Parallel()
	t.Run("redis", func(t *testing.T) { scanWhileChanging(t, testcluster.StartRedis(t).Addr) })
	t.Run("one node", func(t *testing.T) { scanWhileChanging(t, testcluster.Start(t, 1).Addrs()...) })
	t.Run("three nodes", func(t *testing.T) { scanWhileChanging(t, testcluster.Start(t, 3).Addrs()...) })
}

func scanWhileChanging(t *testing.T, addrs ...string) {
	const stay, churn = 700, 200
	var nodes []*wire.Conn
	for _, addr := range addrs {
		c, err := wire.Dial(addr)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		nodes = append(nodes, c)
	}
	run := func(call int, verb, prefix string, n int, value ...string) {
		var cmds [][]string
		for i := range n {
			cmds = append(cmds, append([]string{verb, fmt.Sprint(prefix, i)}, value...))
		}
		if _, err := nodes[call%len(nodes)].Pipeline(cmds); err != nil {
			t.Fatal(err)
		}
	}
	run(0, "SET", "stay:", stay, "v")
	seen, cursor, calls := map[string]bool{}, "0", 0
	for {
		v, err := nodes[calls%len(nodes)].Do("SCAN", cursor, "COUNT", "23")
		if err != nil || len(v.Elems) != 2 {
			t.Fatalf("SCAN %s: %s %v", cursor, Format(v), err)
		}
		for _, key := range v.Elems[1].Strings() {
			seen[key] = true
		}
		cursor = v.Elems[0].Text
		if calls++; cursor == "0" {
			break
		}
		if calls > 10*stay {
			t.Fatal("SCAN does not end")
		}
		prefix := fmt.Sprint("churn:", calls%3, ":")
		if calls%2 == 0 {
			run(calls, "DEL", prefix, churn)
		} else {
			run(calls, "SET", prefix, churn, "v")
		}
	}
	for i := range stay {
		if key := fmt.Sprint("stay:", i); !seen[key] {
			t.Errorf("%s was not met in %d calls", key, calls)
		}
	}
}
