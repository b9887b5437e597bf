package resp

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// A client that sends an argument as fast as it can be read does not keep its
// loop from the others: it is read in turns.
func TestLargeArgumentInTurns(t *testing.T) {
	t.Parallel()
	const size = 8 * maxTurn
	path := filepath.Join(t.TempDir(), "input")
	input := append(fmt.Appendf(nil, "*2\r\n$3\r\nLEN\r\n$%d\r\n", size), make([]byte, size)...)
	if err := os.WriteFile(path, append(input, "\r\n"...), 0o600); err != nil {
		t.Fatal(err)
	}

	s := startServer(t, nil)
	s.dial(t)
	fd, err := unix.Open(path, unix.O_RDWR, 0) // a socket that always has more
	if err != nil {
		t.Fatal(err)
	}
	c := newClient(s.Server, origin{}, 99)
	c.loop = &loop{server: s.Server, input: make([]byte, inputBytes)}
	session := &testSession{conn: c, serves: make(chan int, 1), closed: make(chan struct{})}
	c.session, c.fd = session, fd
	turns := 0
	for {
		before := c.bytesIn.Load()
		c.queued.Store(false)
		c.loop.resumed = nil
		c.mu.Lock()
		c.proceed()
		if n := c.bytesIn.Load() - before; n > 2*maxTurn {
			t.Fatalf("turn %d: %d bytes were read at once", turns, n)
		}
		turns++
		if len(session.serves) > 0 {
			break
		}
		if len(c.loop.resumed) == 0 {
			t.Fatal("the loop was not told to go on")
		}
	}
	if turns < 4 {
		t.Errorf("%d bytes in %d turns", size, turns)
	}
	c.close()
}
