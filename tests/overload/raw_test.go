package overload

import (
	"bufio"
	"fmt"
	"net"
	"strconv"
	"testing"
	"time"

	"github.com/msredis/msredis/internal/testcluster"
	"github.com/msredis/msredis/internal/testcluster/wire"
)

// raw is a connection whose replies are counted and thrown away: a reply of
// megabytes costs the test next to nothing.
type raw struct {
	net.Conn
	br *bufio.Reader
}

func dialRaw(t *testing.T, n *testcluster.Node) *raw {
	t.Helper()
	nc, err := net.Dial("tcp", n.Addr())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { nc.Close() })
	nc.SetDeadline(time.Now().Add(10 * time.Minute))
	return &raw{nc, bufio.NewReaderSize(nc, 1<<20)}
}

// do runs a command and returns the number that its reply begins with: of
// elements, of bytes, or an integer.
func (r *raw) do(args ...string) (int, error) {
	if _, err := r.Write(wire.AppendCommand(nil, args...)); err != nil {
		return 0, err
	}
	return r.skip()
}

// skip reads one reply.
func (r *raw) skip() (int, error) {
	first := 0
	for i, left := 0, 1; left > 0; i++ {
		left--
		line, err := r.br.ReadSlice('\n')
		if err != nil {
			return 0, err
		}
		n := 0
		switch line[0] {
		case '+':
		case '-':
			return 0, fmt.Errorf("%s", line)
		default:
			if n, err = strconv.Atoi(string(line[1 : len(line)-2])); err != nil {
				return 0, err
			}
		}
		switch line[0] {
		case '$':
			if n >= 0 {
				_, err = r.br.Discard(n + 2)
			}
		case '*':
			left += n
		}
		if err != nil {
			return 0, err
		}
		if i == 0 {
			first = n
		}
	}
	return first, nil
}
