package resp

import (
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
)

var recordFrom = flag.String("record", "", "host:port of a redis-server 7.0.15 to record testdata/protocol.txt from")

const protocolFile = "testdata/protocol.txt"

// protocolCases are what a client may send. A '~' in front: as a client that has
// to log in first.
var protocolCases = []string{
	ping + "*x\r\n" + ping,
	ping + "*1\r\n+4\r\n",
	"*1\r\n\r\n", "*1\r\n\n\r\n", "*1\r\n\xff\r\n", "*1\r\n\x00\r\n",
	"*1\r\n$-1\r\n", "*1\r\n$9223372036854775807\r\n", "*1\r\n$99999999999999999999\r\n", "*1\r\n$536870913\r\n", "*1\r\n$01\r\nx\r\n",
	"*2147483648\r\n", "*-5\r\n" + ping, "*0\r\n" + ping, "*\r\n", "*01\r\n", "*+1\r\n", "* 1\r\n", "*111111111111111111111111111111\r\n",
	"*1\rX$4\rXPINGXX" + ping, "*1\n$4\nPING\n",
	"\r\n" + ping, "\n\n\r\nPING\n", "\r\r\n" + ping, "\x00\r\n" + ping,
	"PING \"a\\x41\"\r\n", "PING \"a\r\n", "PING 'a'b\r\n", "PING \"a\"b\r\n", "PING 'it\\'s'\r\n", "  ping   x  \r\n",
	"PING \"\\n\\r\\t\\b\\a\\q\\\"\"\r\n", "PING\tx\r\n", "PING a\x00b\r\n" + ping, "PING a\rb\r\n", "PING ab\"c\"\r\n",
	"PING ''\r\n", "\"PING\" 'x'\r\n", "'' x\r\n", "PING x\r\r\n", "\x1b[A\r\n",
	"*1\r\n$0\r\n\r\n", "*2\r\n$4\r\nPING\r\n$1\r\nabc\r\n", ping + "*1\r\n$4\r\nPINGxxx",
	"Host: x\r\n\r\n", "POST / HTTP/1.1\r\n\r\n",
	"PING " + strings.Repeat("a", 60000) + "\r\n",
	strings.Repeat("a", 70000),
	"*" + strings.Repeat("1", 70000),
	"*1\r\n$" + strings.Repeat("1", 70000),
	"*1\r\n" + strings.Repeat("a", 70000),
	"~*11\r\n", "~*1\r\n$16385\r\n", "~*1\r\n$-1\r\n", "~*x\r\n",
}

// TestProtocol compares with what a real server answers to the same bytes. To
// record again:
//
//	go test ./resp -run TestProtocol -record 127.0.0.1:6379
func TestProtocol(t *testing.T) {
	t.Parallel()
	if *recordFrom != "" {
		recordProtocol(t)
	}
	recorded, err := os.ReadFile(protocolFile)
	if err != nil {
		t.Fatal(err)
	}
	want := make(map[string]string)
	for line := range strings.Lines(string(recorded)) {
		in, out, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " => ")
		want[in] = out
	}
	open := startServer(t, nil).Addrs()[0].String()
	locked := startServer(t, func(l *Limits) { l.RequireAuth.Store(true) }).Addrs()[0].String()
	for _, in := range protocolCases {
		addr := open
		if in[0] == '~' {
			addr = locked
		}
		if got := exchange(t, addr, in); got != want[caseName(in)] {
			t.Errorf("%s\n got  %.200s\n want %.200s", caseName(in), got, want[caseName(in)])
		}
	}
}

// caseName is what stands for the input in the file.
func caseName(in string) string {
	if len(in) > 100 {
		return fmt.Sprintf("%q… (%d)", in[:20], len(in))
	}
	return strconv.Quote(in)
}

// exchange sends in and returns what comes back, and how the connection ends:
// the client stops sending, and a server that has not closed by then answers
// what is whole.
func exchange(t *testing.T, addr, in string) string {
	t.Helper()
	nc, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	nc.SetDeadline(time.Now().Add(10 * time.Second))
	io.WriteString(nc, strings.TrimPrefix(in, "~"))
	nc.(*net.TCPConn).CloseWrite()
	out, _ := io.ReadAll(nc) // the connection may be reset behind the reply
	if len(out) > 200 {
		return fmt.Sprintf("%q… (%d)", out[:40], len(out))
	}
	return fmt.Sprintf("%q", out)
}

func recordProtocol(t *testing.T) {
	t.Helper()
	password := func(value string) {
		nc, err := net.Dial("tcp", *recordFrom)
		if err != nil {
			t.Fatal(err)
		}
		defer nc.Close()
		fmt.Fprintf(nc, "AUTH default secret\r\nCONFIG SET requirepass \"%s\"\r\nQUIT\r\n", value)
		io.ReadAll(nc)
	}
	defer password("")
	var b strings.Builder
	for _, in := range protocolCases {
		password("")
		if in[0] == '~' {
			password("secret")
		}
		fmt.Fprintf(&b, "%s => %s\n", caseName(in), exchange(t, *recordFrom, in))
	}
	if err := os.WriteFile(protocolFile, []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}
