package cluster

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/msredis/msredis/cluster/replica"
	"github.com/msredis/msredis/cluster/transport"
)

// TestLastMember: who asks for the last member to be removed, a client or another node, is
// told no, and the node goes on.
func TestLastMember(t *testing.T) {
	t.Parallel()
	l := newLab(t, "n1")
	l.start("n1")
	l.want("n1", "SET x 1", "+OK")
	n := l.nodes["n1"]
	if err := n.Forget("n1"); err == nil || !strings.Contains(err.Error(), "last voter") {
		t.Errorf("CLUSTER FORGET: %v", err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	self, _ := n.meta().View().Members.ByID(n.id)
	req, err := json.Marshal(replica.Change{Op: replica.Remove, Member: self})
	if err != nil {
		t.Fatal(err)
	}
	out, _, err := transport.Call(ctx, n.options.Guard, n.options.PeerAddr, n.cluster, methodChange, req)
	if err != nil || !strings.Contains(string(out), "last voter") {
		t.Errorf("a call: %s, %v", out, err)
	}
	l.want("n1", "GET x", "$1 1")
}

// anyone has shown whatever certificate is asked for.
type anyone struct{}

func (anyone) Named(string) error { return nil }

// FuzzCall sends any request to a node that is starting: each gets an answer or an error.
func FuzzCall(f *testing.F) {
	n := &Node{options: Options{Name: "n1", Dir: f.TempDir()}, running: make(chan struct{})}
	for _, method := range []string{methodProbe, methodFound, methodJoin, methodChange, methodFailover, methodMeet} {
		for _, req := range []string{"", "{}", "[]", "null", `"n1"`, `{"op":"remove","member":{"id":1}}`, `{"name":"n2","peer":"x","nonce":18446744073709551615}`} {
			f.Add(method, []byte(req))
		}
	}
	f.Fuzz(func(t *testing.T, method string, req []byte) {
		out, err := n.Call(anyone{}, method, req)
		if err == nil && !json.Valid(out) {
			t.Errorf("%s %q: %q", method, req, out)
		}
	})
}
