package overload

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/msredis/msredis/internal/testcluster"
)

// TestSlowReaders: clients ask for lists of 100 MB and then read nothing. A node that made
// their replies in memory would grow by a gigabyte. Others work meanwhile, on the same list,
// too. A client that goes on gets the list as it was; one that is killed leaves nothing.
func TestSlowReaders(t *testing.T) {
	notWithRace(t)
	n := testcluster.Start(t, 1).Nodes[0]
	c := patient(n)
	const elements, slow = 100_000, 10
	text := strings.Repeat("x", 990)
	fill(t, c, elements, []string{"RPUSH", "list"}, func(i int) []string { return []string{text + itoa(i)} })
	b := watch(t, n)
	var readers []*raw
	for range slow {
		r := dialRaw(t, n)
		if _, err := r.Write([]byte("CLIENT SETNAME slow\r\nLRANGE list 0 -1\r\nLLEN list\r\n")); err != nil {
			t.Fatal(err)
		}
		readers = append(readers, r)
	}
	views := func(number string) {
		t.Helper()
		testcluster.Eventually(t, 20*time.Second, "mem_views is "+number, func() error {
			_, err := n.TryDo("PING")
			if got := n.Info("memory", "mem_views"); err == nil && got != number {
				return fmt.Errorf("it is %s", got)
			}
			return err
		})
	}
	views(itoa(slow))
	for i := range 1000 {
		want(t, c, "OK", "LSET", "list", itoa(i*97), "changed")
	}
	want(t, c, "1", "LREM", "list", "0", text+"99999")
	for _, r := range readers[:2] {
		for _, reply := range []int{0, elements, elements - 1} {
			if got, err := r.skip(); err != nil || got != reply {
				t.Fatalf("a reader that goes on: %d, %v; want %d", got, err, reply)
			}
		}
	}
	views(itoa(slow - 2))
	for _, r := range readers[2:5] {
		r.Close()
	}
	list, err := c.Do("CLIENT", "LIST")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(list.Text) {
		if strings.Contains(line, "name=slow ") {
			_, id, _ := strings.Cut(line, "id=")
			id, _, _ = strings.Cut(id, " ")
			if _, err := c.Do("CLIENT", "KILL", "ID", id); err != nil {
				t.Fatal(err)
			}
		}
	}
	views("0")
	b.end(150)
}
