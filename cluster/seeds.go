package cluster

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
)

// seedsOf returns a function that asks a member, at its client address, for the
// peer addresses of all: CLUSTER NODES has them ("host:port@peerport").
func (n *Node) seedsOf(client string) func() ([]string, error) {
	return func() ([]string, error) {
		text, err := clusterNodes(client, n.options.JoinPassword)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", client, err)
		}
		var addrs []string
		for _, line := range strings.Split(text, "\n") {
			fields := strings.Fields(line)
			if len(fields) < 2 {
				continue
			}
			addr, _, _ := strings.Cut(fields[1], ",")
			addr, peerPort, ok := strings.Cut(addr, "@")
			host, _, err := net.SplitHostPort(addr)
			if !ok || err != nil {
				continue
			}
			addrs = append(addrs, net.JoinHostPort(host, peerPort))
		}
		if len(addrs) == 0 {
			return nil, fmt.Errorf("%s: no members in its CLUSTER NODES", client)
		}
		return addrs, nil
	}
}

// clusterNodes sends CLUSTER NODES as any client would.
func clusterNodes(addr, password string) (string, error) {
	conn, err := net.DialTimeout("tcp", addr, callTimeout)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	if err := conn.SetDeadline(deadlineIn(callTimeout)); err != nil {
		return "", err
	}
	r := bufio.NewReader(conn)
	if password != "" {
		if _, err := fmt.Fprintf(conn, "*2\r\n$4\r\nAUTH\r\n$%d\r\n%s\r\n", len(password), password); err != nil {
			return "", err
		}
		if _, err := bulk(r); err != nil {
			return "", err
		}
	}
	if _, err := io.WriteString(conn, "*2\r\n$7\r\nCLUSTER\r\n$5\r\nNODES\r\n"); err != nil {
		return "", err
	}
	return bulk(r)
}

// maxNodesReply bounds the answer to CLUSTER NODES.
const maxNodesReply = 1 << 20

// bulk reads one simple or bulk string reply.
func bulk(r *bufio.Reader) (string, error) {
	line, err := r.ReadString('\n')
	if err != nil {
		return "", err
	}
	line = strings.TrimRight(line, "\r\n")
	switch {
	case strings.HasPrefix(line, "+"):
		return line[1:], nil
	case strings.HasPrefix(line, "$"):
		size, err := strconv.Atoi(line[1:])
		if err != nil || size < 0 || size > maxNodesReply {
			return "", fmt.Errorf("unexpected answer %q", line)
		}
		data := make([]byte, size+2)
		if _, err := io.ReadFull(r, data); err != nil {
			return "", err
		}
		return string(data[:size]), nil
	}
	return "", fmt.Errorf("unexpected answer %q", line)
}
