package resp

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/tidwall/redcon"

	"github.com/msredis/msredis/internal/quoted"
)

// parseAll is the wire protocol of Redis as plainly as it can be said, for input
// that is there as a whole. It returns the commands and the text of the fault
// that ends them, if any.
func parseAll(in []byte, limit bounds) (cmds [][]string, faultText string) {
	line := func(ending byte) (string, bool) {
		at := bytes.IndexByte(in, ending)
		if zero := bytes.IndexByte(in, 0); at < 0 || zero >= 0 && zero < at {
			return "", false
		}
		text := string(in[:at])
		if ending == '\r' {
			if at+1 >= len(in) {
				return "", false
			}
			at++
		}
		in = in[at+1:]
		return text, true
	}
	number := func(text string) (int, bool) {
		n, err := strconv.Atoi(text)
		return n, err == nil && strconv.Itoa(n) == text
	}
	for len(in) > 0 {
		if in[0] != '*' {
			text, ok := line('\n')
			if !ok {
				return cmds, ""
			}
			args, ok := quoted.SplitBytes([]byte(strings.TrimSuffix(text, "\r")))
			if !ok {
				return cmds, "unbalanced quotes in request"
			}
			if len(args) > 0 && (equalFold(args[0], "host:") || equalFold(args[0], "post")) {
				return cmds, "http"
			}
			var cmd []string
			for _, arg := range args {
				cmd = append(cmd, string(arg))
			}
			if cmd != nil {
				cmds = append(cmds, cmd)
			}
			continue
		}
		text, ok := line('\r')
		if !ok {
			return cmds, ""
		}
		count, ok := number(text[1:])
		if !ok || count > maxArgs {
			return cmds, "invalid multibulk length"
		}
		if count > limit.args {
			return cmds, "unauthenticated multibulk length"
		}
		var cmd []string
		for range count {
			if len(in) == 0 {
				return cmds, ""
			}
			first := in[0]
			text, ok := line('\r')
			if !ok {
				return cmds, ""
			}
			if first != '$' {
				return cmds, "expected '$', got '" + string([]byte{first}) + "'"
			}
			size, ok := number(text[1:])
			if !ok || size < 0 || int64(size) > limit.maxBulk {
				return cmds, "invalid bulk length"
			}
			if size > limit.bulk {
				return cmds, "unauthenticated bulk length"
			}
			if len(in) < size+2 {
				return cmds, ""
			}
			cmd = append(cmd, string(in[:size]))
			in = in[size+2:]
		}
		if count > 0 {
			cmds = append(cmds, cmd)
		}
	}
	return cmds, ""
}

// cutAll sends input through a guard, as a connection does.
func cutAll(src io.Reader, limit bounds) (cmds [][]string, faultText string) {
	g := &guard{limits: func() bounds { return limit }}
	lent := make([]byte, inputBytes)
	for {
		n, err := src.Read(g.input(lent))
		g.received(n)
		for list := g.cut(nil); len(list) > 0; list = g.cut(nil) {
			for _, args := range list {
				var words []string
				for _, arg := range args {
					words = append(words, string(arg))
				}
				cmds = append(cmds, words)
			}
		}
		g.keep()
		clear(lent) // others use it
		switch {
		case g.fault != nil && g.fault.text == "":
			return cmds, "http"
		case g.fault != nil:
			return cmds, g.fault.text
		case err == io.EOF:
			return cmds, ""
		case err != nil:
			return cmds, err.Error()
		}
	}
}

// chopped returns at most n bytes at a time, a different number each time.
type chopped struct {
	r    io.Reader
	rand *rand.Rand
	n    int
}

func (c chopped) Read(p []byte) (int, error) {
	return c.r.Read(p[:min(len(p), 1+c.rand.IntN(c.n))])
}

var loggedIn = bounds{authenticated: true, args: maxArgs, bulk: 512 << 20, maxBulk: 512 << 20, query: 1 << 30}

// Guard and redcon together give the commands that the protocol says, however
// the input is cut, and nothing makes them panic. The first seed does that to
// redcon alone.
func FuzzGuard(f *testing.F) {
	for _, seed := range []string{
		"*1\r\n$9223372036854775807\r\n",
		"*1\r\n$4\r\nPING\r\n*2\r\n$4\r\nECHO\r\n$3\r\nabc\r\n",
		"*1\r\n$0\r\n\r\n*1\r\n$4\r\nPING\r\n",
		"PING\r\nECHO \"a b\"\n*1\r\n$4\r\nPING\r\nPING\n",
		"*2\r\n$3\r\nGET\r\n$3\r\nabcXY*1\rX$4\r\nPING\r\n",
		"*0\r\n*-1\r\n\r\n\n*1\r\n$1\r\na\r\n",
		"*1\r\n$-1\r\n", "*x\r\n", "*1\r\n+1\r\n", "*01\r\n", "*1\r\n$01\r\na\r\n", "*1\r\n$1\r\n", "*3\r\n$1\r\na\r\n$2\r\nbb\r\n$3\r\nc",
		"'", "\"\\x41\\\"\" 'a\\'b'\r\n", "a\x00b\r\n", "*1\x00\r\n", "*", "*1\r", "*1\r\n$", "*99999999999\r\n", "*1048577\r\n",
		"POST / HTTP/1.1\r\nHost: x\r\n\r\n", "*11\r\n", "*1\r\n$16385\r\n", "$\r\n", "*1\n$1\na\n",
		"*1\r\n$40000\r\n" + strings.Repeat("a", 40000) + "\r\n*1\r\n$1\r\na\r\n",
	} {
		f.Add([]byte(seed), uint64(1), false)
		f.Add([]byte(seed), uint64(2), true)
	}
	f.Fuzz(func(t *testing.T, in []byte, seed uint64, auth bool) {
		if len(in) > maxInline {
			return // where a line is too long depends on how it arrives
		}
		limit := loggedIn
		if !auth {
			limit.authenticated, limit.args, limit.bulk = false, maxUnauthArgs, maxUnauthBulk
		}
		want, wantFault := parseAll(in, limit)
		random := rand.New(rand.NewPCG(seed, 0))
		for name, src := range map[string]io.Reader{
			"whole":   bytes.NewReader(in),
			"bytes":   iotest.OneByteReader(bytes.NewReader(in)),
			"chopped": chopped{bytes.NewReader(in), random, 1 + random.IntN(200)},
		} {
			got, gotFault := cutAll(src, limit)
			if fmt.Sprintf("%q", got) != fmt.Sprintf("%q", want) || gotFault != wantFault {
				t.Fatalf("%s: %q\n got  %.300q %q\n want %.300q %q", name, in, got, gotFault, want, wantFault)
			}
		}
	})
}

// Random pipelines that are larger than any buffer, of commands of all kinds
// and sizes, in pieces of all sizes.
func TestGuardLargePipelines(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	for range 8 {
		var in []byte
		for len(in) < 400_000 {
			switch random.IntN(12) {
			case 0:
				in = append(in, "ECHO 'inline command'\r\n"...)
			case 1:
				in = append(in, "*0\r\n\r\n"...)
			case 2:
				in = append(in, "*1\r\n$0\r\n\r\n"...)
			case 3:
				in = redcon.AppendArray(in, 2)
				in = redcon.AppendBulk(in, []byte("SET"))
				in = redcon.AppendBulk(in, bytes.Repeat([]byte("x"), random.IntN(200_000)))
			case 4:
				n := 1 + random.IntN(5000)
				in = redcon.AppendArray(in, n)
				for i := range n {
					in = redcon.AppendBulk(in, strconv.AppendInt(nil, int64(i), 10))
				}
			default:
				in = redcon.AppendArray(in, 3)
				for range 3 {
					in = redcon.AppendBulk(in, bytes.Repeat([]byte("y"), random.IntN(100)))
				}
			}
		}
		want, _ := parseAll(in, loggedIn)
		got, fault := cutAll(chopped{bytes.NewReader(in), random, 1 + random.IntN(150_000)}, loggedIn)
		if fault != "" || !slices.EqualFunc(got, want, slices.Equal[[]string]) {
			t.Fatalf("%d commands, want %d; fault %q", len(got), len(want), fault)
		}
	}
}

// What is larger than a buffer costs time in proportion to its size when it
// comes in small pieces: a command of a million arguments, a value of 64 MB.
func TestGuardIsLinear(t *testing.T) {
	t.Parallel()
	const maxTime = 30 * time.Second // measured: under 1 s; a quadratic one takes minutes
	many := redcon.AppendArray(nil, maxArgs)
	for range maxArgs {
		many = append(many, "$1\r\na\r\n"...)
	}
	large := redcon.AppendArray(nil, 1)
	large = redcon.AppendBulk(large, make([]byte, 64<<20))
	for name, in := range map[string][]byte{"arguments": many, "bytes": large} {
		start := time.Now()
		got, fault := cutAll(chopped{bytes.NewReader(in), rand.New(rand.NewPCG(1, 1)), 3000}, loggedIn)
		if len(got) != 1 || fault != "" {
			t.Errorf("many %s: %d commands, fault %q", name, len(got), fault)
		}
		if took := time.Since(start); took > maxTime {
			t.Errorf("many %s: took %v", name, took)
		}
	}
}

// A client cannot make the server take memory by announcing much.
func TestGuardTakesNoMemoryForAnnouncements(t *testing.T) {
	t.Parallel()
	g := &guard{limits: func() bounds { return loggedIn }}
	give(g, "*1048576\r\n$536870912\r\nabc")
	if n := cap(g.parser.arg) + cap(g.buf); n > 2*growth {
		t.Errorf("%d bytes taken", n)
	}
}

// Between two clients a guard keeps what is left, not the buffer.
func TestGuardKeepsLittle(t *testing.T) {
	t.Parallel()
	g := &guard{limits: func() bounds { return loggedIn }}
	give(g, strings.Repeat(ping, 1000)+"*1\r\n$4")
	if len(g.buf) > 100 || g.lent {
		t.Errorf("%d bytes kept", len(g.buf))
	}
	if cmds := give(g, "\r\nPING\r\n"); len(cmds) != 1 {
		t.Errorf("%d commands", len(cmds))
	}
}

// give has g receive text, and returns the commands.
func give(g *guard, text string) [][][]byte {
	g.received(copy(g.input(make([]byte, inputBytes)), text))
	cmds := g.cut(nil)
	g.keep()
	return cmds
}

// Options and lengths at their ends: what cannot be held is refused, and no sum of
// lengths wraps around.
func TestHeadersAtTheirEnds(t *testing.T) {
	t.Parallel()
	const most = "9223372036854775807"
	l := NewLimits()
	for _, n := range []int64{1 << 20, 1<<63 - 1} {
		l.MaxBulk.Store(n)
		l.QueryBuffer.Store(n)
		for _, auth := range []bool{false, true} {
			for _, in := range []string{
				"*2\r\n$4\r\nECHO\r\n$" + most + "\r\n", "*1\r\n$9223372036854775806\r\n", "*1\r\n$-" + most + "\r\n",
				"*1\r\n$-9223372036854775808\r\n", "*1\r\n$9223372036854775808\r\n", "*" + most + "\r\n", "*2147483648\r\n",
			} {
				g := &guard{limits: func() bounds { return l.bounds(auth) }}
				if cmds := give(g, in); len(cmds) > 0 || g.fault == nil {
					t.Errorf("limit %d, %q: %q, fault %v", n, in, cmds, g.fault)
				}
			}
			// The longest ones that pass do not add up to less than nothing.
			g := &guard{limits: func() bounds { return l.bounds(auth) }}
			give(g, "*1048576\r\n$1099511627776\r\nx")
			if used, free := g.keep(); g.fault == nil && (used > 1<<20 || free > 2<<20) {
				t.Errorf("limit %d: %d bytes used, %d free", n, used, free)
			}
		}
	}
}

// A panic while input is cut is the end of the connection that it came from.
func TestBrokenParser(t *testing.T) {
	t.Parallel()
	c := &client{guard: guard{limits: func() bounds { panic("a bug") }}}
	if cmds := c.cut(nil); cmds != nil || c.guard.fault == nil || c.guard.fault.text != "" || !strings.Contains(c.guard.fault.cause, "a bug") {
		t.Errorf("%q, %v", cmds, c.guard.fault)
	}
}

func TestQueryBufferLimit(t *testing.T) {
	t.Parallel()
	limit := loggedIn
	limit.query = 1 << 20
	in := redcon.AppendArray(nil, 300)
	for range 300 {
		in = redcon.AppendBulk(in, make([]byte, 10_000))
	}
	if cmds, text := cutAll(bytes.NewReader(in), limit); len(cmds) > 0 || text != "http" {
		t.Errorf("%d commands, fault %q, want a silent fault", len(cmds), text)
	}
}

func BenchmarkGuard(b *testing.B) {
	set := []byte("*3\r\n$3\r\nSET\r\n$16\r\nkey:000000012345\r\n$64\r\n" + strings.Repeat("v", 64) + "\r\n")
	for _, pipeline := range []int{1, 16, 256} {
		in := bytes.Repeat(set, pipeline)
		b.Run(strconv.Itoa(pipeline), func(b *testing.B) {
			g := &guard{limits: func() bounds { return loggedIn }}
			lent := make([]byte, inputBytes)
			var cmds [][][]byte
			b.SetBytes(int64(len(in)))
			b.ReportAllocs()
			for b.Loop() {
				g.received(copy(g.input(lent), in))
				if cmds = g.cut(cmds[:0]); len(cmds) != pipeline {
					b.Fatal(len(cmds))
				}
				g.keep()
			}
		})
	}
}
