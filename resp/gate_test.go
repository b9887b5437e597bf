package resp

import (
	"errors"
	"net"
	"testing"
)

// failing is a listener that fails some times before it accepts.
type failing struct {
	net.Listener
	failures int
}

func (f *failing) Accept() (net.Conn, error) {
	if f.failures > 0 {
		f.failures--
		return nil, errors.New("accept4: too many open files")
	}
	return f.Listener.Accept()
}

// A failure to accept is no reason to stop.
func TestAcceptErrors(t *testing.T) {
	t.Parallel()
	s := startServer(t, nil)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	nc, err := net.Dial("tcp", ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	g := gate{Listener: &failing{ln, 3}, server: s.Server}
	done := make(chan struct{})
	go func() {
		g.run()
		close(done)
	}()
	await(t, "the client is accepted", func() bool { return s.Stats().Accepted == 1 })
	send(t, nc, ping)
	expect(t, nc, "+PONG\r\n")
	ln.Close()
	<-done
	if n := s.Stats().AcceptErrors; n != 3 {
		t.Errorf("%d errors", n)
	}
}
