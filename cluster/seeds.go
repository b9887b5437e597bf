package cluster

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/msredis/msredis/internal/acl"
)

// seedsOf returns a function that asks a member, at its client address, for the
// peer addresses of all: CLUSTER MEMBERS has them, as "peer=host:port".
func (n *Node) seedsOf(client string) func() ([]string, error) {
	return func() ([]string, error) {
		text, err := clusterMembers(client, n.options.JoinUser, n.options.JoinPassword)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", client, err)
		}
		var addrs []string
		for field := range strings.FieldsSeq(text) {
			addr, ok := strings.CutPrefix(field, "peer=")
			if _, _, err := net.SplitHostPort(addr); ok && err == nil {
				addrs = append(addrs, addr)
			}
		}
		if len(addrs) == 0 {
			return nil, fmt.Errorf("%s: no members in its CLUSTER MEMBERS", client)
		}
		return addrs, nil
	}
}

// clusterMembers sends CLUSTER MEMBERS as any client would.
func clusterMembers(addr, user, password string) (string, error) {
	conn, err := net.DialTimeout("tcp", addr, callTimeout)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(callTimeout)); err != nil {
		return "", err
	}
	r := bufio.NewReader(conn)
	if password != "" {
		if user == "" {
			user = acl.DefaultName
		}
		if _, err := fmt.Fprintf(conn, "*3\r\n$4\r\nAUTH\r\n$%d\r\n%s\r\n$%d\r\n%s\r\n", len(user), user, len(password), password); err != nil {
			return "", err
		}
		if _, err := bulk(r); err != nil {
			return "", err
		}
	}
	if _, err := io.WriteString(conn, "*2\r\n$7\r\nCLUSTER\r\n$7\r\nMEMBERS\r\n"); err != nil {
		return "", err
	}
	return bulk(r)
}

// maxMembersReply bounds the answer to CLUSTER MEMBERS.
const maxMembersReply = 1 << 20

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
		if err != nil || size < 0 || size > maxMembersReply {
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
