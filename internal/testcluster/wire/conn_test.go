package wire

import (
	"bufio"
	"io"
	"net"
	"strings"
	"testing"
	"time"
)

func TestRead(t *testing.T) {
	for _, tc := range []struct {
		in   string
		want Value
	}{
		{"+OK\r\n", Value{Kind: Simple, Text: "OK"}},
		{"-ERR no\r\n", Value{Kind: Error, Text: "ERR no"}},
		{":-7\r\n", Value{Kind: Integer, Text: "-7"}},
		{"$3\r\na\r\n\r\n", Value{Kind: Bulk, Text: "a\r\n"}},
		{"$-1\r\n", Value{Kind: NilBulk}},
		{"*-1\r\n", Value{Kind: NilArray}},
		{"_\r\n", Value{Kind: Null}},
		{"#t\r\n", Value{Kind: Bool, Text: "t"}},
		{",1.5\r\n", Value{Kind: Double, Text: "1.5"}},
		{",-inf\r\n", Value{Kind: Double, Text: "-inf"}},
		{"(-12\r\n", Value{Kind: BigNumber, Text: "-12"}},
		{"=5\r\ntxt:x\r\n", Value{Kind: Verbatim, Text: "txt:x"}},
		{"*1\r\n*0\r\n", Value{Kind: Array, Elems: []Value{{Kind: Array}}}},
		{"%1\r\n+k\r\n:1\r\n", Value{Kind: Map, Elems: []Value{{Kind: Simple, Text: "k"}, {Kind: Integer, Text: "1"}}}},
		{"~1\r\n:1\r\n", Value{Kind: Set, Elems: []Value{{Kind: Integer, Text: "1"}}}},
		{">1\r\n:1\r\n", Value{Kind: Push, Elems: []Value{{Kind: Integer, Text: "1"}}}},
	} {
		got, err := read(bufio.NewReader(strings.NewReader(tc.in)))
		if err != nil || !got.Equal(tc.want) {
			t.Errorf("%q: %v %v", tc.in, got, err)
		}
	}
}

// TestReadMalformed: a server that breaks the protocol is caught.
func TestReadMalformed(t *testing.T) {
	for _, in := range []string{
		"+OK\n", "OK\r\n", ":x\r\n", ":\r\n", "$x\r\n", "$-2\r\n", "$2\r\nabc\r\n", "*x\r\n", "#y\r\n", "_x\r\n",
		",abc\r\n", "(\r\n", "*2\r\n:1\r\n", "$5\r\nab", "%1\r\n+k\r\n", "",
	} {
		if v, err := read(bufio.NewReader(strings.NewReader(in))); err == nil {
			t.Errorf("%q: read as %v", in, v)
		}
	}
}

func TestConn(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	got := make(chan string, 1)
	go func() {
		nc, err := l.Accept()
		if err != nil {
			return
		}
		want := AppendCommand(AppendCommand(nil, "SET", "k", "v\r\n"), "GET", "")
		buf := make([]byte, len(want))
		io.ReadFull(nc, buf)
		got <- string(buf)
		io.WriteString(nc, "+OK\r\n$-1\r\n")
		io.ReadFull(nc, buf[:1])
		nc.Close()
	}()
	c, err := Dial(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	replies, err := c.Pipeline([][]string{{"SET", "k", "v\r\n"}, {"GET", ""}})
	if err != nil || len(replies) != 2 || replies[0].Text != "OK" || !replies[1].IsNil() {
		t.Errorf("replies %v %v", replies, err)
	}
	if s := <-got; s != "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$3\r\nv\r\n\r\n*2\r\n$3\r\nGET\r\n$0\r\n\r\n" {
		t.Errorf("sent %q", s)
	}
	if !c.Quiet(time.Millisecond) {
		t.Error("Quiet hears something")
	}
	c.Send([]byte("x"))
	if _, err := c.Recv(); err != io.EOF {
		t.Errorf("after the close: %v", err)
	}
}
