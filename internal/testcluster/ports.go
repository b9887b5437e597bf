package testcluster

import (
	"math/rand/v2"
	"net"
	"strconv"
	"sync"
	"testing"
)

// Ports are taken below the range from which the kernel gives connections their own
// (32768 on Linux). So a node that is restarted finds its port free again.
const (
	firstPort = 13000
	lastPort  = 32000
)

var ports struct {
	sync.Mutex
	given map[int]bool
}

// FreePort returns a TCP port of 127.0.0.1 on which nothing listens and which
// was not given out before in this process.
func FreePort(t testing.TB) int {
	t.Helper()
	ports.Lock()
	defer ports.Unlock()
	if ports.given == nil {
		ports.given = map[int]bool{}
	}
	for range 1000 {
		port := firstPort + rand.IntN(lastPort-firstPort)
		if ports.given[port] {
			continue
		}
		l, err := net.Listen("tcp", Loopback(port))
		if err != nil {
			continue
		}
		l.Close()
		ports.given[port] = true
		return port
	}
	t.Fatal("no free port found")
	return 0
}

// Loopback is the address of a port of this machine.
func Loopback(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }
