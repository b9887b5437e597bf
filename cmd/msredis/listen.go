package main

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"strconv"

	"github.com/msredis/msredis/internal/bind"
	"github.com/msredis/msredis/internal/options"
)

// addresses are where a node is reached from outside.
type addresses struct {
	client, peer string // host:port
	tlsPort      int    // for clients that talk TLS; 0: none
	peerPort     int64  // that the node listens on
}

// advertised works out where clients and the other nodes find this node. The
// cluster-announce options come first, then this node's address in initial-cluster.
// Then comes the address that it binds, then one that this machine has.
func advertised(opts *options.Set) (addresses, error) {
	port, peerPort := opts.Int("port"), opts.Int("peer-port")
	if port == 0 {
		port = opts.Int("tls-port")
	}
	if port == 0 {
		return addresses{}, errors.New("Configured to not listen anywhere, exiting.")
	}
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
		host = bind.Parse(opts.Words("bind")[0]).Host
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
	if tlsPort := opts.Int("tls-port"); tlsPort != 0 {
		a.tlsPort = int(cmp.Or(opts.Int("cluster-announce-tls-port"), tlsPort))
	}
	if opts.Int("port") == 0 {
		port = int64(a.tlsPort)
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
