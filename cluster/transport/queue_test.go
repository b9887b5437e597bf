package transport

import (
	"testing"

	"go.etcd.io/raft/v3/raftpb"
)

// TestQueueBehindLarge: while a message over the bound is being written, the
// heartbeats wait behind it; they are not dropped, and nor is the next large
// message because of one that waits.
func TestQueueBehindLarge(t *testing.T) {
	t.Parallel()
	const bound = 1 << 20
	p := &peer{t: &Transport{options: Options{MaxFrame: 16 << 20, QueueBytes: bound}}}
	large := msg(1, 2, 1, make([]byte, 4*bound))
	p.encode(0, large)
	p.rest = p.next()
	for i := range uint64(100) {
		p.encode(0, &raftpb.Message{Type: raftpb.MsgHeartbeat.Enum(), From: new(uint64(1)), To: new(uint64(2)), Term: new(i)})
	}
	p.encode(0, large)
	if n := p.dropped.Load(); n > 0 || p.lost {
		t.Errorf("%d messages were dropped", n)
	}
	p.encode(0, large)
	if n := p.dropped.Load(); n != 1 {
		t.Errorf("%d messages were dropped, want the one that came when the queue was full", n)
	}
}
