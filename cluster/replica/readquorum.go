package replica

import (
	"slices"

	"go.etcd.io/raft/v3"
	"go.etcd.io/raft/v3/raftpb"
	"go.etcd.io/raft/v3/tracker"
)

// readQuorum chooses the members that a round of reads asks whether this node
// still leads.
//
// Raft asks all members, with a heartbeat each. A quorum is enough: of three nodes,
// this one and one other. The question to the third is work for nothing on both
// sides. So the heartbeats of a round go to no more members than have to answer,
// and the others are held back. To raft a held heartbeat is lost or late on the
// way. A lost heartbeat may make a read late, never wrong.
//
// The choice is made in three steps:
//
//  1. At each tick raft sends heartbeats to all members, and repeats in them the
//     question of the moment. From then on each round asks all voters.
//  2. When enough voters have answered, each round asks the ones that were first.
//  3. The next tick begins again.
//
// So a member that falls silent costs its rounds one tick at most. The others confirm
// them at the heartbeats of the tick, and later rounds ask the others. If messages to a member are known to be lost before that, the held heartbeats go
// out at once.
type readQuorum struct {
	// voters are the voters but for this node. It is empty if they are not known or
	// there are two configurations at once. Then all members are asked.
	voters []uint64
	// need is the number of voters that make a quorum together with this node.
	need int
	// heard are the voters that have answered a heartbeat since the last tick, in
	// the order of their answers.
	heard []uint64
	// idle are the members that have nothing to write, as choose has found it.
	idle []uint64
	// asked are the members that the last round asks. Empty means all members.
	asked []uint64
	// held are the last round's heartbeats to the others.
	held []*raftpb.Message
}

// configure takes the configuration of a leader's raft.
func (q *readQuorum) configure(self uint64, c tracker.Config) {
	*q = readQuorum{}
	if len(c.Voters[1]) > 0 {
		return
	}
	all := c.Voters[0].Slice()
	q.voters, q.need = make([]uint64, 0, len(all)), len(all)/2+1
	for _, id := range all {
		if id == self {
			q.need--
		} else {
			q.voters = append(q.voters, id)
		}
	}
}

// choose chooses the members that a new round asks. A member with unconfirmed entries is
// about to write them to its disk, and answers behind that. So idle members come first. If there are not enough of them, all
// voters are asked and the quickest count.
func (q *readQuorum) choose(r *raft.RawNode) {
	q.idle, q.asked, q.held = q.idle[:0], q.asked[:0], q.held[:0]
	if len(q.heard) >= q.need {
		r.WithProgress(func(id uint64, _ raft.ProgressType, p tracker.Progress) {
			if p.State == tracker.StateReplicate && p.Match+1 == p.Next {
				q.idle = append(q.idle, id)
			}
		})
		for _, id := range q.heard {
			if len(q.asked) < q.need && slices.Contains(q.idle, id) {
				q.asked = append(q.asked, id)
			}
		}
	}
	if len(q.asked) < q.need {
		q.asked = append(q.asked[:0], q.voters...)
	}
}

// hold keeps a message back if it is a heartbeat of the round for a member that is
// not asked. It reports whether it has done so.
func (q *readQuorum) hold(m *raftpb.Message) bool {
	if m.GetType() != raftpb.MsgHeartbeat || len(q.asked) == 0 || slices.Contains(q.asked, m.GetTo()) {
		return false
	}
	q.held = append(q.held, m)
	return true
}

// release returns the held heartbeats. They are still true, because they are of
// this term.
func (q *readQuorum) release() []*raftpb.Message {
	held := q.held
	q.held = nil
	return held
}

// completedBy reports whether the question of another member confirms its own reads:
// whether the two make a quorum. It needs no round then, for these reasons:
//
//   - When the member asked, it had voted for no later leader. This node has not
//     done so up to now.
//   - Every quorum that could have elected a later leader needs one of the two. The
//     next change of the membership adds or removes one member, so this holds for
//     the next configuration as well.
//   - So there was no later leader when the reads came to the member. Every entry
//     that was committed then is committed here.
//
// The question says nothing of reads of other nodes, which may have come after it was
// sent.
func (q *readQuorum) completedBy(id uint64) bool {
	return q.need == 1 && slices.Contains(q.voters, id)
}

// noteAnswer takes note of an answer to a heartbeat of this term.
func (q *readQuorum) noteAnswer(id uint64) {
	if slices.Contains(q.voters, id) && !slices.Contains(q.heard, id) {
		q.heard = append(q.heard, id)
	}
}

// tick lets all voters be asked until enough have answered again.
func (q *readQuorum) tick() { q.heard = q.heard[:0] }
