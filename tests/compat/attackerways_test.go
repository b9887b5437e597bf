package compat

import (
	"errors"
	"strings"
	"testing"

	"github.com/msredis/msredis/internal/testcluster"
	"github.com/msredis/msredis/internal/testcluster/wire"
)

// The errors that the ways end with.
const (
	noKey      = "NOPERM No permissions to access a key"
	noKeyInLua = "ACL failure in script: No permissions to access a key"
	noBy       = "ERR BY option of SORT denied due to insufficient ACL permissions."
	noGet      = "ERR GET option of SORT denied due to insufficient ACL permissions."
)

// ways are lines by which a user might reach a key that is not his. The keys of the user
// begin with "mine:". In a line a '_' is a space within an argument, and LEASE is a lease
// of the owner's.
var ways = []struct{ error, lines string }{
	{noKey, `
		SORT mine:l STORE u
		SORT mine:l BY nosort STORE u
		SORT u ALPHA STORE mine:l
		GEORADIUS mine:g 13 38 500 km STORE z
		GEORADIUS mine:g 13 38 500 km STOREDIST z
		GEORADIUSBYMEMBER mine:g m 500 km STORE mine:n STOREDIST z
		GEOSEARCHSTORE z mine:g FROMMEMBER m BYRADIUS 500 km
		GEOSEARCHSTORE mine:n g FROMMEMBER m BYRADIUS 500 km
		GEORADIUS_RO g 13 38 500 km
		MIGRATE 127.0.0.1 1 u 0 1000
		MIGRATE 127.0.0.1 1 "" 0 1000 KEYS mine:u u
		MIGRATE 127.0.0.1 1 "" 0 1000 COPY REPLACE KEYS u
		COPY u mine:n
		COPY u mine:n DB 1
		COPY mine:u u REPLACE
		RESTORE u 0 x REPLACE
		RESTORE-ASKING u 0 x REPLACE
		RENAME mine:u u
		RENAME u mine:n
		RENAMENX u mine:n
		MOVE u 1
		BITOP OR u mine:u
		BITOP OR mine:n mine:u u
		ZUNIONSTORE mine:n 2 mine:z z
		ZUNIONSTORE z 1 mine:z
		ZRANGESTORE mine:n z 0 -1
		ZUNION 2 mine:z z WITHSCORES
		ZDIFF 2 mine:z z
		ZINTERCARD 2 mine:z z LIMIT 1
		SINTERCARD 2 mine:t t
		SUNIONSTORE mine:n t
		SMOVE mine:t t v
		LMOVE l mine:l LEFT LEFT
		BLMOVE l mine:l LEFT LEFT 0
		RPOPLPUSH mine:l l
		BRPOPLPUSH l mine:l 0
		LMPOP 2 mine:n l LEFT
		BLMPOP 0 2 mine:n l LEFT
		ZMPOP 2 mine:n z MIN
		BZMPOP 0 2 mine:n z MIN
		BLPOP mine:n l 0
		BZPOPMIN mine:n z 0
		XREAD STREAMS mine:x x 0 0
		XREAD BLOCK 0 STREAMS x $
		XREADGROUP GROUP g c STREAMS mine:x x > >
		XGROUP CREATE x h 0
		XINFO STREAM x FULL
		XAUTOCLAIM x g c 0 0
		PFMERGE mine:p p
		PFCOUNT mine:p p
		PFMERGE p mine:p
		MSET mine:u 1 u 2
		MSETNX mine:n 1 n 2
		MGET mine:u u
		LCS mine:u u
		DEL mine:n u
		UNLINK u
		EXISTS mine:u u
		TOUCH u
		WATCH mine:u u
		OBJECT ENCODING u
		OBJECT FREQ u
		MEMORY USAGE u
		DEBUG OBJECT u
		DUMP u
		TYPE u
		PTTL u
		EXPIRE u 100
		PERSIST u
		GETDEL u
		GETEX u PERSIST
		SUBSTR u 0 -1
		HSCAN h 0
		SSCAN t 0
		ZSCAN z 0
		EVAL return+1 1 u
		EVAL_RO return+1 2 mine:u u
		FCALL attack 1 u
		LEASE ATTACH ID u
		LEASE DETACH leased
		SET u x LEASE ID
		SET u x GET
		BITFIELD u GET u8 0
		BITFIELD_RO u GET u8 0`},
	{noBy, `
		SORT mine:l BY w_*
		SORT mine:l BY *->f
		SORT_RO mine:l BY * GET #`},
	{noGet, `
		SORT mine:l ALPHA GET u
		SORT mine:l GET #
		SORT mine:l BY nosort GET * STORE mine:n
		SORT_RO mine:l ALPHA GET *`},
	{noKeyInLua, `
		EVAL return+redis.call('GET','u') 0
		EVAL return+redis.call('GET',ARGV[1]) 0 u
		EVAL return+redis.call('GET',string.sub(KEYS[1],6)) 1 mine:u
		EVAL return+redis.call('SET','u','x') 0
		EVAL_RO return+redis.pcall('GET','u') 0
		EVAL return+redis.call('DEL','mine:n','u') 0
		EVAL return+redis.call('COPY','u','mine:n') 0
		EVAL return+redis.call('LMPOP',2,'mine:n','l','LEFT') 0
		FCALL attack 0 GET u
		FCALL attack 1 mine:u GET u`},
	{strings.TrimPrefix(noGet, "ERR "), `
		EVAL return+redis.call('SORT','mine:l','BY','nosort','GET','u') 0
		FCALL attack 0 SORT mine:l BY nosort GET *`},
	{"ERR LEASE REVOKE denied", `
		LEASE REVOKE ID`},
}

// TestAttackerWays: all commands, the user's own keys, and every way to another's.
func TestAttackerWays(t *testing.T) {
	t.Parallel()
	v := newVictim(t)
	v.do("SET", "w_"+secret, "1")
	v.do("FUNCTION", "LOAD", "#!lua name=attack\nredis.register_function('attack', function(keys, args) return redis.call(unpack(args)) end)")
	lease := v.do("LEASE", "GRANT", "1000000").Text
	v.do("SET", "leased", secret, "LEASE", lease)
	mallory := v.user("mallory", "+@all", "~mine:*", "&*")
	before, n := v.content(), 0
	for _, way := range ways {
		for text := range strings.Lines(way.lines) {
			line := strings.Fields(text)
			for i := range line {
				line[i] = strings.ReplaceAll(line[i], "+", " ")
				switch line[i] {
				case "ID":
					line[i] = lease
				case `""`:
					line[i] = ""
				}
			}
			if len(line) == 0 {
				continue
			}
			n++
			if r := v.try(mallory, [][]string{line})[0]; !r.IsError() || !strings.Contains(r.Text, way.error) {
				t.Errorf("%q: %s, want %s", line, shorten(r), way.error)
			}
			if replies := v.try(mallory, [][]string{{"MULTI"}, line, {"EXEC"}}); replies[2].Code() != "EXECABORT" && strings.HasPrefix(way.error, "NOPERM") {
				t.Errorf("%q in a transaction: %s", line, shorten(replies[2]))
			}
		}
	}
	v.same(before, "mallory")
	if n < 100 {
		t.Errorf("only %d ways", n)
	}
}

// What a user reaches by having been allowed it: rights are taken away meanwhile.
func TestAttackerWhoMayNoMore(t *testing.T) {
	t.Parallel()
	v := newVictim(t)
	send := func(c *wire.Conn, words ...string) {
		t.Helper()
		if err := c.Send(wire.AppendCommand(nil, words...)); err != nil {
			t.Fatal(err)
		}
	}
	receive := func(c *wire.Conn) wire.Value {
		t.Helper()
		r, err := c.Recv()
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	mallory := v.user("mallory", "+@all", "~*", "&*")
	queued := v.try(mallory, [][]string{{"MULTI"}, {"SET", "s", "1"}, {"GET", "u"}, {"SORT", "l", "ALPHA", "GET", "u"}, {"SET", "mine:s", "1"}, {"PUBLISH", "other", "x"}})
	for _, r := range queued {
		if r.IsError() {
			t.Fatal(shorten(r))
		}
	}
	waiting := v.user("mallory", "+@all", "~*", "&*")
	send(waiting, "BLPOP", "q", "0")
	testcluster.Eventually(t, testcluster.ReadyTimeout, "the client waits", func() error {
		if !strings.Contains(v.do("INFO", "clients").Text, "blocked_clients:1") {
			return errors.New("it does not")
		}
		return nil
	})
	v.do("ACL", "SETUSER", "mallory", "resetkeys", "~mine:*", "resetchannels")
	before := v.do("DUMP", "s").Text
	r := v.try(mallory, [][]string{{"EXEC"}})[0]
	for i, want := range []string{"NOPERM", "NOPERM", "", "", "NOPERM"} {
		if r.Kind != wire.Array || i >= len(r.Elems) || want != "" && r.Elems[i].Code() != want || i == 2 && !r.Elems[i].IsError() || i == 3 && r.Elems[i].IsError() {
			t.Errorf("EXEC answers %s", Format(r))
			break
		}
	}
	if v.do("DUMP", "s").Text != before {
		t.Error("EXEC has changed a key")
	}
	v.do("RPUSH", "q", secret)
	if r := receive(waiting); r.Code() != "NOPERM" {
		t.Errorf("the client that waited gets %s", shorten(r))
	}
	if n := v.do("LLEN", "q").Text; n != "1" {
		t.Errorf("%s elements are left", n)
	}
	// A user who is gone has no connection, and none of that name is the old one.
	v.do("ACL", "DELUSER", "mallory")
	v.do("ACL", "SETUSER", "mallory", "on", "nopass", "+@all", "~*")
	if r, err := mallory.Do("GET", "u"); err == nil && !r.IsError() {
		t.Errorf("a user that was deleted reads %s", shorten(r))
	}
}
