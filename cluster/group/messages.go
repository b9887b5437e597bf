package group

import (
	"fmt"
	"slices"
	"time"

	"github.com/msredis/msredis/cluster/replica"
	"github.com/msredis/msredis/internal/failpoint"
	"go.etcd.io/raft/v3/raftpb"
)

// send gives messages to the transport; a snapshot goes its own way. Core role.
func (g *Group) send(ms []*raftpb.Message) {
	plain := true
	for _, m := range ms {
		plain = plain && m.GetType() != raftpb.MsgSnap
	}
	if plain {
		if len(ms) > 0 {
			hitEntries(failpoint.Send, ms)
			g.network.Send(ms)
			hitEntries(failpoint.Sent, ms)
		}
		return
	}
	rest := make([]*raftpb.Message, 0, len(ms))
	for _, m := range ms {
		if m.GetType() == raftpb.MsgSnap {
			g.sendSnapshot(m)
		} else {
			rest = append(rest, m)
		}
	}
	g.network.Send(rest)
}

// hitEntries passes a failpoint that is about messages with entries.
func hitEntries(p failpoint.Point, ms []*raftpb.Message) {
	if failpoint.Enabled && slices.ContainsFunc(ms, func(m *raftpb.Message) bool { return len(m.GetEntries()) > 0 }) {
		failpoint.Hit(p)
	}
}

func knows(conf *raftpb.ConfState, id uint64) bool {
	return slices.Contains(conf.GetVoters(), id) || slices.Contains(conf.GetLearners(), id)
}

// Messages queues messages of the other members; see transport.Handler.
func (g *Group) Messages(ms []*raftpb.Message) {
	hitEntries(failpoint.Receive, ms)
	g.mu.Lock()
	defer g.mu.Unlock()
	for g.stopped == nil && len(g.in.messages) >= maxMessages {
		// The goroutine that polls may be the one that would step the core next.
		if g.work(&visitor, nil); len(g.in.messages) >= maxMessages && g.stopped == nil {
			g.room.Wait()
		}
	}
	g.in.messages = append(g.in.messages, ms...)
}

// Received works on what Messages has queued; see transport.Handler.
func (g *Group) Received() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.leads {
		g.work(&visitor, nil)
	} else {
		g.work(&helper, nil)
	}
}

// Unreachable hears that messages to a member are lost; see transport.Handler.
func (g *Group) Unreachable(id uint64) {
	go g.post(event{run: func(r *replica.Replica) { r.Unreachable(id) }})
}

// dropped bounds the log lines about messages that cannot be.
type dropped struct {
	last  string
	since time.Time
}

// dropPause is how long the same line is not repeated. There is one a second at most.
const dropPause = time.Minute

// noteDropped hears of a message of another member that the replica does not take; see
// replica.Config. Core role.
func (g *Group) noteDropped(m *raftpb.Message, why string) {
	d := &g.dropped
	if age := time.Since(d.since); age < time.Second || d.last == why && age < dropPause {
		return
	}
	d.last, d.since = why, time.Now()
	g.log.Warn("dropped a message of another node", "cause", why, "from", fmt.Sprintf("%x", m.GetFrom()),
		"type", m.GetType(), "term", m.GetTerm(), "index", m.GetIndex())
}
