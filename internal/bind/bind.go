// Package bind reads the words of the option bind and opens the addresses that they name.
package bind

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// Addr is one word of the option.
type Addr struct {
	Network  string // tcp, tcp4 or tcp6
	Host     string
	Optional bool // this machine may be without it
}

// Parse reads a word. "*" is every IPv4 address and "::*" every IPv6 one. A word that
// begins with '-' is optional.
func Parse(word string) Addr {
	host, optional := strings.CutPrefix(word, "-")
	switch host {
	case "*":
		return Addr{"tcp4", "0.0.0.0", optional}
	case "::*":
		return Addr{"tcp6", "::", optional}
	}
	return Addr{"tcp", host, optional}
}

// Listen opens a port at each of the addresses. An optional one that this machine does
// not have is left out. At least one has to remain.
func Listen(config net.ListenConfig, words []string, port int) ([]net.Listener, error) {
	var listeners []net.Listener
	var last error
	for _, word := range words {
		l, skipped, err := On(config, word, port)
		switch {
		case err != nil:
			Close(listeners)
			return nil, err
		case skipped != nil:
			last = skipped
		default:
			listeners = append(listeners, l)
			port = l.Addr().(*net.TCPAddr).Port // 0 is the same free one everywhere
		}
	}
	if len(listeners) == 0 {
		return nil, last
	}
	return listeners, nil
}

// On opens a port at one address. skipped is why an optional one is left out. A taken
// port is an error for that, too: another server has it.
func On(config net.ListenConfig, word string, port int) (l net.Listener, skipped, err error) {
	a := Parse(word)
	addr := net.JoinHostPort(a.Host, strconv.Itoa(port))
	if l, err = config.Listen(context.Background(), a.Network, addr); err == nil {
		return l, nil, nil
	}
	// net's own text repeats the address; the reason is enough.
	var sys *os.SyscallError
	if errors.As(err, &sys) {
		err = sys.Err
	}
	taken := errors.Is(err, unix.EADDRINUSE)
	if err = fmt.Errorf("cannot listen on %s: %w", addr, err); a.Optional && !taken {
		return nil, err, nil
	}
	return nil, nil, err
}

// Close closes all of them.
func Close(listeners []net.Listener) {
	for _, l := range listeners {
		l.Close()
	}
}
