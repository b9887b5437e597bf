package main

import (
	"net"
	"strconv"
	"strings"
	"testing"

	"github.com/msredis/msredis/internal/options"
)

func TestListen(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	port := int64(taken.Addr().(*net.TCPAddr).Port)
	for _, c := range []struct {
		bind string
		port int64
		want string // addresses, or an error
	}{
		{"127.0.0.1", 0, "127.0.0.1"},
		{"127.0.0.1 127.0.0.2", 0, "127.0.0.1 127.0.0.2"},
		{"*", 0, "0.0.0.0"},
		{"127.0.0.1 -192.0.2.1", 0, "127.0.0.1"}, // RFC 5737: nobody has it
		{"-192.0.2.1", 0, "cannot listen on 192.0.2.1:0: cannot assign requested address"},
		{"192.0.2.1", 0, "cannot listen on 192.0.2.1:0: cannot assign requested address"},
		{"127.0.0.1", port, "cannot listen on 127.0.0.1:" + strconv.FormatInt(port, 10) + ": address already in use"},
		{"-127.0.0.1", port, "cannot listen on 127.0.0.1:" + strconv.FormatInt(port, 10) + ": address already in use"},
	} {
		listeners, err := listen(strings.Fields(c.bind), c.port)
		var got []string
		for _, l := range listeners {
			host, _, _ := net.SplitHostPort(l.Addr().String())
			got = append(got, host)
		}
		closeAll(listeners)
		text := strings.Join(got, " ")
		if err != nil {
			text = err.Error()
		}
		if text != c.want {
			t.Errorf("bind %s, port %d: %s, want %s", c.bind, c.port, text, c.want)
		}
	}
}

func TestAdvertised(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ args, want string }{
		{"", "127.0.0.1:6379 127.0.0.1:16379"},
		{"--port 7000", "127.0.0.1:7000 127.0.0.1:17000"},
		{"--port 7000 --peer-port 7001", "127.0.0.1:7000 127.0.0.1:7001"},
		{"--bind 10.0.0.1 127.0.0.1", "10.0.0.1:6379 10.0.0.1:16379"},
		{"--bind -::1", "[::1]:6379 [::1]:16379"},
		{"--bind * --cluster-announce-ip redis.example", "redis.example:6379 redis.example:16379"},
		{"--bind * --cluster-announce-ip 10.0.0.9 --cluster-announce-port 1 --cluster-announce-bus-port 2", "10.0.0.9:1 10.0.0.9:2"},
		{"--bind * --initial-cluster n1=h1:16379,n2=h2:16379", "h1:6379 h1:16379"},
		{"--bind * --node-name n2 --cluster-announce-ip h9 --initial-cluster n1=h1:16379,n2=h2:16379", "h9:6379 h2:16379"},
		{"--port 60000", "port 60000 leaves no room for a peer port 10000 above; give --peer-port"},
	} {
		opts := options.New()
		if err := opts.LoadArgs(strings.Fields(c.args)); err != nil {
			t.Fatal(err)
		}
		a, err := advertised(opts)
		got := a.client + " " + a.peer
		if err != nil {
			got = err.Error()
		}
		if got != c.want {
			t.Errorf("%s: %s, want %s", c.args, got, c.want)
		}
	}
}
