package front

import (
	"bytes"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/msredis/msredis/resp/reply"
)

// TestQueue: what is queued comes out as it went in, whatever its sizes.
func TestQueue(t *testing.T) {
	t.Parallel()
	ts := newTestServer(t)
	table := ts.Server.table
	var q queue
	var want [][][]byte
	for i, size := range []int{0, 1, 100, minBlock, longArg - 1, longArg, longArg + 1, maxBlock - 10, maxBlock + 10} {
		for k := range 20 {
			args := [][]byte{[]byte("sEt"), bytes.Repeat([]byte{byte(i), byte(k)}, size/2+size%2)[:size]}
			for range k % 4 {
				args = append(args, []byte{}, []byte("more"))
			}
			cmd, _ := table.Resolve(args)
			q.add(cmd, args)
			want = append(want, args)
		}
	}
	calls := q.calls(table, nil)
	if len(calls) != len(want) {
		t.Fatalf("%d calls of %d", len(calls), len(want))
	}
	for i, c := range calls {
		if c.Cmd.Name != "set" || !slices.EqualFunc(c.Args, want[i], bytes.Equal) {
			t.Fatalf("call %d is %s with %d arguments, want %d", i, c.Cmd.Name, len(c.Args), len(want[i]))
		}
	}
}

// TestQueueIsSmall: a transaction of many small commands takes about the memory of
// their bytes while it is queued, and CLIENT LIST says how much.
func TestQueueIsSmall(t *testing.T) {
	ts := newTestServer(t)
	c := ts.connect(t)
	const n, depth = 200_000, 1000
	cmds := make([][][]byte, depth)
	ping := func() {
		slab := make([]byte, 0, depth*4) // as the parser cuts a pipeline
		for i := range cmds {
			slab = append(slab, "PING"...)
			cmds[i] = [][]byte{slab[len(slab)-4:]}
		}
		c.serve(cmds, time.Now())
	}
	c.pipeline("MULTI")
	held := func() int {
		runtime.GC()
		runtime.GC() // of what was freed before
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return int(m.HeapAlloc)
	}
	before := held()
	for range n / depth {
		ping()
	}
	took := held() - before
	if most := 20 * n; took > most {
		t.Errorf("%d commands of 4 bytes take %d bytes", n, took)
	}
	other := ts.connect(t)
	line := other.pipeline("CLIENT LIST ID " + fmt.Sprint(c.conn.id))
	var shown int
	if at := strings.Index(line, "multi-mem="); at < 0 {
		t.Fatal(line)
	} else {
		fmt.Sscan(line[at+len("multi-mem="):], &shown)
	}
	if shown < 4*n || shown > 2*took+1<<20 {
		t.Errorf("multi-mem is %d, and it takes %d", shown, took)
	}
	c.pipeline("DISCARD")
	if line := other.pipeline("CLIENT LIST ID " + fmt.Sprint(c.conn.id)); !strings.Contains(line, " multi-mem=0 ") {
		t.Errorf("behind DISCARD: %s", line)
	}
}

// TestEntryBounds: what does not fit into a log entry is refused where it is sent, and
// nothing is executed of it.
func TestEntryBounds(t *testing.T) {
	t.Parallel()
	txTooLarge := fmt.Sprintf("-"+reply.ErrTxTooLarge, maxEntryMB, maxQueuedCalls)
	ts := newTestServer(t)
	c := ts.connect(t)
	c.pipeline("MULTI")
	c.session.tx.queue.size = maxEntryBytes - 120 - 3*24 - 5
	c.want("+QUEUED|"+txTooLarge+"|-"+reply.ErrExecAbort+"|$-1|", "SET a 1", "SET b 1", "EXEC", "GET a")
	c.pipeline("MULTI")
	c.session.tx.queue.n = maxQueuedCalls
	c.want(txTooLarge+"|-"+reply.ErrExecAbort+"|", "PING", "EXEC")
	large := [][]byte{[]byte("SET"), []byte("a"), make([]byte, maxEntryBytes)} // nobody touches it
	replies, _ := c.serve([][][]byte{words(t, "SET b 1"), large, words(t, "GET b")}, time.Now())
	if got, want := string(replies), fmt.Sprintf("+OK\r\n-"+reply.ErrTooLarge+"\r\n$1\r\n1\r\n", maxEntryMB); got != want {
		t.Errorf("%.100q, want %q", got, want)
	}
}
