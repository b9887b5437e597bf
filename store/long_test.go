package store_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/store"
	"github.com/msredis/msredis/store/storetest"
)

// TestLong holds which reads an event loop and the applier do not run.
func TestLong(t *testing.T) {
	t.Parallel()
	e := storetest.New(t, store.Kinds(), store.Rows())
	for i := 0; i < 20_000; {
		list, hash, set, sorted := []string{"RPUSH", "list"}, []string{"HSET", "hash"}, []string{"SADD", "set"}, []string{"ZADD", "zset"}
		for range 1000 {
			n := strconv.Itoa(i)
			list, hash, set, sorted = append(list, n), append(hash, n, n), append(set, "m"+n), append(sorted, n, n)
			i++
		}
		for _, args := range [][]string{list, hash, set, sorted} {
			e.Do(args...)
		}
	}
	e.Do("SET", "string", strings.Repeat("x", 2<<20))
	e.Do("RPUSH", "few", "a", "b", strings.Repeat("x", 2<<20))
	e.Do("SADD", "small", "a", "b")
	for line, want := range map[string]bool{
		"LRANGE list 0 -1": true, "LRANGE list 0 9": false, "LRANGE list -10 -1": false, "LRANGE list 100 -100": true,
		"LRANGE list a b": true, "LRANGE few 0 -1": true, "LRANGE none 0 -1": false, "LPOS list x": true, "LINDEX list 10000": false,
		"HGETALL hash": true, "HKEYS hash": true, "HLEN hash": false, "HSCAN hash 0": false, "HSCAN hash 0 COUNT 10000": true,
		"HSCAN hash 0 match x* count -5": true, "HRANDFIELD hash": false, "HRANDFIELD hash 5": false, "HRANDFIELD hash -100000": true,
		"SMEMBERS set": true, "SMEMBERS small": false, "SINTER small set": true, "SINTER small small": false, "SRANDMEMBER set 10000": true,
		"ZRANGE zset 0 9": false, "ZRANGE zset 0 -1": true, "ZRANGE zset 0 9 BYSCORE": true, "ZREVRANGE zset 0 9 WITHSCORES": false,
		"ZUNION 2 small zset": true, "ZSCORE zset 5": false, "BITCOUNT string": true, "GETRANGE string 0 -1": true,
		"SORT_RO list": true, "DUMP list": true, "DEL list": false, "SUNIONSTORE to set": false, "KEYS *": false, "ZUNION x set": false,
	} {
		if got := e.Store.Long(callOf(e, line)); got != want {
			t.Errorf("%s: %t, want %t", line, got, want)
		}
	}
}

func callOf(e *storetest.Env, line string) *command.Call {
	c := &command.Call{}
	for word := range strings.FieldsSeq(line) {
		c.Args = append(c.Args, []byte(word))
	}
	c.Cmd, _ = e.Table.Resolve(c.Args)
	return c
}
