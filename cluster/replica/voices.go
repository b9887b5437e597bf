package replica

import (
	"slices"

	"go.etcd.io/raft/v3"
	"go.etcd.io/raft/v3/raftpb"
	"go.etcd.io/raft/v3/tracker"
)

// voices are the members that a round of reads asks whether this node still
// leads.
//
// Raft asks all of them, with a heartbeat each, although a majority is enough: of
// three nodes, this one and one other. What the third is asked is work for
// nothing, here and there. So the heartbeats of a round go to no more members than
// have to answer, and the rest is held back. To raft that is a loss or a delay on
// the way, which may make a read late and never wrong.
//
// The heartbeats of the clock go to everybody, and raft repeats in them what is
// asked at the moment. They settle who is asked: from each of them on all voters,
// until enough have answered, and then those that were first. So if one that
// is asked falls silent, its rounds are confirmed by the others at the next
// heartbeat of the clock, and the rounds from then on ask these. If it is known
// before that messages to it are lost, its rounds ask all others then.
type voices struct {
	// voters are the voters but for this node; none if they are not known or there
	// are two configurations at once. Then all members are asked.
	voters []uint64
	// need is how many of voters make a majority together with this node.
	need int
	// heard are those of voters that have answered a heartbeat since the last tick,
	// in the order in which they did.
	heard []uint64
	// idle are the members that have nothing to write, as choose has found it.
	idle []uint64
	// asked are whom the last round asks; none: all members.
	asked []uint64
	// held are the last round's heartbeats to the others.
	held []*raftpb.Message
}

// configure takes the configuration of a leader's raft.
func (v *voices) configure(self uint64, c tracker.Config) {
	*v = voices{}
	if len(c.Voters[1]) > 0 {
		return
	}
	all := c.Voters[0].Slice()
	v.voters, v.need = make([]uint64, 0, len(all)), len(all)/2+1
	for _, id := range all {
		if id == self {
			v.need--
		} else {
			v.voters = append(v.voters, id)
		}
	}
}

// choose settles whom the round asks that has just begun. A member that has not
// confirmed what it was sent of the log is about to write that to its disk, and
// answers behind it. If there are not enough others, the quickest of all is
// what counts.
func (v *voices) choose(r *raft.RawNode) {
	v.idle, v.asked, v.held = v.idle[:0], v.asked[:0], v.held[:0]
	if len(v.heard) >= v.need {
		r.WithProgress(func(id uint64, _ raft.ProgressType, p tracker.Progress) {
			if p.State == tracker.StateReplicate && p.Match+1 == p.Next {
				v.idle = append(v.idle, id)
			}
		})
		for _, id := range v.heard {
			if len(v.asked) < v.need && slices.Contains(v.idle, id) {
				v.asked = append(v.asked, id)
			}
		}
	}
	if len(v.asked) < v.need {
		v.asked = append(v.asked[:0], v.voters...)
	}
}

// hold reports whether a message does not go out because it is a heartbeat of
// that round for somebody who is not asked.
func (v *voices) hold(m *raftpb.Message) bool {
	if m.GetType() != raftpb.MsgHeartbeat || len(v.asked) == 0 || slices.Contains(v.asked, m.GetTo()) {
		return false
	}
	v.held = append(v.held, m)
	return true
}

// release returns what was held back. Heartbeats that late are still true: they
// are of this term.
func (v *voices) release() []*raftpb.Message {
	held := v.held
	v.held = nil
	return held
}

// vouches reports whether the word of another member that it knows no later term
// than this leader's is enough for what it wants to read: if the two are a
// majority. When it asked, it had voted for no later leader, and this node has not
// done so up to now; every majority that could have elected one needs either, also
// with the next change of the membership, as that adds or removes one member. So
// there was none when the reads came to it, and what was committed then is
// committed here. It says nothing of the reads of anybody else, who may have come
// after it was sent.
func (v *voices) vouches(id uint64) bool { return v.need == 1 && slices.Contains(v.voters, id) }

// answered takes note of an answer to a heartbeat of this term.
func (v *voices) answered(id uint64) {
	if slices.Contains(v.voters, id) && !slices.Contains(v.heard, id) {
		v.heard = append(v.heard, id)
	}
}

// tick lets all voters be asked until enough have answered again.
func (v *voices) tick() { v.heard = v.heard[:0] }
