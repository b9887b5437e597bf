package compat

import (
	"errors"
	"net"
	"slices"
	"strings"
	"testing"

	"github.com/msredis/msredis/internal/testcluster"
	"github.com/msredis/msredis/internal/testcluster/wire"
)

// TestDefaultUserWithoutRights: the default user is off and may do nothing. Another one may
// do everything, also where a node makes calls for a client: nothing is denied.
func TestDefaultUserWithoutRights(t *testing.T) {
	t.Parallel()
	v := newVictim(t)
	target := testcluster.StartRedis(t)
	host, port, err := net.SplitHostPort(target.Addr)
	if err != nil {
		t.Fatal(err)
	}
	root := v.user("root", "+@all", "~*", "&*")
	v.owner = root
	v.do("ACL", "SETUSER", "default", "reset")
	stranger, err := wire.Dial(v.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer stranger.Close()
	if r := v.try(stranger, [][]string{{"GET", "u"}, {"AUTH", "default", "x"}}); r[0].Code() != "NOAUTH" || r[1].Code() != "WRONGPASS" {
		t.Fatalf("the default user: %s, %s", shorten(r[0]), shorten(r[1]))
	}
	refused := func(line []string, text string) {
		t.Helper()
		for _, word := range []string{"NOPERM", "NOAUTH", "ACL failure", "CLUSTERDOWN"} {
			if strings.Contains(text, word) {
				t.Errorf("%q: %.200s", line, text)
			}
		}
	}
	var lines [][]string
	v.keyLines(func(_ string, line []string, _ []int) { lines = append(lines, line) })
	for batch := range slices.Chunk(lines, 100) {
		for i, r := range v.try(root, batch) {
			if r.IsError() {
				refused(batch[i], r.Text)
			}
		}
	}
	v.fill()
	run := func(lines ...[]string) {
		t.Helper()
		for i, r := range v.try(root, lines) {
			if r.IsError() {
				t.Errorf("%q: %s", lines[i], shorten(r))
			}
			refused(lines[i], Format(r))
		}
	}
	run([][]string{
		{"CONFIG", "SET", "maxmemory-policy", "allkeys-lru"}, {"CONFIG", "SET", "hash-max-listpack-entries", "100"}, {"CONFIG", "RESETSTAT"},
		{"SCRIPT", "LOAD", "return 1"}, {"FUNCTION", "LOAD", "#!lua name=f\nredis.register_function('f', function() return redis.call('GET', 'u') end)"},
		{"FCALL", "f", "0"}, {"EVAL", "return redis.call('SET', 'n', redis.call('GET', 'u'))", "0"}, {"EVAL_RO", "return redis.call('GET', 'u')", "0"},
		{"MULTI"}, {"PUBLISH", "c", "x"}, {"SET", "n", "1"}, {"CONFIG", "GET", "maxmemory"}, {"EXEC"},
		{"MIGRATE", host, port, "u", "0", "5000", "COPY"}, {"MIGRATE", host, port, "", "0", "5000", "KEYS", "s", "l", "t"},
		{"DEBUG", "POPULATE", "3", "p"},
		{"MEMORY", "USAGE", "u"}, {"DEBUG", "DIGEST"}, {"DEBUG", "RELOAD"}, {"BGSAVE"},
		{"SET", "gone", "1", "PX", "1"}, {"LEASE", "GRANT", "1", "77"}, {"SET", "leased", "1", "LEASE", "77"},
	}...)
	testcluster.Eventually(t, testcluster.ReadyTimeout, "keys expire", func() error {
		if n := v.do("EXISTS", "gone", "leased").Text; n != "0" {
			return errors.New(n + " of them are there")
		}
		return nil
	})
	// The last ID of a stream, from which on a client waits, is read by the node.
	waiting := v.user("reader", "+xread", "~x")
	if err := waiting.Send(wire.AppendCommand(nil, "XREAD", "BLOCK", "0", "STREAMS", "x", "$")); err != nil {
		t.Fatal(err)
	}
	testcluster.Eventually(t, testcluster.ReadyTimeout, "the client waits", func() error {
		if !strings.Contains(v.do("INFO", "clients").Text, "blocked_clients:1") {
			return errors.New("it does not")
		}
		return nil
	})
	v.do("XADD", "x", "99-1", "f", "v")
	if r, err := waiting.Recv(); err != nil || !strings.Contains(Format(r), "99-1") || strings.Contains(Format(r), "5-1") {
		t.Errorf("the client that waited gets %s, %v", shorten(r), err)
	}
	run([][]string{{"FLUSHDB"}, {"SWAPDB", "0", "1"}, {"FLUSHALL"}, {"FUNCTION", "FLUSH"}, {"DBSIZE"}}...)
}
