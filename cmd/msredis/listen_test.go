package main

import (
	"strings"
	"testing"

	"github.com/msredis/msredis/internal/options"
)

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
		{"--port 0 --tls-port 7000", "127.0.0.1:7000 127.0.0.1:17000"},
		{"--port 7001 --tls-port 7000", "127.0.0.1:7001 127.0.0.1:17001"},
		{"--port 0", "Configured to not listen anywhere, exiting."},
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
