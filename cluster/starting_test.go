package cluster

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/msredis/msredis/cluster/replica"
	"github.com/msredis/msredis/cluster/transport"
)

// TestCallsWhileStarting: a node that waits for the other founders, or reads its
// log, is asked for what it can only do later.
func TestCallsWhileStarting(t *testing.T) {
	t.Parallel()
	l := newLab(t, "a", "b") // b never comes
	ctx, cancel := context.WithCancel(t.Context())
	opened := make(chan error, 1)
	o := l.options("a")
	go func() {
		_, err := Open(ctx, o)
		opened <- err
	}()
	l.await("it listens", func() error { return answers(o.PeerAddr) })
	for method, req := range map[string]any{
		methodChange:   replica.Change{Op: replica.Remove, Member: replica.Member{ID: 2}},
		methodFailover: "a",
	} {
		data, err := json.Marshal(req)
		if err != nil {
			t.Fatal(err)
		}
		call, done := context.WithTimeout(t.Context(), 5*time.Second)
		out, _, err := transport.Call(call, o.Guard, o.PeerAddr, 0, method, data)
		done()
		if err != nil {
			t.Fatalf("%s: %v", method, err)
		}
		var answer callResult
		if err := json.Unmarshal(out, &answer); err != nil || answer.Error != errStarting.Error() {
			t.Errorf("%s is answered with %s %v", method, out, err)
		}
	}
	cancel()
	if err := <-opened; err == nil {
		t.Error("a founded a cluster of two by itself")
	}
}
