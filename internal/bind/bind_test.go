package bind

import (
	"net"
	"strconv"
	"strings"
	"testing"
)

func TestListen(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	port := taken.Addr().(*net.TCPAddr).Port
	for _, c := range []struct {
		bind string
		port int
		want string // addresses, or an error
	}{
		{"127.0.0.1", 0, "127.0.0.1"},
		{"127.0.0.1 127.0.0.2", 0, "127.0.0.1 127.0.0.2"},
		{"*", 0, "0.0.0.0"},
		{"127.0.0.1 -192.0.2.1", 0, "127.0.0.1"}, // RFC 5737: nobody has it
		{"-192.0.2.1", 0, "cannot listen on 192.0.2.1:0: cannot assign requested address"},
		{"192.0.2.1", 0, "cannot listen on 192.0.2.1:0: cannot assign requested address"},
		{"127.0.0.1", port, "cannot listen on 127.0.0.1:" + strconv.Itoa(port) + ": address already in use"},
		{"-127.0.0.1", port, "cannot listen on 127.0.0.1:" + strconv.Itoa(port) + ": address already in use"},
	} {
		listeners, err := Listen(net.ListenConfig{}, strings.Fields(c.bind), c.port)
		var got []string
		for _, l := range listeners {
			host, _, _ := net.SplitHostPort(l.Addr().String())
			got = append(got, host)
		}
		Close(listeners)
		text := strings.Join(got, " ")
		if err != nil {
			text = err.Error()
		}
		if text != c.want {
			t.Errorf("bind %s, port %d: %s, want %s", c.bind, c.port, text, c.want)
		}
	}
}
