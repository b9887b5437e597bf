package main

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/msredis/msredis/internal/testcluster"
	"github.com/msredis/msredis/internal/testcluster/wire"
)

// redis is a connection to a real redis-server.
type redis struct {
	t    *testing.T
	conn *wire.Conn
	addr string
}

func startRedis(t *testing.T, options ...string) *redis {
	t.Helper()
	r := testcluster.StartRedis(t, options...)
	conn, err := wire.Dial(r.Addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return &redis{t, conn, r.Addr}
}

func (r *redis) do(args ...string) wire.Value {
	r.t.Helper()
	v, err := r.conn.Do(args...)
	if err != nil || v.IsError() {
		r.t.Fatalf("%.100q: %v %v", args, v.Text, err)
	}
	return v
}

// fill makes keys of all types and encodings in several databases, with and
// without deadlines, and one too large for a command.
func (r *redis) fill() {
	rnd := rand.New(rand.NewPCG(3, 4))
	word := func(n int) string {
		b := make([]byte, n)
		for i := range b {
			b[i] = byte(rnd.UintN(256) >> rnd.IntN(8))
		}
		return string(b)
	}
	for _, db := range []string{"0", "1", "9"} {
		r.do("SELECT", db)
		r.do("SET", "int", "12345")
		r.do("SET", "long", strings.Repeat("compress me ", 1000))
		r.do("SET", "binary \x00\r\n", word(500))
		r.do("SET", "", "the empty key")
		r.do("PFADD", "hll", "a", "b", "c")
		for i := range 300 {
			r.do("XADD", "stream", fmt.Sprint(i+1, "-", i%3), "field", word(20), "other", strconv.Itoa(i))
		}
		r.do("XGROUP", "CREATE", "stream", "group", "0")
		r.do("XREADGROUP", "GROUP", "group", "consumer", "COUNT", "7", "STREAMS", "stream", ">")
		for _, n := range []int{3, 200, 2000} {
			list, set, ints, hash, zset := []string{"RPUSH", fmt.Sprint("list", n)}, []string{"SADD", fmt.Sprint("set", n)},
				[]string{"SADD", fmt.Sprint("ints", n)}, []string{"HSET", fmt.Sprint("hash", n)}, []string{"ZADD", fmt.Sprint("zset", n)}
			for i := range n {
				list = append(list, word(rnd.IntN(100)))
				set = append(set, word(1+rnd.IntN(50)))
				ints = append(ints, strconv.Itoa(rnd.IntN(1<<rnd.IntN(40))))
				hash = append(hash, fmt.Sprint("f", i), word(rnd.IntN(80)))
				zset = append(zset, strconv.FormatFloat(rnd.NormFloat64(), 'g', -1, 64), word(1+rnd.IntN(40)))
			}
			for _, cmd := range [][]string{list, set, ints, hash, zset} {
				r.do(cmd...)
			}
			r.do("PEXPIRE", fmt.Sprint("hash", n), "1000000")
			r.do("EXPIREAT", fmt.Sprint("list", n), "33000000000")
		}
	}
	for i := 0; i < 12_000; i += 1000 { // large once it is serialised
		list, set, hash, zset := []string{"RPUSH", "large list"}, []string{"SADD", "large set"}, []string{"HSET", "large hash"}, []string{"ZADD", "large zset"}
		for j := range 1000 {
			e := fmt.Sprint(i+j, ":", word(120))
			list, set, hash, zset = append(list, e), append(set, e), append(hash, e, e), append(zset, strconv.Itoa(rnd.IntN(1000)), e)
		}
		for _, cmd := range [][]string{list, set, hash, zset} {
			r.do(cmd...)
		}
	}
	r.do("PEXPIREAT", "large zset", "33000000000000")
	r.do("SET", "soon", "gone", "PX", "1")
}

// digest is that of all the data. The key that expires at once is in the dump
// file, and in the digest for as long as Redis has not come across it.
func (r *redis) digest() string {
	r.t.Helper()
	testcluster.Eventually(r.t, 10*time.Second, "the key expires", func() error {
		if v := r.do("GET", "soon"); v.Text != "" {
			return fmt.Errorf("GET: %s", v.Text)
		}
		return nil
	})
	return r.do("DEBUG", "DIGEST").Text
}

// run runs `msredis import` in this process.
func runImport(args ...string) (code int, out string) {
	var stdout, stderr bytes.Buffer
	code = run(append([]string{"import", "--quiet"}, args...), &stdout, &stderr)
	return code, stdout.String() + stderr.String()
}

// TestImport brings a data set of Redis over in both ways, and back into another
// Redis, which has to be the same then.
func TestImport(t *testing.T) {
	t.Parallel()
	first, second := startRedis(t), startRedis(t)
	first.fill()
	first.do("SAVE")
	dump := filepath.Join(first.do("CONFIG", "GET", "dir").Elems[1].Text, "dump.rdb")
	digest := first.digest()
	for _, source := range [][]string{{dump}, {"--from", first.addr}} {
		s := start(t, "--dir", t.TempDir())
		addr := "127.0.0.1:" + strconv.Itoa(s.port)
		if code, out := runImport(append(source, "--to", addr)...); code != importComplete {
			t.Fatalf("%v: exit code %d:\n%s", source, code, out)
		}
		second.do("FLUSHALL")
		if code, out := runImport("--from", addr, "--to", second.addr); code != importComplete {
			t.Fatalf("back: exit code %d:\n%s", code, out)
		}
		if got := second.do("DEBUG", "DIGEST").Text; got != digest {
			t.Errorf("%v: the way there and back changes the data", source)
		}
		first.do("SELECT", "9")
		second.do("SELECT", "9")
		for _, key := range []string{"list3", "large zset"} {
			if a, b := first.do("PEXPIRETIME", key).Text, second.do("PEXPIRETIME", key).Text; a != b {
				t.Errorf("%v: %s expires at %s, after the import at %s", source, key, a, b)
			}
		}
		if a, b := first.do("XPENDING", "stream", "group"), second.do("XPENDING", "stream", "group"); !a.Equal(b) {
			t.Errorf("%v: pending entries %v, after the import %v", source, a, b)
		}
		keysOf := func(out string) string { return regexp.MustCompile(`\d+ keys`).FindString(out) }
		code, out := runImport(append(source, "--to", addr)...)
		if keysOf(out) != "0 keys" || code != importPartly || !strings.Contains(out, "exist already") {
			t.Errorf("%v: once more: exit code %d:\n%s", source, code, out)
		}
		if code, out := runImport(append(source, "--to", addr, "--replace")...); code != importComplete || keysOf(out) == "0 keys" {
			t.Errorf("%v: once more with --replace: exit code %d:\n%s", source, code, out)
		}
	}
}

// TestImportLeavesOut: what msredis has no place for is named.
func TestImportLeavesOut(t *testing.T) {
	t.Parallel()
	r := startRedis(t, "--requirepass", "open sesame", "--databases", "20")
	r.do("AUTH", "open sesame")
	r.do("FUNCTION", "LOAD", "#!lua name=mylib\nredis.register_function('f', function() return 1 end)")
	r.do("SET", "k", "v")
	r.do("SAVE")
	dump := filepath.Join(r.do("CONFIG", "GET", "dir").Elems[1].Text, "dump.rdb")
	s := start(t, "--dir", t.TempDir(), "--requirepass", "secret")
	to := []string{"--to", "127.0.0.1:" + strconv.Itoa(s.port), "--to-password", "secret"}
	if code, out := runImport(append(to, dump)...); code != importPartly || !strings.Contains(out, "function library mylib") || !strings.Contains(out, "imported 1 keys") {
		t.Errorf("exit code %d:\n%s", code, out)
	}
	from := []string{"--from", r.addr, "--user", "default", "--password", "open sesame", "--replace"}
	if code, out := runImport(append(to, from...)...); code != importPartly || !strings.Contains(out, "function library mylib") {
		t.Errorf("exit code %d:\n%s", code, out)
	}
	r.do("SELECT", "17")
	r.do("SET", "k", "v")
	damaged, err := os.ReadFile(dump)
	if err != nil {
		t.Fatal(err)
	}
	damaged[len(damaged)-12] ^= 1
	bad := filepath.Join(t.TempDir(), "bad.rdb")
	if err := os.WriteFile(bad, damaged, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"no source":            {to, "either a dump file or --from"},
		"two sources":          {append(to, dump, "--from", r.addr), "either a dump file or --from"},
		"two files":            {append(to, dump, dump), "one dump file at a time"},
		"no such file":         {append(to, "/nowhere.rdb"), "no such file"},
		"no dump file":         {append(to, "import_test.go"), "not a dump file"},
		"damaged file":         {append(to, bad, "--replace"), "rdb: "},
		"no such option":       {append(to, "--what"), "what"},
		"address without port": {append(to, "--from", "localhost"), "no host:port"},
		"nobody there":         {append(to, "--from", "127.0.0.1:1"), "source"},
		"wrong password":       {append(to, "--from", r.addr, "--password", "x"), "WRONGPASS"},
		"no password":          {append(to, "--from", r.addr), "NOAUTH"},
		"target's password":    {[]string{dump, "--to", to[1]}, "NOAUTH"},
		"too many databases":   {append(to, from...), "DB index"},
	} {
		code, out := runImport(c.args...)
		if code != importStopped || !strings.Contains(out, c.want) {
			t.Errorf("%s: exit code %d:\n%s", name, code, out)
		}
	}
	if code, out := runImport("--help"); code != importComplete || !strings.Contains(out, "--to-pass") {
		t.Errorf("--help: exit code %d:\n%s", code, out)
	}
}
