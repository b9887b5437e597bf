package overload

import (
	"net"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/msredis/msredis/internal/testcluster"
)

// openFiles raises the limit on open files as far as it may be, and returns it.
func openFiles(t *testing.T) int {
	t.Helper()
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	limit.Cur = limit.Max
	// Where this is not permitted it is as it was.
	_ = syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit)
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	return int(min(limit.Cur, 1<<20))
}

// TestConnections: ten thousand clients of one node, all of which send something
// at the same time, again and again. One more is refused.
func TestConnections(t *testing.T) {
	notWithRace(t)
	const spare = 200 // files that the test and the node have open besides
	n := 10_000
	if limit := openFiles(t); limit < n+spare {
		n = limit - spare
		t.Logf("only %d connections: so many files may be open here", n)
	}
	c := testcluster.Start(t, 3, "--maxclients", "20000")
	busy := c.Followers()[0]
	b := watch(t, c.Nodes...)
	conns := make([]net.Conn, n)
	parallel(64, func(worker int) {
		for i := worker; i < n; i += 64 {
			nc, err := net.Dial("tcp", busy.Addr())
			if err != nil {
				t.Errorf("connection %d: %v", i, err)
				return
			}
			conns[i] = nc
		}
	})
	defer func() {
		for _, nc := range conns {
			if nc != nil {
				nc.Close()
			}
		}
	}()
	if t.Failed() {
		return
	}
	began := time.Now()
	const rounds = 3
	request := []byte("INCR all\r\n")
	for range rounds {
		parallel(64, func(worker int) {
			for i := worker; i < n; i += 64 {
				if _, err := conns[i].Write(request); err != nil {
					t.Errorf("client %d: %v", i, err)
				}
			}
			var reply [32]byte
			for i := worker; i < n; i += 64 {
				conns[i].SetReadDeadline(time.Now().Add(30 * time.Second))
				if got, err := conns[i].Read(reply[:]); err != nil || reply[0] != ':' {
					t.Errorf("client %d: %q, %v", i, reply[:got], err)
					return
				}
			}
		})
	}
	t.Logf("%d clients, %d commands in %v", n, rounds*n, time.Since(began).Round(time.Millisecond))
	b.end(maxGrowthConnections)
	v := busy.Do("GET", "all")
	if v.Text != itoa(rounds*n) {
		t.Errorf("%d increments were counted as %s", rounds*n, v.Text)
	}

	// Full is full, and says so.
	if v := busy.Do("CONFIG", "SET", "maxclients", itoa(n)); v.IsError() {
		t.Fatal(v.Text)
	}
	nc, err := net.Dial("tcp", busy.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	nc.SetDeadline(time.Now().Add(10 * time.Second))
	reply := make([]byte, 100)
	got, _ := nc.Read(reply)
	if text := string(reply[:got]); text != "-ERR max number of clients reached\r\n" {
		t.Errorf("one client too many got %q", text)
	}
}

// maxGrowthConnections is what ten thousand connections may take, in MiB.
const maxGrowthConnections = 250

// parallel runs fn n times at once, with the number of the run.
func parallel(n int, fn func(worker int)) {
	var wg sync.WaitGroup
	for worker := range n {
		wg.Go(func() { fn(worker) })
	}
	wg.Wait()
}
