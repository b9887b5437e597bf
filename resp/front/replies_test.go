package front

import (
	"testing"

	"github.com/msredis/msredis/resp/reply"
)

func TestReplyLen(t *testing.T) {
	w := reply.Writer{Proto: reply.RESP3}
	var ends []int
	for _, write := range []func(){
		w.OK,
		func() { w.Error("ERR a\r\nb") },
		func() { w.Int(-5) },
		func() { w.BulkString("a\r\n$5\r\nb") },
		func() { w.BulkString("") },
		w.Null,
		func() { w.Bool(true) },
		func() { w.Double(1.5) },
		func() { w.BigNumber("12345678901234567890") },
		func() { w.Verbatim("txt", "a\nb") },
		func() { w.Array(0) },
		func() {
			w.Array(2)
			w.Map(2)
			w.Int(1)
			w.Set(2)
			w.Null()
			w.Array(0)
			w.BulkString("k")
			w.Push(1)
			w.OK()
			w.Int(7)
		},
		func() { w.Proto = reply.RESP2; w.NullArray() },
		func() { w.Null() },
	} {
		write()
		ends = append(ends, len(w.Buf))
	}
	rest, pos := w.Buf, 0
	for i, end := range ends {
		n := reply.Len(rest)
		if pos += n; pos != end {
			t.Fatalf("reply %d ends at %d, want %d", i, pos, end)
		}
		rest = rest[n:]
	}
}

func FuzzReplyLen(f *testing.F) {
	for _, seed := range []string{"", "+", "\n", "*1\r\n", "*-1\r\n", "*9223372036854775807\r\n", "$9223372036854775807\r\nx", "$5\r\nab", "%3\n", "|1\r\n+a\r\n"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if n := reply.Len(b); n < 0 || n > len(b) || n == 0 && len(b) > 0 {
			t.Errorf("%q: %d", b, n)
		}
		openArray(b)
		errorText(b)
	})
}
