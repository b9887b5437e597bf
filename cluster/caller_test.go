package cluster

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/msredis/msredis/cluster/replica"
	"github.com/msredis/msredis/cluster/transport"
	"github.com/msredis/msredis/cluster/transport/secure"
	"github.com/msredis/msredis/internal/testcluster/testcerts"
	"github.com/msredis/msredis/internal/tlsconf"
)

// certify gives each node of a lab a certificate of one CA, in its own name or in that of
// another node. It returns a way to a guard for any name.
func (l *lab) certify(names map[string]string) func(name string) *secure.Guard {
	l.t.Helper()
	ca := testcerts.New(l.t, l.t.TempDir(), "ca")
	guard := func(name string) *secure.Guard {
		cert, key := ca.Issue(l.t, name)
		s, err := tlsconf.New(tlsconf.Files{Cert: cert, Key: key, CAFile: ca.File})
		if err != nil {
			l.t.Fatal(err)
		}
		return secure.WithTLS(s, func() bool { return true })
	}
	tune := l.tune
	l.tune = func(o *Options) {
		if tune != nil {
			tune(o)
		}
		name := o.Name
		if other := names[name]; other != "" {
			name = other
		}
		o.Guard = guard(name)
	}
	return guard
}

const notIts = "mallory"

// TestFoundingChecksNames: a founder with somebody else's certificate is waited for.
func TestFoundingChecksNames(t *testing.T) {
	t.Parallel()
	l := newLab(t, "a", "b", "c")
	names := map[string]string{"b": "mallory"}
	l.certify(names)
	js := l.journals()
	a, b, c := l.open("a"), l.open("b"), l.open("c")
	l.await("a waits for b", func() error { return js["a"].has(notIts) })
	for name, p := range map[string]*opening{"a": a, "b": b, "c": c} {
		select {
		case <-p.done:
			t.Errorf("%s has opened: %v", name, p.err)
		default:
		}
	}
	b.crash()
	delete(names, "b")
	b = l.open("b")
	l.nodes["a"], l.nodes["b"], l.nodes["c"] = a.opened(t), b.opened(t), c.opened(t)
	l.want("a", "SET k 1", "+OK")
	l.want("b", "GET k", "$1 1")
}

// TestJoinChecksNames: neither the node that joins nor the one that lets it in has somebody
// else's certificate.
func TestJoinChecksNames(t *testing.T) {
	t.Parallel()
	for _, who := range []string{"a", "b"} {
		l := newLab(t, "a")
		l.reserve("b")
		names := map[string]string{who: "mallory"}
		l.certify(names)
		js := l.journals()
		l.start("a")
		l.want("a", "SET k 1", "+OK")
		n := &Node{options: l.options("b")}
		n.log = n.options.Log
		n.life, n.endLife = context.WithTimeout(t.Context(), 20*time.Second)
		joined := make(chan error, 1)
		go func() {
			_, err := n.join(func() ([]string, error) { return []string{l.addrs["a"]}, nil }, false)
			joined <- err
		}()
		l.await("it is refused", func() error { return js["b"].has(notIts) })
		n.endLife()
		if err := <-joined; err == nil {
			t.Errorf("%s has another's certificate, and b has joined", who)
		}
		if list := l.nodes["a"].meta().View().Members.List; who == "b" && len(list) != 1 {
			t.Errorf("members: %v", list)
		}
	}
}

// TestCallsOfOthers: a certificate of the CA that is no member's gets no answer to what
// members ask.
func TestCallsOfOthers(t *testing.T) {
	t.Parallel()
	l := newLab(t, "a", "b")
	guard := l.certify(nil)
	l.start("a", "b")
	a := l.nodes["a"]
	b, _ := a.meta().View().Members.ByID(l.nodes["b"].id)
	for _, c := range []struct {
		method string
		req    any
	}{
		{methodProbe, probeRequest{Name: "d"}},
		{methodProbe, probeRequest{}},
		{methodFound, proposal{}},
		{methodFound, proposal{Founders: []founderNode{{Name: "a"}}}},
		{methodJoin, joinRequest{Name: "d", PeerAddr: "127.0.0.1:1"}},
		{methodChange, replica.Change{Op: replica.Remove, Member: b}},
		{methodFailover, "b"},
		{methodMeet, meetRequest{Asked: "a"}},
		{methodCheck, check{}},
		{methodVerdict, verdict{}},
	} {
		if out, err := l.callAs(guard("mallory"), "a", c.method, c.req); err == nil {
			t.Errorf("%s %+v: %s", c.method, c.req, out)
		} else if !strings.Contains(err.Error(), "certificate") && !strings.Contains(err.Error(), "founds") {
			t.Errorf("%s: %v", c.method, err)
		}
	}
	if n := len(a.meta().View().Members.List); n != 2 {
		t.Errorf("%d members", n)
	}
	// The name is what counts, and not that somebody calls.
	if out, err := l.callAs(guard("b"), "a", methodProbe, probeRequest{Name: "b"}); err != nil {
		t.Errorf("%s %v", out, err)
	}
}

// callAs makes a request of a node's peer port.
func (l *lab) callAs(g *secure.Guard, node, method string, req any) ([]byte, error) {
	l.t.Helper()
	data, err := json.Marshal(req)
	if err != nil {
		l.t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(l.t.Context(), 5*time.Second)
	defer cancel()
	out, _, err := transport.Call(ctx, g, l.addrs[node], 0, method, data)
	return out, err
}

// TestStrangersCalls: who does not know the secret gets nothing done, whatever it asks: an
// empty node meets nobody, and no member is removed.
func TestStrangersCalls(t *testing.T) {
	t.Parallel()
	l := newLab(t, "a", "b")
	l.start("a", "b")
	l.reserve("empty")
	l.nodes["empty"] = l.open("empty", func(o *Options) { o.Initial = nil }).opened(t)
	members := func(node string) (names string) { // their addresses may still be on the way
		for _, m := range l.nodes[node].meta().View().Members.List {
			names += fmt.Sprintf("%d %s, ", m.ID, m.Name)
		}
		return names
	}
	before := members("a") + members("empty")
	b, _ := l.nodes["a"].meta().View().Members.ByID(l.nodes["b"].id)
	for name, guard := range map[string]*secure.Guard{"none": nil, "another": secure.WithSecrets([][]byte{[]byte("another secret than theirs")})} {
		for node, calls := range map[string]map[string]any{
			"a": {methodProbe: probeRequest{Name: "c"}, methodJoin: joinRequest{Name: "c", PeerAddr: "127.0.0.1:1"},
				methodChange: replica.Change{Op: replica.Remove, Member: b}, methodFailover: "b"},
			"empty": {methodMeet: meetRequest{Cluster: 7, Names: []string{"x"}, Peers: []string{"127.0.0.1:1"}, Agreed: l.nodes["empty"].agreed, Asked: "x"}},
		} {
			for method, req := range calls {
				if out, err := l.callAs(guard, node, method, req); err == nil {
					t.Errorf("%s, secret %s: %s", method, name, out)
				}
			}
		}
	}
	if now := members("a") + members("empty"); now != before {
		t.Errorf("members were\n%s and are\n%s", before, now)
	}
	l.want("empty", "SET k 1", "+OK")
}
