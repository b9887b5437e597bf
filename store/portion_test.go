package store_test

import (
	"bytes"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/resp/reply"
	"github.com/msredis/msredis/store"
	"github.com/msredis/msredis/store/storetest"
)

// inPortions runs the calls of a unit as a session does, and returns all replies, the
// longest portion and how many there were.
func inPortions(s *store.Store, u *command.Unit, portion int, whole bool) (out []byte, most, n int) {
	for len(u.Calls) > 0 {
		u.W.Buf, u.Whole = u.W.Buf[:0], whole
		u.W.Bound(reply.Bounds{Portion: portion})
		s.Read(u)
		out, most, n = append(out, u.W.Buf...), max(most, len(u.W.Buf)), n+1
		if u.W.Full() != reply.Paused {
			break
		}
		if u.Done == 0 {
			whole = true
		}
		u.Calls = u.Calls[u.Done:]
	}
	return out, most, n
}

// TestPortions: reads that are broken off when a portion is full, and go on with the
// rest, give the replies that they give at once, however their calls are run.
func TestPortions(t *testing.T) {
	t.Parallel()
	e := storetest.New(t, store.Kinds(), store.Rows())
	e.Do("SET", "small", "s")
	e.Do("SET", "kb", strings.Repeat("k", 1<<10))
	e.Do("SET", "large", strings.Repeat("l", 100<<10))
	for i := range 1000 {
		e.Do("RPUSH", "list", fmt.Sprint("element ", i))
	}
	lines := []string{
		"GET small", "GET large", "GET kb", "LRANGE list 0 -1", "GET large", "LLEN list", "MGET large kb none", "TTL kb", "LRANGE list 5 7",
		"EXISTS kb large", "GET none", "SCAN 0", "SORT_RO list ALPHA", "KEYS *",
	}
	unit := func() *command.Unit {
		u := &command.Unit{}
		for range 5 {
			for i, line := range lines {
				u.Calls = append(u.Calls, *callOf(e, line))
				if i%3 == 0 {
					u.Calls = append(u.Calls, command.NewLiteral([]byte("+PONG\r\n")))
				}
			}
			for range 40 { // enough to be looked up together
				u.Calls = append(u.Calls, *callOf(e, "GET kb"))
			}
		}
		return u
	}
	for _, ahead := range []bool{false, true} {
		if ahead {
			e.Store.SetAhead(0)
		}
		all := unit()
		e.Store.Read(all)
		for _, portion := range []int{1, 2000, 20_000, 150_000, 1 << 30} {
			for _, whole := range []bool{false, true} {
				got, most, n := inPortions(e.Store, unit(), portion, whole)
				if !bytes.Equal(got, all.W.Buf) {
					t.Errorf("ahead %t, portions of %d, whole %t: other replies", ahead, portion, whole)
				}
				if largest := 300 << 10; most > portion+largest || portion < 1<<20 && n < 5 {
					t.Errorf("ahead %t, portions of %d, whole %t: one of %d bytes; %d in all", ahead, portion, whole, most, n)
				}
			}
		}
	}
}

// TestNobodyReads: a read ends when nobody waits for it any more, before its end
// and before its beginning.
func TestNobodyReads(t *testing.T) {
	t.Parallel()
	e := storetest.New(t, store.Kinds(), store.Rows())
	value := strings.Repeat("x", 1<<10)
	e.Do("SADD", "set", value)
	e.Do("HSET", "hash", value, value)
	e.Do("ZADD", "zset", "1", value)
	var gone atomic.Bool
	gone.Store(true)
	for _, line := range []string{"SRANDMEMBER set -16000000", "HRANDFIELD hash -16000000 WITHVALUES", "ZRANDMEMBER zset -16000000 WITHSCORES"} {
		for _, whole := range []bool{false, true} {
			u := &command.Unit{Calls: []command.Call{*callOf(e, line), *callOf(e, line)}, Whole: whole}
			u.W.Bound(reply.Bounds{Gone: &gone})
			e.Store.Read(u)
			if len(u.W.Buf) > 1<<20 || u.W.Full() != reply.Dropped {
				t.Errorf("%s, whole %t: %d bytes, %d", line, whole, len(u.W.Buf), u.W.Full())
			}
		}
	}
}
