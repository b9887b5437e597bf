package dump_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/msredis/msredis/internal/testcluster"
	"github.com/msredis/msredis/internal/testcluster/wire"
	"github.com/msredis/msredis/store"
	"github.com/msredis/msredis/store/storetest"
)

// samples are commands that make a value at the key k each, of every type and
// encoding, on both sides of every threshold.
func samples() map[string][][]string {
	r := rand.New(rand.NewPCG(1, 2))
	list := map[string][][]string{}
	one := func(name string, words ...string) { list[name] = [][]string{words} }

	for _, s := range []string{"", "0", "-1", "127", "-128", "128", "32767", "-32769", "2147483647", "-2147483649",
		"99999999999", "9223372036854775807", "9223372036854775808", "007", "+1", "-0", "1.5", "a\r\n\x00b", strings.Repeat("x", 44), strings.Repeat("x", 45)} {
		one("string "+s, "SET", "k", s)
	}
	for _, n := range []int{5, 19, 20, 21, 40, 64, 300, 5000, 100_000} {
		one(fmt.Sprintf("noise of %d", n), "SET", "k", noise(r, n, 256))
		one(fmt.Sprintf("letters of %d", n), "SET", "k", noise(r, n, 3))
		one(fmt.Sprintf("words of %d", n), "SET", "k", strings.Repeat("word"+strconv.Itoa(n)+" ", n/6+1))
		one(fmt.Sprintf("zeros of %d", n), "SET", "k", strings.Repeat("\x00", n))
	}
	list["changed string"] = [][]string{{"SET", "k", "abc"}, {"APPEND", "k", "12"}}

	for _, n := range []int{1, 2, 127, 128, 129, 512, 513, 3000} {
		for _, kind := range []string{"numbers", "words", "long"} {
			elems := make([]string, n)
			for i := range elems {
				switch kind {
				case "numbers":
					elems[i] = strconv.FormatInt(int64(r.Uint64())>>r.IntN(64), 10)
				case "words":
					elems[i] = fmt.Sprintf("%d:%s", i, noise(r, r.IntN(50), 256))
				case "long":
					elems[i] = fmt.Sprintf("%d:%s", i, noise(r, 10+r.IntN(150), 20))
				}
			}
			name := fmt.Sprintf("%d %s", n, kind)
			one("list of "+name, append([]string{"RPUSH", "k"}, elems...)...)
			one("set of "+name, append([]string{"SADD", "k"}, elems...)...)
			hash, zset := []string{"HSET", "k"}, []string{"ZADD", "k"}
			for i, e := range elems {
				hash = append(hash, e, elems[n-1-i])
				zset = append(zset, score(r), e)
			}
			list["hash of "+name], list["sorted set of "+name] = [][]string{hash}, [][]string{zset}
		}
	}
	one("small integers", "SADD", "k", "1", "-2", "3")
	one("large elements", "RPUSH", "k", "small", noise(r, 9000, 256), "small", noise(r, 4000, 5), noise(r, 4000, 5), noise(r, 4000, 5), strings.Repeat("x", 1<<20), "small")
	list["fields"] = [][]string{{"HSET", "k", "f", "v", "", "empty", "e", ""}}
	list["shrunk set"] = [][]string{{"SADD", "k", "1", "2", "x"}, {"SREM", "k", "x"}}
	list["scores"] = [][]string{{"ZADD", "k", "inf", "a", "-inf", "b", "3.1", "c", "1e300", "d", "-5e-324", "e", "0", "f", "4611686018427387904", "g", "9223372036854775808", "h", "-9007199254740993", "i", "0.1", "j"}}
	addStreams(list, r)
	return list
}

// addStreams adds streams; those whose name begins with "group" have times of
// the server in them.
func addStreams(list map[string][][]string, r *rand.Rand) {
	var long [][]string
	for i := range 500 {
		cmd := []string{"XADD", "k", fmt.Sprintf("%d-%d", 1000+i/7, i), "field", strconv.Itoa(i), "other", noise(r, r.IntN(200), 256)}
		if i%5 == 0 {
			cmd = append(cmd, fmt.Sprint("f", r.Uint64()), noise(r, r.IntN(5000), 3))
		}
		if long = append(long, cmd); i%3 == 0 {
			long = append(long, []string{"XDEL", "k", cmd[2]})
		}
	}
	list["stream"] = long
	list["small stream"] = [][]string{{"XADD", "k", "0-1", "", ""}}
	list["high IDs"] = [][]string{{"XADD", "k", "18446744073709551614-18446744073709551615", "a", "b"}, {"XADD", "k", "18446744073709551615-1", "a", "b"}}
	list["many fields"] = [][]string{append([]string{"XADD", "k", "1-1"}, strings.Fields(strings.Repeat("f v ", 40_000))...)}
	list["empty stream"] = [][]string{{"XADD", "k", "5-5", "a", "b"}, {"XDEL", "k", "5-5"}}
	list["stream with deleted head"] = [][]string{{"XADD", "k", "1-1", "a", "b"}, {"XADD", "k", "2-1", "a", "b"}, {"XDEL", "k", "1-1"}, {"XSETID", "k", "9-9", "ENTRIESADDED", "70", "MAXDELETEDID", "3-3"}}
	groups := append([][]string{}, long...)
	groups = append(groups, []string{"XGROUP", "CREATE", "k", "all", "0"}, []string{"XGROUP", "CREATE", "k", "idle", "$"},
		[]string{"XGROUP", "CREATE", "k", "counted", "1010-80", "ENTRIESREAD", "60"}, []string{"XGROUP", "CREATECONSUMER", "k", "idle", "nobody"})
	for _, consumer := range []string{"bob", "alice", "", "bob"} {
		groups = append(groups, []string{"XREADGROUP", "GROUP", "all", consumer, "COUNT", "70", "STREAMS", "k", ">"})
	}
	groups = append(groups, []string{"XDEL", "k", "1001-8"}, []string{"XACK", "k", "all", "1000-1", "1002-16"},
		[]string{"XCLAIM", "k", "all", "alice", "0", "1000-2", "1001-10", "RETRYCOUNT", "5000000000"})
	list["groups"] = groups
	list["group without stream"] = [][]string{{"XGROUP", "CREATE", "k", "g", "$", "MKSTREAM"}}
}

// noise returns n bytes out of so many different ones.
func noise(r *rand.Rand, n, letters int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte('a' + r.IntN(letters))
	}
	return string(b)
}

func score(r *rand.Rand) string {
	switch r.IntN(4) {
	case 0:
		return strconv.Itoa(r.IntN(10))
	case 1:
		return strconv.FormatInt(int64(r.Uint64())>>r.IntN(64), 10)
	case 2:
		return strconv.FormatFloat(r.NormFloat64(), 'g', -1, 64)
	}
	return strconv.FormatFloat(math.Float64frombits(r.Uint64()&^(1<<62)), 'g', -1, 64)
}

// TestRedis moves values there and back: what Redis dumps is restored here,
// dumped again and restored there, and must be the same to it. Where the order
// of elements is not by chance, the bytes are the same too.
func TestRedis(t *testing.T) {
	t.Parallel()
	redis := testcluster.StartRedis(t)
	c, err := wire.Dial(redis.Addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	do := func(args ...string) wire.Value {
		t.Helper()
		v, err := c.Do(args...)
		if err != nil || v.IsError() {
			t.Fatalf("%.100q: %v %v", args, v.Text, err)
		}
		return v
	}
	env := storetest.New(t, store.Kinds(), store.Rows())
	for name, cmds := range samples() {
		do("FLUSHALL")
		for _, cmd := range cmds {
			do(cmd...)
		}
		theirs := do("DUMP", "k").Text
		if got := env.Do("RESTORE", "k", "0", theirs, "REPLACE"); got != "+OK\r\n" {
			t.Errorf("%s: RESTORE here: %s", name, got)
			continue
		}
		encoding := do("OBJECT", "ENCODING", "k").Text
		if got := text(env.Do("OBJECT", "ENCODING", "k")); !sameEncoding(encoding, got) && name != "changed string" && name != "shrunk set" { // both are judged anew
			t.Errorf("%s: encoding %s, in Redis %s", name, got, encoding)
		}
		ours := text(env.Do("DUMP", "k"))
		if ours != theirs && encoding != "hashtable" {
			t.Errorf("%s: dumps differ:\nredis %.200q\n ours %.200q", name, theirs, ours)
		}
		do("RESTORE", "back", "0", ours)
		if a, b := do("DEBUG", "DIGEST-VALUE", "k").Elems[0].Text, do("DEBUG", "DIGEST-VALUE", "back").Elems[0].Text; a != b {
			t.Errorf("%s: after the way back digest %s, before %s", name, b, a)
		}
		env.Do("FLUSHALL")
		for _, cmd := range cmds {
			env.Do(cmd...)
		}
		if made := text(env.Do("DUMP", "k")); made != theirs && encoding != "hashtable" && name != "groups" {
			t.Errorf("%s: dumps of what the same commands made differ:\nredis %.200q\n ours %.200q", name, theirs, made)
		}
	}
}

// sameEncoding allows for what Redis calls small lists and sets since 7.2.
func sameEncoding(theirs, ours string) bool {
	return theirs == ours || ours == "listpack" && (theirs == "quicklist" || theirs == "hashtable")
}

// text returns the bytes of a bulk string.
func text(reply string) string {
	_, body, _ := strings.Cut(reply, "\r\n")
	return strings.TrimSuffix(body, "\r\n")
}
