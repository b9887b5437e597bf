package overload

import (
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/msredis/msredis/internal/testcluster"
)

// TestLargeValue: a value of 100 MB, on a machine to which that is little memory,
// goes through a follower, the log and every node, and is read from each, while
// others work.
func TestLargeValue(t *testing.T) {
	notWithRace(t)
	c := testcluster.Start(t, 3, "--request-timeout", strconv.FormatInt(patience.Milliseconds(), 10))
	size := largeBytes(t)
	value := strings.Repeat("0123456789", size/10)
	b := watch(t, c.Nodes...)
	// The log is written in order: what is behind 100 MB waits for them.
	b.maxP99, b.maxWait = maxP99Large, patience
	began := time.Now()
	want(t, patient(c.Followers()[0]), "OK", "SET", "large", value)
	set := time.Since(began)
	for _, n := range c.Nodes {
		if got, err := dialRaw(t, n).do("GET", "large"); err != nil || got != size {
			t.Errorf("%s: %d bytes, %v", n.Name, got, err)
		}
	}
	t.Logf("SET of %d MB took %v, SET and three GETs %v", size/1e6, set.Round(time.Millisecond), time.Since(began).Round(time.Millisecond))
	// APPEND goes on where it is, and the value is one.
	want(t, patient(c.Leader()), itoa(size+1), "APPEND", "large", "x")
	for _, n := range c.Nodes {
		want(t, patient(n), "9x", "GETRANGE", "large", "-2", "-1")
	}
	want(t, patient(c.Leader()), "1", "UNLINK", "large")
	b.end(maxGrowthLarge)
}

// maxP99Large is maxP99 while a value of 100 MB is written: by three nodes on one
// disk.
const maxP99Large = 3 * time.Second

// patience is for how long a command may wait: an answer later than that would be an
// error. The default is 5 s, of which the value needs half where memory is quick.
const patience = 30 * time.Second

// largeBytes is the size of the value: 100 MB, or less where memory that is touched
// for the first time costs more than a millisecond a megabyte, as it does in some
// virtual machines. On its way the value is copied many times.
func largeBytes(t *testing.T) int {
	t.Helper()
	const most, least, quick = 100_000_000, 10_000_000, 100 * time.Millisecond
	memory, err := unix.Mmap(-1, 0, most, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Munmap(memory)
	began := time.Now()
	for i := 0; i < most; i += os.Getpagesize() {
		memory[i] = 1
	}
	took := max(time.Since(began), quick)
	return max(int(most*quick/took)/10*10, least)
}

// maxGrowthLarge is what a value of 100 MB may cost a node while it is on its
// way, in MiB: as an argument, in the entry, in messages to two peers and the
// log, in the store, and in the replies, with what Go has not collected yet.
const maxGrowthLarge = 1800

// TestManyElements: a list, a hash, a set and a sorted set of a million elements
// are read as a whole and dropped, again and again, while others work.
func TestManyElements(t *testing.T) {
	notWithRace(t)
	n := testcluster.Start(t, 1).Nodes[0]
	c := patient(n)
	number := func(i int) []string { return []string{itoa(i)} }
	pair := func(i int) []string { return []string{itoa(i), itoa(i)} }
	fill(t, c, *manyElements, []string{"RPUSH", "list"}, number)
	fill(t, c, *manyElements, []string{"HSET", "hash"}, pair)
	fill(t, c, *manyElements, []string{"SADD", "set"}, func(i int) []string { return []string{"m" + itoa(i)} })
	// What they grow by are the replies, as they are made and as they are sent.
	b := watch(t, n)
	for _, test := range []struct {
		want int
		args []string
	}{
		{*manyElements, []string{"LRANGE", "list", "0", "-1"}},
		{2 * *manyElements, []string{"HGETALL", "hash"}},
		{*manyElements, []string{"SMEMBERS", "set"}},
	} {
		r := dialRaw(t, n)
		for range 2 { // at first nothing is known of the client, either
			began := time.Now()
			if got, err := r.do(test.args...); err != nil || got != test.want {
				t.Fatalf("%v: %d elements, %v", test.args, got, err)
			}
			t.Logf("%v took %v", test.args, time.Since(began).Round(time.Millisecond))
		}
	}
	for _, args := range [][]string{{"UNLINK", "list"}, {"DEL", "set"}, {"FLUSHALL"}} {
		began := time.Now()
		if v, err := c.Do(args...); err != nil || v.IsError() {
			t.Fatal(args, v.Text, err)
		}
		if took := time.Since(began); took > maxP99 {
			t.Errorf("%v took %v", args, took)
		}
	}
	b.end(100 + *manyElements/2500)
}
