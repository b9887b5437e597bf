package overload

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/msredis/msredis/internal/testcluster"
	"github.com/msredis/msredis/internal/testcluster/wire"
)

// TestFasterThanTheDisk: clients of every node send pipelines of writes without
// waiting for replies, as fast as the nodes take them. None is lost, and what
// waits for the disk waits in the clients.
func TestFasterThanTheDisk(t *testing.T) {
	notWithRace(t)
	c := testcluster.Start(t, 3)
	b := watch(t, c.Nodes...)
	value := strings.Repeat("x", 4<<10)
	const clients, depth = 6, 64
	var sent, bytesSent atomic.Int64
	parallel(clients, func(i int) {
		r := dialRaw(t, c.Nodes[i%3])
		counter := fmt.Sprint("counter:", i)
		var pipeline []byte
		for k := range depth - 1 {
			pipeline = wire.AppendCommand(pipeline, "SET", fmt.Sprint("key:", i, ":", k), value)
		}
		pipeline = wire.AppendCommand(pipeline, "INCR", counter)
		rounds := make(chan int, 1)
		go func() {
			n := 0
			for until := time.Now().Add(*length); time.Now().Before(until); n++ {
				if _, err := r.Write(pipeline); err != nil {
					t.Error(err)
					break
				}
			}
			rounds <- n
		}()
		got, last, want := 0, 0, -1
		for want < 0 || got < want*depth {
			if want < 0 {
				select {
				case n := <-rounds:
					want = n
					continue
				default:
				}
				r.SetReadDeadline(time.Now().Add(10 * time.Millisecond))
				if _, err := r.br.Peek(1); errors.Is(err, os.ErrDeadlineExceeded) {
					continue // the sender may have ended meanwhile
				}
			}
			r.SetReadDeadline(time.Now().Add(30 * time.Second))
			n, err := r.skip()
			if err != nil {
				t.Errorf("client %d, after %d of %d replies: %v", i, got, want*depth, err)
				return
			}
			got, last = got+1, max(last, n)
		}
		sent.Add(int64(want * depth))
		bytesSent.Add(int64(want * len(pipeline)))
		if last != want {
			t.Errorf("client %d sent INCR %d times, and it was counted %d times", i, want, last)
		}
	})
	t.Logf("%d commands, %d MiB", sent.Load(), bytesSent.Load()>>20)
	b.end(maxGrowthPipelines)
}

// TestNeverReads: clients ask for more than there is memory and do not read it.
// What a node holds for one of them is a portion of replies, not the replies. One
// that reads after all gets everything.
func TestNeverReads(t *testing.T) {
	notWithRace(t)
	n := testcluster.Start(t, 1).Nodes[0]
	const clients, pipelines, depth, size = 20, 40, 50, 256 << 10
	n.Do("SET", "large", strings.Repeat("x", size))
	n.Do("RPUSH", "list", strings.Repeat("x", size))
	b := watch(t, n)
	conns := make([]net.Conn, clients)
	began := time.Now()
	parallel(clients, func(i int) {
		nc, err := net.Dial("tcp", n.Addr())
		if err != nil {
			t.Error(err)
			return
		}
		conns[i] = nc
		ask := wire.AppendCommand(nil, "GET", "large")
		if i%2 == 1 {
			ask = wire.AppendCommand(nil, "LRANGE", "list", "0", "-1")
		}
		nc.SetWriteDeadline(began.Add(*length))
		for range pipelines {
			if _, err := nc.Write(bytes.Repeat(ask, depth)); err != nil {
				break // it does not read from us any more, either
			}
		}
	})
	for _, nc := range conns {
		defer nc.Close()
	}
	for time.Since(began) < *length { // time in which memory would grow
		time.Sleep(10 * time.Millisecond)
	}
	b.end(maxGrowthUnread)

	conns[0].SetDeadline(time.Now().Add(time.Minute))
	r := &raw{conns[0], newReader(conns[0])}
	for i := range pipelines * depth {
		if got, err := r.skip(); err != nil || got != size {
			t.Fatalf("reply %d: %d bytes, %v", i, got, err)
		}
	}
}

// TestNeverReadsValues: one client asks sixteen times for a value of many megabytes
// in one pipeline, another one between writes, and neither reads. The node that they
// are at holds a portion and one value for each.
func TestNeverReadsValues(t *testing.T) {
	notWithRace(t)
	c := testcluster.Start(t, 3, "--request-timeout", strconv.FormatInt(patience.Milliseconds(), 10))
	n := c.Leader()
	size := largeBytes(t) / 2
	want(t, patient(n), "OK", "SET", "large", strings.Repeat("x", size))
	time.Sleep(200 * time.Millisecond) // in which the others have it, too
	b := watch(t, n)
	ask := wire.AppendCommand(nil, "GET", "large")
	mixed := wire.AppendCommand(bytes.Clone(ask), "SET", "small", "1")
	for _, pipeline := range [][]byte{bytes.Repeat(ask, 16), bytes.Repeat(mixed, 16)} {
		if _, err := dialRaw(t, n).Write(pipeline); err != nil {
			t.Fatal(err)
		}
	}
	time.Sleep(*length) // time in which memory would grow
	b.end(2*size>>20 + maxGrowthValues)
}

// What a node may grow by, in MiB.
const (
	// maxGrowthValues: two portions of four MiB and what they were made in, and what
	// Go has not collected.
	maxGrowthValues = 100
	// maxGrowthPipelines: a pipeline for each connection, in Go's memory at
	// twice its size, and the log that has not been purged.
	maxGrowthPipelines = 400
	// maxGrowthUnread: two portions of four MiB and what they were made in for
	// each of the clients.
	maxGrowthUnread = 400
)
