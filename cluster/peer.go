package cluster

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"time"

	"github.com/msredis/msredis/cluster/replica"
	"github.com/msredis/msredis/cluster/shelf"
	"github.com/msredis/msredis/internal/failpoint"
	"go.etcd.io/raft/v3/raftpb"
	"google.golang.org/protobuf/proto"
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
			g.transport.Send(ms)
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
	g.transport.Send(rest)
}

// sendSnapshot streams what is on the shelf, which may be newer than what raft
// asked for; the message is made to say so.
func (g *Group) sendSnapshot(m *raftpb.Message) {
	to := m.GetTo()
	done := func(err error) {
		if err != nil {
			g.log.Warn("sending a snapshot failed", "to", to, "err", err)
		} else {
			g.log.Info("sent a snapshot", "to", to)
		}
		g.post(event{run: func(r *replica.Replica) { r.SnapshotSent(to, err == nil) }})
	}
	if !g.save.shelf.TryRLock() {
		go done(errors.New("the shelf is being replaced"))
		return
	}
	body, meta, err := g.shelf.Reader()
	if err == nil && !knows(meta.Conf, to) {
		// Raft refuses a snapshot in which the receiver is no member. It asks
		// again; by then there is a newer one.
		err = errors.Join(errors.New("the receiver joined after the newest snapshot; writing another"), body.Close())
		go func() { _ = g.Save() }()
	}
	if err != nil {
		g.save.shelf.RUnlock()
		go done(err)
		return
	}
	m = proto.Clone(m).(*raftpb.Message)
	m.Snapshot = snapshotOf(meta)
	g.log.Info("sending a snapshot", "to", to, "index", meta.Index)
	g.transport.SendSnapshot(m, body, func(err error) {
		g.save.shelf.RUnlock()
		done(err)
	})
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
		// Whoever polls may be the one who would step the core next.
		if g.work(nil, visits); len(g.in.messages) >= maxMessages && g.stopped == nil {
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
		g.work(nil, visits)
	} else {
		g.work(nil, helps)
	}
}

// Unreachable hears that messages to a member are lost; see transport.Handler.
func (g *Group) Unreachable(id uint64) {
	go g.post(event{run: func(r *replica.Replica) { r.Unreachable(id) }})
}

// Snapshot takes a snapshot that a leader sends; see transport.Handler. It
// returns when the snapshot was installed or raft had no use for it. One is
// taken at a time.
func (g *Group) Snapshot(from uint64, m *raftpb.Message, body io.Reader) error {
	g.receiving.Lock()
	defer g.receiving.Unlock()
	want := m.GetSnapshot().GetMetadata().GetIndex()
	g.log.Info("receiving a snapshot", "from", from, "index", want)
	meta, err := shelf.Receive(filepath.Join(g.config.Dir, shelfDir), body, g.log)
	if err != nil {
		g.failOnDisk(err)
		return err
	}
	if head := m.GetSnapshot().GetMetadata(); meta.Index != want || meta.Term != head.GetTerm() {
		return fmt.Errorf("snapshot at index %d of term %d came with a message for index %d of term %d", meta.Index, meta.Term, want, head.GetTerm())
	}
	m.Snapshot = snapshotOf(meta) // the members are those in it, too
	failpoint.Hit(failpoint.SnapshotReceived)
	taken := make(chan struct{})
	g.post(event{
		run: func(r *replica.Replica) { r.Step(m, g.now()) },
		after: func(out *replica.Output) {
			for _, job := range out.Append {
				g.installing = g.installing || job.GetSnapshot() != nil
			}
			close(taken)
		},
	})
	select {
	case <-taken:
	case <-g.stop:
		return errClosed
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	for g.installing && g.stopped == nil {
		g.room.Wait()
	}
	return nil
}

// doubts bounds the log lines about messages that cannot be.
type doubts struct {
	last  string
	since time.Time
}

// doubtPause is how long the same line is not repeated. There is one a second at most.
const doubtPause = time.Minute

// dropped hears of a message of another member that the replica does not take; see
// replica.Config. Core role.
func (g *Group) dropped(m *raftpb.Message, why string) {
	d := &g.doubts
	if age := time.Since(d.since); age < time.Second || d.last == why && age < doubtPause {
		return
	}
	d.last, d.since = why, time.Now()
	g.log.Warn("dropped a message of another node", "cause", why, "from", fmt.Sprintf("%x", m.GetFrom()),
		"type", m.GetType(), "term", m.GetTerm(), "index", m.GetIndex())
}
