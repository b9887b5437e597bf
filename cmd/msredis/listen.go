package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"syscall"

	"github.com/msredis/msredis/internal/options"
)

// bindAddr is one word of the bind option.
type bindAddr struct {
	network  string // tcp, tcp4 or tcp6
	host     string
	optional bool // may be unavailable
}

func parseBind(word string) bindAddr {
	host, optional := strings.CutPrefix(word, "-")
	switch host {
	case "*":
		return bindAddr{"tcp4", "0.0.0.0", optional}
	case "::*":
		return bindAddr{"tcp6", "::", optional}
	}
	return bindAddr{"tcp", host, optional}
}

// listen opens port at each of the addresses. An optional one that this machine
// does not have is left out; what remains may not be nothing.
func listen(words []string, port int64) ([]net.Listener, error) {
	var listeners []net.Listener
	var last error
	for _, word := range words {
		l, err := listenOn(parseBind(word), port)
		switch {
		case err == nil:
			listeners = append(listeners, l)
		case strings.HasPrefix(word, "-") && !errors.Is(err, syscall.EADDRINUSE):
			last = err
		default:
			closeAll(listeners)
			return nil, err
		}
	}
	if len(listeners) == 0 {
		return nil, last
	}
	return listeners, nil
}

func listenOn(a bindAddr, port int64) (net.Listener, error) {
	addr := net.JoinHostPort(a.host, strconv.FormatInt(port, 10))
	l, err := net.Listen(a.network, addr)
	if err != nil {
		// net's own text repeats the address; the reason is enough.
		var sys *os.SyscallError
		if errors.As(err, &sys) {
			err = sys.Err
		}
		return nil, fmt.Errorf("cannot listen on %s: %w", addr, err)
	}
	return l, nil
}

func closeAll(listeners []net.Listener) {
	for _, l := range listeners {
		l.Close()
	}
}

// addresses are where a node is reached from outside.
type addresses struct {
	client, peer string // host:port
	peerPort     int64  // that the node listens on
}

// advertised works out where clients and the other nodes find this node. The
// cluster-announce options come first, then this node's address in initial-cluster.
// Then comes the address that it binds, then one that this machine has.
func advertised(opts *options.Set) (addresses, error) {
	port, peerPort := opts.Int("port"), opts.Int("peer-port")
	if peerPort == 0 {
		peerPort = port + 10000
	}
	if peerPort > 65535 {
		return addresses{}, fmt.Errorf("port %d leaves no room for a peer port 10000 above; give --peer-port", port)
	}
	a := addresses{peerPort: peerPort}
	host := opts.String("cluster-announce-ip")
	for _, n := range opts.Nodes() {
		if n.Name == opts.String("node-name") {
			a.peer = n.Addr
		}
	}
	if host == "" && a.peer != "" {
		host, _, _ = net.SplitHostPort(a.peer)
	}
	if host == "" {
		host = parseBind(opts.Words("bind")[0]).host
		if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
			host = ownAddress()
		}
	}
	join := func(announced string, port int64) string {
		if n := opts.Int(announced); n != 0 {
			port = n
		}
		return net.JoinHostPort(host, strconv.FormatInt(port, 10))
	}
	a.client = join("cluster-announce-port", port)
	if a.peer == "" {
		a.peer = join("cluster-announce-bus-port", peerPort)
	}
	return a, nil
}

// ownAddress is the first address of this machine that others can reach, or the
// loopback address if there is none.
func ownAddress() string {
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		return "127.0.0.1"
	}
	for _, addr := range addrs {
		if ipnet, ok := addr.(*net.IPNet); ok && ipnet.IP.IsGlobalUnicast() {
			return ipnet.IP.String()
		}
	}
	return "127.0.0.1"
}
