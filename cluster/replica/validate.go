package replica

import (
	"math"

	"github.com/msredis/msredis/internal/mutant"
	"go.etcd.io/raft/v3/raftpb"
)

// Raft believes its members. It answers some impossible messages with a panic: an
// acknowledgement of entries that were never made, a commit index behind the end of the
// log. It takes any term over, and writes it down before it looks any further. So one
// broken message could end every member of a group, again at each start.
//
// Hence each message is checked before raft sees it. An impossible one is dropped, which
// to raft is a loss on the way.

const (
	// maxTermAhead is the distance by which the term of a message may be ahead of this
	// node's. It is more than the elections while a member is away: at one every second
	// it is half a year of nothing else.
	maxTermAhead = 1 << 24
	// maxTerm and maxIndex leave raft room to add to them.
	maxTerm  = 1 << 62
	maxIndex = 1 << 62
	// maxContext bounds the bytes of a message's context: the question of a read, the
	// report of a clock.
	maxContext = 64
)

// The reasons for which a message is dropped; see Config.Dropped.
const (
	invalidReceiver  = "it is not for this member"
	invalidSender    = "its sender is no member"
	invalidKind      = "members do not send messages of this type"
	invalidTerm      = "its term cannot be"
	invalidIndex     = "its index cannot be"
	invalidCommit    = "it says that more is committed than this node has of the log"
	invalidLeader    = "another member leads in its term"
	invalidAsk       = "nobody has asked it"
	invalidEntries   = "its entries do not follow each other"
	invalidEntry     = "an entry in it is malformed"
	invalidNewer     = "an entry in it is of a newer version of msredis: this node waits until it is upgraded"
	invalidOlder     = "an entry in it is of an older version of msredis, which this one cannot read"
	invalidContext   = "it is too long"
	invalidResponses = "it has answers that only a node's own storage gives"
)

// Step takes a message of another member. m belongs to the replica then. The driver has
// seen to it that its From is the member that it came from.
func (r *Replica) Step(m *raftpb.Message, now int64) {
	r.now = now
	if why := r.invalid(m); why != "" && !mutant.On(mutant.Unchecked) {
		r.drop(m, why)
		return
	}
	switch m.GetType() {
	case raftpb.MsgProp:
		r.takeForwarded(m)
	case raftpb.MsgReadIndex:
		r.reads.addQuestion(m)
	case raftpb.MsgReadIndexResp:
		r.reads.takeAnswer(r, m)
	case raftpb.MsgAppResp:
		if r.Leads() && m.GetTerm() == r.term {
			r.clock.heard(m)
		}
		_ = r.raft.Step(m)
	case raftpb.MsgHeartbeatResp:
		if r.Leads() && m.GetTerm() == r.term {
			r.quorum.noteAnswer(m.GetFrom())
		}
		_ = r.raft.Step(m)
	default:
		// Errors of Step concern single messages (stale, from strangers).
		_ = r.raft.Step(m)
	}
}

// drop reports a message that is not taken, or not all of it.
func (r *Replica) drop(m *raftpb.Message, why string) {
	if r.config.Dropped != nil {
		r.config.Dropped(m, why)
	}
}

// invalid returns the reason for which a message cannot come from a member to this node,
// "" if it can.
func (r *Replica) invalid(m *raftpb.Message) string {
	from, term, index := m.GetFrom(), m.GetTerm(), m.GetIndex()
	switch {
	case m.GetTo() != r.config.ID:
		return invalidReceiver
	case from == 0 || from == r.config.ID || from > math.MaxInt64 || r.members.Removed(from):
		return invalidSender
	case term > maxTerm || term > r.term+maxTermAhead || m.GetLogTerm() > maxTerm:
		return invalidTerm
	case index > maxIndex || m.GetRejectHint() > maxIndex || m.GetCommit() > maxIndex:
		return invalidIndex
	case len(m.GetContext()) > maxContext:
		return invalidContext
	case len(m.GetResponses()) > 0:
		return invalidResponses
	}
	switch m.GetType() {
	case raftpb.MsgProp, raftpb.MsgReadIndex:
		return ""
	case raftpb.MsgReadIndexResp:
		if from != r.leader {
			return invalidAsk
		}
		return ""
	}
	if term == 0 { // raft takes it for its own
		return invalidTerm
	}
	switch m.GetType() {
	case raftpb.MsgApp:
		if r.otherLeads(m) {
			return invalidLeader
		}
		return invalidEntriesOf(m)
	case raftpb.MsgHeartbeat:
		switch {
		case r.otherLeads(m):
			return invalidLeader
		case m.GetCommit() > r.last:
			return invalidCommit
		}
	case raftpb.MsgSnap:
		at := m.GetSnapshot().GetMetadata()
		switch {
		case r.otherLeads(m):
			return invalidLeader
		case at.GetIndex() == 0 || at.GetIndex() > maxIndex:
			return invalidIndex
		case at.GetTerm() == 0 || at.GetTerm() > term:
			return invalidTerm
		}
	case raftpb.MsgAppResp:
		if r.Leads() && term == r.term && index > r.last {
			return invalidIndex
		}
	case raftpb.MsgVote, raftpb.MsgPreVote:
		if m.GetLogTerm() >= term {
			return invalidTerm
		}
	case raftpb.MsgHeartbeatResp, raftpb.MsgVoteResp, raftpb.MsgPreVoteResp, raftpb.MsgTimeoutNow:
	default:
		return invalidKind
	}
	return ""
}

// otherLeads reports whether a leader's message comes from another member than the leader
// of that term.
func (r *Replica) otherLeads(m *raftpb.Message) bool {
	return m.GetTerm() == r.term && r.leader != 0 && r.leader != m.GetFrom()
}

// invalidEntriesOf checks the entries that are to be appended to the log. This node does not
// take an entry that it could never apply. So no quorum can have an entry with which it
// could not go on.
func invalidEntriesOf(m *raftpb.Message) string {
	term := m.GetLogTerm()
	if term > m.GetTerm() {
		return invalidTerm
	}
	for i, e := range m.GetEntries() {
		if e.GetIndex() != m.GetIndex()+1+uint64(i) || e.GetTerm() < term || e.GetTerm() > m.GetTerm() {
			return invalidEntries
		}
		term = e.GetTerm()
		data := e.GetData()
		switch t := e.GetType(); {
		case t == raftpb.EntryConfChangeV2:
		case t != raftpb.EntryNormal:
			return invalidEntry
		case len(data) == 0 || data[0] == entryVersion && len(data) >= entryHeaderSize:
		case data[0] > entryVersion:
			return invalidNewer
		case data[0] < entryVersion:
			return invalidOlder
		default:
			return invalidEntry
		}
	}
	return ""
}
