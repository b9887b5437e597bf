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
	e.Do("SADD", "wide", strings.Repeat("x", 10<<10))
	e.Do("SET", "half", strings.Repeat("x", 600<<10))
	for line, want := range map[string]bool{
		"LRANGE list 0 -1": true, "LRANGE list 0 9": false, "LRANGE list -10 -1": false, "LRANGE list 100 -100": true,
		"LRANGE list a b": true, "LRANGE few 0 -1": true, "LRANGE none 0 -1": false, "LPOS list x": true, "LINDEX list 10000": false,
		"HGETALL hash": true, "HKEYS hash": true, "HLEN hash": false, "HSCAN hash 0": false, "HSCAN hash 0 COUNT 10000": true,
		"HSCAN hash 0 match x* count -5": true, "HRANDFIELD hash": false, "HRANDFIELD hash 5": false, "HRANDFIELD hash -100000": true,
		"SMEMBERS set": true, "SMEMBERS small": false, "SINTER small set": true, "SINTER small small": false, "SRANDMEMBER set 10000": true,
		"ZRANGE zset 0 9": false, "ZRANGE zset 0 -1": true, "ZRANGE zset 0 9 BYSCORE": true, "ZREVRANGE zset 0 9 WITHSCORES": false,
		"ZUNION 2 small zset": true, "ZSCORE zset 5": false, "BITCOUNT string": true, "GETRANGE string 0 -1": true,
		"SORT_RO list": true, "DUMP list": true, "DEL list": false, "SUNIONSTORE to set": false, "KEYS *": false, "ZUNION x set": false,
		// What is drawn again and again counts again and again.
		"SRANDMEMBER wide": false, "SRANDMEMBER wide -50": false, "SRANDMEMBER wide -200000": true, "SRANDMEMBER small -200000": true,
		"GETRANGE string 0 99": false, "GETRANGE string -100 -1": false, "GETRANGE string 100 -100": true, "GETRANGE string a b": false,
		"SUBSTR string 5 9": false, "SINTER wide small": false, "LCS half half": true,
	} {
		if got := e.Store.Long(callOf(e, line)); got != want {
			t.Errorf("%s: %t, want %t", line, got, want)
		}
	}
}

// TestLarge holds what is guessed of the length of replies.
func TestLarge(t *testing.T) {
	t.Parallel()
	e := storetest.New(t, store.Kinds(), store.Rows())
	e.Do("SET", "a", "1")
	e.Do("HSET", "h", "f", "1")
	for _, line := range []string{"GET a", "MGET a a", "HGET h f"} {
		if got := e.Store.Large(callOf(e, line)); got != 0 {
			t.Errorf("%s: %d, and there is nothing large", line, got)
		}
	}
	const mb = 1 << 20
	e.Do("SET", "string", strings.Repeat("x", mb))
	for range 64 { // it grows by little
		e.Do("APPEND", "grown", strings.Repeat("x", 1<<10))
	}
	e.Do("HSET", "h", "g", strings.Repeat("x", mb), "i", strings.Repeat("x", mb))
	e.Do("RPUSH", "list", strings.Repeat("x", mb/2), strings.Repeat("x", mb/2))
	for line, want := range map[string]int{
		"GET string": mb, "GET grown": 64 << 10, "MGET string string a": 2 * mb, "GET none": 0, "SET a 1": 0, "STRLEN a": 0,
		"HGET h f": 2 * mb / 3, "HMGET h g i": 4 * mb / 3, "LRANGE list 0 0": mb / 2, "LRANGE list 0 -1": mb, "LINDEX list 0": mb / 2,
		"SRANDMEMBER none -100": 0, "GETRANGE string 0 99": 0, "GETRANGE string 0 -1": mb,
	} {
		if got := e.Store.Large(callOf(e, line)); got < want || got > want+want/4+200 {
			t.Errorf("%s: %d bytes, want some %d", line, got, want)
		}
	}
	if got := e.Store.Large(callOf(e, "LRANGE list 0 99999999999999999999")); got < mb || got > 2*mb {
		t.Errorf("%d bytes", got)
	}
}

func callOf(e *storetest.Env, line string) *command.Call {
	var args [][]byte
	for word := range strings.FieldsSeq(line) {
		args = append(args, []byte(word))
	}
	cmd, _ := e.Table.Resolve(args)
	c := command.NewCall(cmd, args, 0, nil)
	return &c
}
