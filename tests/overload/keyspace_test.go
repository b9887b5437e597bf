package overload

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/msredis/msredis/internal/testcluster"
)

func newReader(nc net.Conn) *bufio.Reader { return bufio.NewReaderSize(nc, 1<<20) }

// TestManyKeys: KEYS * and clients that never stop to SCAN, on every node, while
// others work; then FLUSHALL.
func TestManyKeys(t *testing.T) {
	notWithRace(t)
	c := testcluster.Start(t, 3)
	fill(t, patient(c.Leader()), *manyKeys, []string{"MSET"}, func(i int) []string { return []string{"key:" + itoa(i), "v"} })
	b := watch(t, c.Nodes...)
	stop := make(chan struct{})
	var scans atomic.Int64
	var wg sync.WaitGroup
	for i := range 6 {
		conn := patient(c.Nodes[i%3])
		wg.Go(func() {
			for cursor := "0"; ; {
				select {
				case <-stop:
					return
				default:
				}
				v, err := conn.Do("SCAN", cursor, "COUNT", "1000", "MATCH", "*7:nothing*")
				if err != nil || len(v.Elems) != 2 {
					t.Errorf("SCAN: %s, %v", v.Text, err)
					return
				}
				cursor = v.Elems[0].Text
				scans.Add(1)
			}
		})
	}
	began := time.Now()
	parallel(3, func(i int) {
		r := dialRaw(t, c.Nodes[i])
		for first := true; first || time.Since(began) < *length; first = false {
			got, err := r.do("KEYS", "*")
			if err != nil || got < *manyKeys {
				t.Errorf("KEYS: %d keys, %v", got, err)
				return
			}
		}
	})
	close(stop)
	wg.Wait()
	t.Logf("%d calls of SCAN and KEYS in %v", scans.Load(), time.Since(began).Round(time.Millisecond))
	began = time.Now()
	want(t, patient(c.Leader()), "OK", "FLUSHALL")
	if took := time.Since(began); took > maxP99 {
		t.Errorf("FLUSHALL took %v", took)
	}
	b.end(100 + *manyKeys/4000)
}

// TestExpiryOfMany: a great many keys expire within one second. They vanish at
// once, and their memory follows while others work.
func TestExpiryOfMany(t *testing.T) {
	notWithRace(t)
	c := testcluster.Start(t, 3)
	leader := patient(c.Leader())
	// What is looked at is their end, so all are written before. How long that
	// takes depends on the machine.
	const depth = 5000
	var deadline time.Time
	write := func(from int) {
		var cmds [][]string
		for i := from; i < min(from+depth, *expiring); i++ {
			cmds = append(cmds, []string{"SET", "key:" + itoa(i), "v", "PXAT", fmt.Sprint(deadline.UnixMilli() + int64(i%1000))})
		}
		if _, err := leader.Pipeline(cmds); err != nil {
			t.Fatal(err)
		}
	}
	began := time.Now()
	deadline = began.Add(time.Hour)
	write(0)
	ttl := time.Second + 3*time.Since(began)*time.Duration(1+*expiring/depth)
	deadline = time.Now().Add(ttl)
	for i := 0; i < *expiring; i += depth {
		write(i)
	}
	if late := time.Since(deadline); late > 0 {
		t.Skipf("the machine is too busy: it took %v too long to write the keys", late)
	}
	b := watch(t, c.Nodes...)
	const others = 1000 // the bystanders have keys
	testcluster.Eventually(t, ttl+30*time.Second, "all keys are gone", func() error {
		for _, n := range c.Nodes {
			var keys int
			fmt.Sscan(n.Do("DBSIZE").Text, &keys)
			if keys > others {
				return fmt.Errorf("%s has %d", n.Name, keys)
			}
		}
		return nil
	})
	began = time.Now()
	testcluster.Eventually(t, time.Minute, "all memory is given back", func() error {
		for _, n := range c.Nodes {
			var expired int
			fmt.Sscan(n.Info("stats", "expired_keys"), &expired)
			if expired < *expiring {
				return errors.New(n.Name + " has keys left")
			}
		}
		return nil
	})
	t.Logf("the last was reclaimed %v after it was gone", time.Since(began).Round(time.Millisecond))
	b.end(100 + *expiring/4000)
}
