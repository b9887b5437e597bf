package main

import (
	"bufio"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/msredis/msredis/internal/bind"
	"github.com/msredis/msredis/internal/options"
	"github.com/msredis/msredis/internal/tlsconf"
)

// healthTimeout bounds a whole health check.
const healthTimeout = 3 * time.Second

// healthcheck connects to the node that opts describe, as a client does, and
// returns nil if it would take a command.
func healthcheck(opts *options.Set) error {
	conn, err := dialSelf(opts)
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(healthTimeout)); err != nil {
		return err
	}
	r := bufio.NewReader(conn)
	login := []string{"AUTH", opts.String("requirepass")}
	if user := opts.String("masteruser"); user != "" {
		login = []string{"AUTH", user, opts.String("masterauth")}
	}
	if login[1] != "" {
		if _, err := ask(conn, r, login...); err != nil {
			return err
		}
	}
	if _, err := ask(conn, r, "PING"); err != nil {
		return err
	}
	info, err := ask(conn, r, "INFO", "raft")
	if err != nil {
		return err
	}
	if !strings.Contains(info, "raft_quorum:1") {
		return errors.New("the node is up, but the cluster does not take commands")
	}
	return nil
}

// dialSelf connects to the node: with TLS if it has no other port.
func dialSelf(opts *options.Set) (net.Conn, error) {
	port, dialer := opts.Int("port"), &net.Dialer{Timeout: healthTimeout}
	addr := func(port int64) string {
		return net.JoinHostPort(localHost(opts.Words("bind")), strconv.FormatInt(port, 10))
	}
	if port != 0 {
		return dialer.Dial("tcp", addr(port))
	}
	files := tlsClientFiles(opts.String)
	if files.CAFile == "" && files.CADir == "" {
		files.CAFile = opts.String("tls-cert-file") // the node itself, and nobody else
	}
	if opts.String("tls-auth-clients") == "no" {
		files.Cert, files.Key = "", ""
	}
	config, err := tlsconf.Client(files, "")
	if err != nil {
		return nil, err
	}
	return tls.DialWithDialer(dialer, "tcp", addr(opts.Int("tls-port")), config)
}

// localHost is the address of this machine at which a node that binds addrs
// can be reached.
func localHost(addrs []string) string {
	host := bind.Parse(addrs[0]).Host
	switch host {
	case "0.0.0.0":
		return "127.0.0.1"
	case "::":
		return "::1"
	}
	return host
}

// ask sends one command and returns its reply, which has to be a simple or a
// bulk string.
func ask(w io.Writer, r *bufio.Reader, args ...string) (string, error) {
	var b strings.Builder
	fmt.Fprintf(&b, "*%d\r\n", len(args))
	for _, arg := range args {
		fmt.Fprintf(&b, "$%d\r\n%s\r\n", len(arg), arg)
	}
	if _, err := io.WriteString(w, b.String()); err != nil {
		return "", err
	}
	line, err := r.ReadString('\n')
	if err != nil {
		return "", err
	}
	line = strings.TrimRight(line, "\r\n")
	switch {
	case strings.HasPrefix(line, "+"):
		return line[1:], nil
	case strings.HasPrefix(line, "-"):
		return "", errors.New(line[1:])
	case strings.HasPrefix(line, "$"):
		n, err := strconv.Atoi(line[1:])
		if err != nil || n < 0 || n > 1<<20 {
			return "", fmt.Errorf("unexpected reply %q", line)
		}
		body := make([]byte, n+2)
		_, err = io.ReadFull(r, body)
		return string(body[:n]), err
	}
	return "", fmt.Errorf("unexpected reply %q", line)
}
