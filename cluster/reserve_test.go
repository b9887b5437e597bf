package cluster

import (
	"net"
	"sync"
)

// reserve finds a free address for a node.
func (l *lab) reserve(name string) string {
	for {
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			l.t.Fatal(err)
		}
		addr := ln.Addr().String()
		ln.Close()
		if _, taken := reserved.LoadOrStore(addr, true); !taken {
			l.addrs[name] = addr
			return addr
		}
	}
}

// reserved has the addresses of all labs: a node listens some time after its address was
// found, and no other lab may find the same one meanwhile.
var reserved sync.Map
