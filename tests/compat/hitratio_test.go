package compat

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/msredis/msredis/internal/testcluster"
	"github.com/msredis/msredis/internal/testcluster/wire"
)

// cache is a client that reads keys by a Zipf distribution and writes those that it
// misses, with room for a tenth of them.
type cache struct {
	t    *testing.T
	conn *wire.Conn
}

const (
	cacheKeys  = 5_000
	cacheReads = 40_000
	cacheDepth = 50 // reads at once
)

func (c *cache) do(args ...string) string {
	c.t.Helper()
	v, err := c.conn.Do(args...)
	if err != nil || v.IsError() {
		c.t.Fatalf("%s: %s %v", args[0], v.Text, err)
	}
	return v.Text
}

// counted is what maxmemory is held against.
func (c *cache) counted() (bytes int) {
	uncounted := 0
	for line := range strings.SplitSeq(c.do("INFO", "memory"), "\r\n") {
		fmt.Sscanf(line, "used_memory:%d", &bytes)
		fmt.Sscanf(line, "mem_not_counted_for_evict:%d", &uncounted)
	}
	return bytes - uncounted
}

func (c *cache) pipeline(commands [][]string) []wire.Value {
	c.t.Helper()
	vs, err := c.conn.Pipeline(commands)
	if err != nil {
		c.t.Fatal(err)
	}
	return vs
}

// hits returns the ratio of reads that find their key, from the second half on.
func (c *cache) hits(policy string) float64 {
	value := strings.Repeat("v", 100)
	c.do("CONFIG", "SET", "maxmemory-policy", policy)
	c.do("CONFIG", "SET", "maxmemory", "0")
	c.do("FLUSHALL")
	for i := range cacheKeys / 10 {
		c.do("SET", fmt.Sprintf("key:%06d", i), value)
	}
	c.do("CONFIG", "SET", "maxmemory", fmt.Sprint(c.counted()))
	c.do("FLUSHALL")
	zipf := rand.NewZipf(rand.New(rand.NewPCG(1, 2)), 1.01, 1, cacheKeys-1)
	found, looked := 0, 0
	for n := 0; n < cacheReads; n += cacheDepth {
		var gets, sets [][]string
		for range cacheDepth {
			// The popular keys are spread over the names.
			gets = append(gets, []string{"GET", fmt.Sprintf("key:%06d", zipf.Uint64()*7919%cacheKeys)})
		}
		for i, v := range c.pipeline(gets) {
			if n >= cacheReads/2 {
				looked++
			}
			switch {
			case v.Text == "":
				sets = append(sets, []string{"SET", gets[i][1], value})
			case n >= cacheReads/2:
				found++
			}
		}
		if len(sets) > 0 {
			for _, v := range c.pipeline(sets) {
				if v.IsError() {
					c.t.Fatalf("SET: %s", v.Text)
				}
			}
		}
	}
	return float64(found) / float64(looked)
}

// TestHitRatio: a cache of msredis finds as many of the keys that it is asked for as
// one of Redis with room for as many.
func TestHitRatio(t *testing.T) {
	skipWhenRecording(t)
	t.Parallel()
	ratios := map[string][]float64{}
	policies := []string{"allkeys-lru", "allkeys-lfu", "allkeys-random"}
	for _, addr := range []string{testcluster.StartRedis(t).Addr, testcluster.Start(t, 1).Addrs()[0]} {
		conn, err := wire.Dial(addr)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		for _, policy := range policies {
			ratios[policy] = append(ratios[policy], (&cache{t, conn}).hits(policy))
		}
	}
	for _, policy := range policies {
		r := ratios[policy]
		t.Logf("%s: %.3f of the reads hit in Redis, %.3f in msredis", policy, r[0], r[1])
		if r[1] < 0.97*r[0] {
			t.Errorf("%s: %.3f of the reads hit, in Redis %.3f", policy, r[1], r[0])
		}
	}
}
