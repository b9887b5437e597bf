package testcluster

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestNet: what one node says to another is held, delayed and cut, the other way
// is not.
func TestNet(t *testing.T) {
	echo, err := net.Listen("tcp", Loopback(0))
	if err != nil {
		t.Fatal(err)
	}
	defer echo.Close()
	go func() {
		for {
			c, err := echo.Accept()
			if err != nil {
				return
			}
			go func() {
				io.Copy(c, c)
				c.Close()
			}()
		}
	}()
	n := newNet(t)
	a := &Node{Name: "a", Dir: t.TempDir()}
	b := &Node{Name: "b", Dir: t.TempDir(), PeerPort: echo.Addr().(*net.TCPAddr).Port}
	n.listen(a)
	port := n.listen(b)
	if err := os.WriteFile(filepath.Join(a.Dir, "identity.json"), []byte(`{"id":7,"name":"a"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := net.Dial("tcp", Loopback(port))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	hello := make([]byte, frameHead+helloBytes)
	hello[frameHead-1] = helloKind
	binary.LittleEndian.PutUint64(hello[helloFrom:], 7)
	hears := func(patience time.Duration) error {
		c.SetReadDeadline(time.Now().Add(patience))
		_, err := io.ReadFull(c, make([]byte, len(hello)))
		return err
	}
	say := func() {
		if _, err := c.Write(hello); err != nil {
			t.Fatal(err)
		}
	}
	const soon, never = 10 * time.Second, 50 * time.Millisecond
	say()
	if err := hears(soon); err != nil {
		t.Fatal(err)
	}
	for _, block := range []func(){
		func() { n.Block("a", "b") },
		func() { n.Block("b", "a") },
		func() { n.Delay("a", "b", 100*time.Millisecond) },
	} {
		block()
		say()
		if err := hears(never); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Fatalf("it came through: %v", err)
		}
		n.Heal()
		if err := hears(soon); err != nil {
			t.Fatal(err)
		}
	}
	n.Block(Outsider, "b")
	n.Block("c", "b")
	say()
	if err := hears(soon); err != nil {
		t.Fatalf("others are blocked: %v", err)
	}
	n.Cut("a", "b")
	if err := hears(soon); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatal(fmt.Sprint("the connection lives: ", err))
	}
}
