package quoted

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/msredis/msredis/internal/testcluster"
	"github.com/msredis/msredis/internal/testcluster/wire"
)

func TestSplit(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text string
		want []string // nil: unbalanced
	}{
		{`a b  c`, []string{"a", "b", "c"}},
		{`a "" ''`, []string{"a", "", ""}},
		{`a "b c" 'd e'`, []string{"a", "b c", "d e"}},
		{`"\x41\n\r\t\b\a\"\\\q\xzz"`, []string{"A\n\r\t\b\a\"\\qxzz"}},
		{`'it\'s' 'a\nb'`, []string{"it's", `a\nb`}},
		{`a"b c"`, []string{"ab c"}},
		{"\va\fb\v 'c'\vd", []string{"a\fb\v", "c", "d"}},
		{"a b\x00c d", []string{"a", "b"}},
		{"\x00", []string{}},
		{`"a"b`, nil}, {`"a`, nil}, {`'a`, nil}, {`"a\"`, nil}, {`"a\`, nil}, {"'a\x00'", nil},
	} {
		got, ok := Split(c.text)
		if ok != (c.want != nil) || ok && !slices.Equal(got, c.want) {
			t.Errorf("%q: %q, %v; want %q", c.text, got, ok, c.want)
		}
	}
}

// A real redis-server cuts inline commands into the same words. Its EVAL tells them.
func TestSplitAsRedis(t *testing.T) {
	t.Parallel()
	redis := testcluster.StartRedis(t)
	rnd := rand.New(rand.NewPCG(14, 3))
	const bytesOfInterest = " \t\v\f\r\b\a'\"\\\\\"'xXnrtba0fgG\x7f\xff\xa0\x85(){}#!,="
	lines := []string{`#!lua name=x flags="no-\x77rites"`, "a\vb", "a \v b", "'a'\fb", "a\tb\vc\fd", `a\ b`, `''  ""`, `"\x4`, `"\x4g"`, `'\''`}
	for range 3000 {
		line := make([]byte, 1+rnd.IntN(12))
		for i := range line {
			line[i] = bytesOfInterest[rnd.IntN(len(bytesOfInterest))]
		}
		lines = append(lines, string(line))
	}
	const before = `EVAL "return ARGV" 0 `
	balanced := 0
	var conn *wire.Conn
	for _, line := range lines {
		if conn == nil {
			var err error
			if conn, err = wire.Dial(redis.Addr); err != nil {
				t.Fatal(err)
			}
		}
		if err := conn.Send([]byte(before + line + "\r\n")); err != nil {
			t.Fatal(err)
		}
		v, err := conn.Recv()
		if err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		words, ok := Split(before + line)
		switch {
		case v.IsError() != !ok:
			t.Errorf("%q: %q, %v; redis-server: %v %s", line, words, ok, v.Strings(), v.Text)
		case ok && !slices.Equal(words[3:], v.Strings()):
			t.Errorf("%q: %q; redis-server: %q", line, words[3:], v.Strings())
		case ok:
			balanced++
		}
		if v.IsError() { // it has closed the connection
			conn.Close()
			conn = nil
		}
	}
	if balanced < len(lines)/4 {
		t.Errorf("only %d lines are balanced", balanced)
	}
}

// A real redis-server writes words as Append does, in MONITOR.
func TestAppendAsRedis(t *testing.T) {
	t.Parallel()
	redis := testcluster.StartRedis(t)
	monitor, err := net.Dial("tcp", redis.Addr)
	if err != nil {
		t.Fatal(err)
	}
	defer monitor.Close()
	if err := monitor.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	all := make([]byte, 256)
	for i := range all {
		all[i] = byte(i)
	}
	conn, err := wire.Dial(redis.Addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprint(monitor, "MONITOR\r\n")
	buf := make([]byte, 5)
	if _, err := monitor.Read(buf); err != nil || string(buf) != "+OK\r\n" {
		t.Fatalf("MONITOR: %q %v", buf, err)
	}
	if _, err := conn.Do("ECHO", string(all)); err != nil {
		t.Fatal(err)
	}
	var got []byte
	for !bytes.HasSuffix(got, []byte("\r\n")) {
		b := make([]byte, 4096)
		n, err := monitor.Read(b)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, b[:n]...)
	}
	_, text, _ := strings.Cut(string(got), `"ECHO" `)
	if want := string(Append(nil, all)); strings.TrimSuffix(text, "\r\n") != want {
		t.Errorf("redis-server: %s\nhere:         %s", text, want)
	}
}

func FuzzSplit(f *testing.F) {
	f.Add(`port 6379`)
	f.Add(`requirepass "a\x00\"b" 'c'`)
	f.Fuzz(func(t *testing.T, text string) {
		words, ok := Split(text)
		if !ok {
			return
		}
		var line []byte
		for _, word := range words {
			line = append(Append(line, []byte(word)), ' ')
		}
		again, ok := Split(string(line))
		if !ok || !slices.Equal(again, words) {
			t.Errorf("%q, written as %q, reads as %q, %v", words, line, again, ok)
		}
	})
}
