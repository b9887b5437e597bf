package dump_test

import (
	"encoding/binary"
	"strconv"
	"strings"
	"testing"

	"github.com/msredis/msredis/internal/rdb"
	"github.com/msredis/msredis/internal/testcluster"
	"github.com/msredis/msredis/internal/testcluster/wire"
	"github.com/msredis/msredis/store"
	"github.com/msredis/msredis/store/storetest"
)

// ziplist packs elements as Redis did before version 7.
func ziplist(elems ...string) string {
	var body []byte
	last, before := 10, 0
	for _, e := range elems {
		last = 10 + len(body)
		start := len(body)
		if before < 254 {
			body = append(body, byte(before))
		} else {
			body = binary.LittleEndian.AppendUint32(append(body, 0xfe), uint32(before))
		}
		n, err := strconv.ParseInt(e, 10, 64)
		switch isInt := err == nil && strconv.FormatInt(n, 10) == e; {
		case isInt && n >= 0 && n <= 12:
			body = append(body, 0xf1+byte(n))
		case isInt && n == int64(int8(n)):
			body = append(body, 0xfe, byte(n))
		case isInt && n == int64(int16(n)):
			body = binary.LittleEndian.AppendUint16(append(body, 0xc0), uint16(n))
		case isInt && n == n<<40>>40:
			body = append(body, 0xf0, byte(n), byte(n>>8), byte(n>>16))
		case isInt && n == int64(int32(n)):
			body = binary.LittleEndian.AppendUint32(append(body, 0xd0), uint32(n))
		case isInt:
			body = binary.LittleEndian.AppendUint64(append(body, 0xe0), uint64(n))
		case len(e) < 1<<6:
			body = append(append(body, byte(len(e))), e...)
		case len(e) < 1<<14:
			body = append(append(body, 0x40|byte(len(e)>>8), byte(len(e))), e...)
		default:
			body = append(binary.BigEndian.AppendUint32(append(body, 0x80), uint32(len(e))), e...)
		}
		before = len(body) - start
	}
	out := binary.LittleEndian.AppendUint32(nil, uint32(10+len(body)+1))
	out = binary.LittleEndian.AppendUint32(out, uint32(last))
	out = binary.LittleEndian.AppendUint16(out, uint16(len(elems)))
	return string(append(append(out, body...), 0xff))
}

// zipmap packs fields and values as Redis did before version 2.6, with unused
// bytes behind each value.
func zipmap(elems ...string) string {
	out := []byte{byte(len(elems) / 2)}
	for i, e := range elems {
		if len(e) < 254 {
			out = append(out, byte(len(e)))
		} else {
			out = binary.LittleEndian.AppendUint32(append(out, 254), uint32(len(e)))
		}
		free := i % 2 * 3
		if i%2 == 1 {
			out = append(out, byte(free))
		}
		out = append(append(out, e...), make([]byte, free)...)
	}
	return string(append(out, 0xff))
}

func listpack(elems ...string) string {
	var l rdb.Listpack
	for _, e := range elems {
		l.Add([]byte(e))
	}
	return string(l.Bytes())
}

// form is a value as a version of Redis wrote it.
type form struct {
	name    string
	payload string
	newer   bool // than Redis 7.0
	check   []string
	want    string
}

func forms() []form {
	elems := []string{"0", "12", "13", "-1", "127", "-128", "128", "-32768", "32768", "-8388608", "8388607", "8388608", "-2147483648",
		"2147483648", "-9223372036854775808", "", "a", strings.Repeat("x", 63), strings.Repeat("y", 64), strings.Repeat("z", 300),
		"b", strings.Repeat("v", 253), "c", strings.Repeat("w", 16384), "007", "last"}
	pairs := append(append([]string{}, elems[:24]...), "field", "value", strings.Repeat("long field ", 30), "short")
	value := func(t rdb.Type, parts ...any) string {
		e := rdb.NewEncoder(t)
		for _, p := range parts {
			switch p := p.(type) {
			case int:
				e.Len(uint64(p))
			case string:
				e.Bytes([]byte(p))
			case []byte:
				e.Raw(p)
			case []string:
				for _, s := range p {
					e.Bytes([]byte(s))
				}
			case int64:
				e.Millis(p)
			}
		}
		return string(e.Payload())
	}
	id := rdb.StreamID{MS: 1, Seq: 1}.RawID()
	entry := listpack("1", "0", "1", "f", "0", "2", "0", "0", "v", "4")
	return []form{
		{name: "stream of version 1", payload: value(rdb.TypeStream, 1, string(id), entry, 1, 1, 1,
			1, "g", 1, 1, 1, id, int64(7), 3, 1, "c", int64(8), 1, id)},
		{name: "stream of version 3", newer: true, payload: value(rdb.TypeStream3, 1, string(id), entry, 1, 1, 1, 1, 1, 0, 0, 1,
			1, "g", 1, 1, 1, 1, id, int64(7), 3, 1, "c", int64(8), int64(9), 1, id),
			check: []string{"XPENDING", "k", "g"}, want: "*4\r\n:1\r\n$3\r\n1-1\r\n$3\r\n1-1\r\n*1\r\n*2\r\n$1\r\nc\r\n$1\r\n1\r\n"},
		{name: "list", payload: value(rdb.TypeList, len(elems), elems)},
		{name: "list in a ziplist", payload: value(rdb.TypeListZiplist, ziplist(elems...))},
		{name: "quicklist of ziplists", payload: value(rdb.TypeListQuicklist, 3, ziplist(elems[:5]...), ziplist(), ziplist(elems[5:]...))},
		{name: "quicklist with a plain node", payload: value(rdb.TypeListQuicklist2, 3, 2, listpack("a", "b"), 1, "plain", 2, listpack("c"))},
		{name: "hash in a zipmap", payload: value(rdb.TypeHashZipmap, zipmap(pairs...))},
		{name: "hash in a ziplist", payload: value(rdb.TypeHashZiplist, ziplist(pairs[:18]...))},
		{name: "hash", payload: value(rdb.TypeHash, 2, "a", "1", "b", "2")},
		{name: "sorted set with text", payload: value(rdb.TypeZSet, 5, "a", []byte{3, '1', '.', '5'}, "b", []byte{254}, "c", []byte{255}, "d", []byte{2, '-', '2'}, "e", []byte{22}, []byte("3.10000000000000008882"))},
		{name: "sorted set in a ziplist", payload: value(rdb.TypeZSetZiplist, ziplist("a", "1", "b", "1.5", "c", "inf"))},
		{name: "set of integers", payload: value(rdb.TypeSet, 3, "3", "1", "2")},
		{name: "packed set", newer: true, payload: value(rdb.TypeSetListpack, listpack("b", "1", "a")),
			check: []string{"SORT", "k", "ALPHA"}, want: "*3\r\n$1\r\n1\r\n$1\r\na\r\n$1\r\nb\r\n"},
		{name: "hash with deadlines, none set", newer: true, payload: value(rdb.TypeHashExpiry, int64(0), 2, 0, "f", "v", 0, "g", "w"),
			check: []string{"HGETALL", "k"}, want: "*4\r\n$1\r\nf\r\n$1\r\nv\r\n$1\r\ng\r\n$1\r\nw\r\n"},
		{name: "hash with deadlines", newer: true, payload: value(rdb.TypeHashExpiry, int64(30_000_000_000_000), 3, 1, "f", "v", 0, "g", "w", 1001, "h", "x"),
			check: []string{"HPEXPIRETIME", "k", "FIELDS", "3", "f", "g", "h"}, want: "*3\r\n:30000000000000\r\n:-1\r\n:30000000001000\r\n"},
		{name: "packed hash with deadlines", newer: true, payload: value(rdb.TypeHashListpackEx, int64(30_000_000_000_000), listpack("f", "v", "30000000000000", "g", "w", "0")),
			check: []string{"HPEXPIRETIME", "k", "FIELDS", "2", "f", "g"}, want: "*2\r\n:30000000000000\r\n:-1\r\n"},
		{name: "hash with deadlines of which some have passed", newer: true, payload: value(rdb.TypeHashExpiry, int64(5), 2, 1, "f", "v", 0, "g", "w"),
			check: []string{"HGETALL", "k"}, want: "*2\r\n$1\r\ng\r\n$1\r\nw\r\n"},
		{name: "packed hash with deadlines, none set", newer: true, payload: value(rdb.TypeHashListpackEx, int64(0), listpack("f", "v", "0", "g", "w", "0")),
			check: []string{"HGETALL", "k"}, want: "*4\r\n$1\r\nf\r\n$1\r\nv\r\n$1\r\ng\r\n$1\r\nw\r\n"},
	}
}

// TestForms reads every form that versions of Redis have written. Those that
// Redis 7.0 reads too have to become the same value there.
func TestForms(t *testing.T) {
	t.Parallel()
	redis := testcluster.StartRedis(t)
	c, err := wire.Dial(redis.Addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	env := storetest.New(t, store.Kinds(), store.Rows())
	for _, f := range forms() {
		if got := env.Do("RESTORE", "k", "0", f.payload, "REPLACE"); got != "+OK\r\n" {
			t.Errorf("%s: RESTORE: %s", f.name, got)
			continue
		}
		if f.newer {
			if got := env.Do(f.check...); got != f.want {
				t.Errorf("%s: %q", f.name, got)
			}
			continue
		}
		if v, err := c.Do("RESTORE", "k", "0", f.payload, "REPLACE"); err != nil || v.Text != "OK" {
			t.Errorf("%s: Redis does not take it: %v %v", f.name, v, err)
			continue
		}
		if v, err := c.Do("RESTORE", "ours", "0", text(env.Do("DUMP", "k")), "REPLACE"); err != nil || v.Text != "OK" {
			t.Errorf("%s: Redis does not take ours: %v %v", f.name, v, err)
			continue
		}
		v, err := c.Do("DEBUG", "DIGEST-VALUE", "k", "ours")
		if err != nil || len(v.Elems) != 2 || v.Elems[0].Text != v.Elems[1].Text {
			t.Errorf("%s: digests %v %v", f.name, v, err)
		}
		if v, err := c.Do("OBJECT", "ENCODING", "k"); err != nil || !sameEncoding(v.Text, text(env.Do("OBJECT", "ENCODING", "k"))) {
			t.Errorf("%s: encoding %s, in Redis %v %v", f.name, env.Do("OBJECT", "ENCODING", "k"), v, err)
		}
	}
}

// streamOf returns a serialised stream of one entry that says it has so many.
func streamOf(length uint64) string {
	e := rdb.NewEncoder(rdb.TypeStream2)
	e.Len(1)
	id := rdb.StreamID{MS: 1, Seq: 1}
	e.Bytes(id.RawID())
	e.Bytes([]byte(listpack("1", "0", "1", "f", "0", "2", "0", "0", "v", "4")))
	e.Len(length)
	for range 3 {
		e.ID(id)
	}
	e.Len(1) // added
	e.Len(0) // groups
	payload := e.Payload()
	return string(payload[:len(payload)-10])
}

// TestMalformed: what Redis 7.0 lets pass because it does not look closely.
func TestMalformed(t *testing.T) {
	t.Parallel()
	env := storetest.New(t, store.Kinds(), store.Rows())
	if got := env.Do("RESTORE", "good", "0", string(rdb.AppendFooter([]byte(streamOf(1)), rdb.Version))); got != "+OK\r\n" {
		t.Fatal(got)
	}
	for name, body := range map[string]string{
		"a string that goes on behind the value":    "\x00\x05hell",
		"a compressed string likewise":              "\x00\xc3\x01\x40\x00a",
		"a field that occurs twice":                 "\x04\x02\x01a\x01b\x01a\x01c",
		"more fields than bytes":                    "\x04\x81\x00\x00\x00\x00\xff\xff\xff\xff",
		"a list with a listpack that lies":          "\x12\x01\x02\x08\x09\x00\x00\x00\x01\x00\x01\x01\xff",
		"a stream of two entries that has one":      streamOf(2),
		"a field with a deadline before all others": "\x18" + strings.Repeat("\xff", 8) + "\x01\x01\x01f\x01v",
	} {
		payload := string(rdb.AppendFooter([]byte(body), rdb.Version))
		if got := env.Do("RESTORE", "k", "0", payload); got != "-ERR Bad data format\r\n" {
			t.Errorf("%s: %s", name, got)
		}
	}
}
