package overload

import (
	"fmt"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/msredis/msredis/internal/testcluster"
)

func itoa(n int) string { return strconv.Itoa(n) }

// TestOverMemory: with maxmemory exceeded, what would add to the data is refused
// with -OOM, and exactly what was not refused is there, on every node. Reads and
// deletions go on, and then writes.
func TestOverMemory(t *testing.T) {
	c := testcluster.Start(t, 3, "--maxmemory", "16mb")
	b := watch1(t, c.Leader())
	const clients, each = 12, 60
	value := strings.Repeat("x", 64<<10)
	var took, refused [clients]int
	var total, none atomic.Int64
	parallel(clients, func(i int) {
		conn := c.Nodes[i%3].Dial()
		for range each {
			v, err := conn.Do("RPUSH", fmt.Sprint("list:", i), value)
			switch {
			case err != nil:
				t.Error(err)
				return
			case !v.IsError():
				took[i]++
				total.Add(1)
			case strings.HasPrefix(v.Text, "OOM "):
				refused[i]++
				none.Add(1)
			default:
				t.Errorf("RPUSH: %s", v.Text)
			}
			// In a transaction, too: all of it or nothing.
			vs, err := conn.Pipeline([][]string{{"MULTI"}, {"INCR", fmt.Sprint("tx:", i)}, {"APPEND", fmt.Sprint("str:", i), "x"}, {"EXEC"}})
			if err != nil {
				t.Error(err)
				return
			}
			if last := vs[len(vs)-1]; last.IsError() && !strings.HasPrefix(last.Text, "EXECABORT") {
				t.Errorf("EXEC: %s", last.Text)
			}
		}
	})
	b()
	t.Logf("%d were taken, %d refused", total.Load(), none.Load())
	if total.Load() == 0 || none.Load() == 0 {
		t.Error("the limit was not reached, or never kept to")
	}
	for _, n := range c.Nodes {
		for i := range clients {
			if got := n.Do("LLEN", fmt.Sprint("list:", i)).Text; got != itoa(took[i]) {
				t.Errorf("%s: client %d has %s elements, %d were acknowledged and %d refused", n.Name, i, got, took[i], refused[i])
			}
			incr, length := n.Do("GET", fmt.Sprint("tx:", i)).Text, n.Do("STRLEN", fmt.Sprint("str:", i)).Text
			if incr != length && !(incr == "" && length == "0") {
				t.Errorf("%s: client %d: half a transaction: %s and %s", n.Name, i, incr, length)
			}
		}
	}
	for i := range clients {
		if v := c.Nodes[0].Do("DEL", fmt.Sprint("list:", i)); v.IsError() {
			t.Fatalf("DEL: %s", v.Text)
		}
	}
	if v := c.Nodes[0].Do("SET", "again", "1"); v.IsError() {
		t.Errorf("SET with room again: %s", v.Text)
	}
}

// watch1 only holds that there is no election; the function that it returns says
// so.
func watch1(t *testing.T, n *testcluster.Node) func() {
	t.Helper()
	term := n.Info("raft", "raft_term")
	return func() {
		t.Helper()
		if now := n.Info("raft", "raft_term"); now != term {
			t.Errorf("an election: term %s, before %s", now, term)
		}
	}
}
