package cluster

import (
	"bufio"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/msredis/msredis/internal/acl"
)

// seeds asks the member that the option join names, at its client address, for the peer
// addresses of all: CLUSTER MEMBERS has them, as "peer=host:port".
func (n *Node) seeds() ([]string, error) {
	text, err := n.options.clusterMembers()
	if errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET) {
		err = errors.New("it closed the connection; if that port is for TLS, this node needs tls-replication yes")
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", n.options.Join, err)
	}
	var addrs []string
	for field := range strings.FieldsSeq(text) {
		addr, ok := strings.CutPrefix(field, "peer=")
		if _, _, err := net.SplitHostPort(addr); ok && err == nil {
			addrs = append(addrs, addr)
		}
	}
	if len(addrs) == 0 {
		return nil, fmt.Errorf("%s: no members in its CLUSTER MEMBERS", n.options.Join)
	}
	return addrs, nil
}

// dialJoin connects to the member that is named by Join, as a client.
func (o *Options) dialJoin() (net.Conn, error) {
	var config *tls.Config
	if o.JoinTLS != nil {
		var err error
		if config, err = o.JoinTLS(); err != nil {
			return nil, err
		}
	}
	conn, err := net.DialTimeout("tcp", o.Join, callTimeout)
	if err == nil && config != nil {
		conn = tls.Client(conn, config)
	}
	return conn, err
}

// clusterMembers sends CLUSTER MEMBERS as any client would.
func (o *Options) clusterMembers() (string, error) {
	user, password := o.JoinUser, o.JoinPassword
	conn, err := o.dialJoin()
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
