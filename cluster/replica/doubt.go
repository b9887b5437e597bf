package replica

import (
	"math"

	"github.com/msredis/msredis/internal/mutant"
	"go.etcd.io/raft/v3/raftpb"
)

// Raft believes what its members say, and what cannot be it answers with a panic:
// an acknowledgement of entries that were never made, a commit index behind the end
// of the log. A term it takes over, whatever it is, and writes it down before it looks
// any further. So one broken message could end every member of a group, again at
// each start. Hence the questions below, before raft sees a message. What fails
// them is dropped, which to raft is a loss on the way.

const (
	// maxTermAhead is by how much the term of a message may be ahead of this node's:
	// more elections than there are while a member is away. At one every second it
	// is half a year of nothing else.
	maxTermAhead = 1 << 24
	// maxTerm and maxIndex leave room for what raft adds to them.
	maxTerm  = 1 << 62
	maxIndex = 1 << 62
	// maxContext bounds what a message carries beside its entries: a question of a
	// reader, a report of the clock.
	maxContext = 64
)

// Why a message is dropped; see Config.Dropped.
const (
	doubtReceiver  = "it is not for this member"
	doubtSender    = "its sender is no member"
	doubtKind      = "members do not send messages of this type"
	doubtTerm      = "its term cannot be"
	doubtIndex     = "its index cannot be"
	doubtCommit    = "it says that more is committed than this node has of the log"
	doubtLeader    = "another member leads in its term"
	doubtAsk       = "nobody has asked it"
	doubtEntries   = "its entries do not follow each other"
	doubtEntry     = "an entry in it is malformed"
	doubtNewer     = "an entry in it is of a newer version of msredis: this node waits until it is upgraded"
	doubtOlder     = "an entry in it is of an older version of msredis, which this one cannot read"
	doubtContext   = "it is too long"
	doubtResponses = "it has answers that only a node's own storage gives"
)

// Step takes a message of another member. m belongs to the replica then. That its
// From is whom it came from is the driver's business.
func (r *Replica) Step(m *raftpb.Message, now int64) {
	r.now = now
	if why := r.doubt(m); why != "" && !mutant.On(mutant.Unchecked) {
		r.drop(m, why)
		return
	}
	switch m.GetType() {
	case raftpb.MsgProp:
		r.takeForwarded(m)
	case raftpb.MsgReadIndex:
		r.reads.ask(m)
	case raftpb.MsgReadIndexResp:
		r.reads.answered(r, m)
	case raftpb.MsgAppResp:
		if r.Leads() && m.GetTerm() == r.term {
			r.clock.heard(m)
		}
		_ = r.raft.Step(m)
	case raftpb.MsgHeartbeatResp:
		if r.Leads() && m.GetTerm() == r.term {
			r.voices.answered(m.GetFrom())
		}
		_ = r.raft.Step(m)
	default:
		// Errors of Step concern single messages (stale, from strangers).
		_ = r.raft.Step(m)
	}
}

// drop tells of a message that is not taken, or not all of it.
func (r *Replica) drop(m *raftpb.Message, why string) {
	if r.config.Dropped != nil {
		r.config.Dropped(m, why)
	}
}

// doubt tells why a message cannot be what a member sends to this one; "" if it can.
func (r *Replica) doubt(m *raftpb.Message) string {
	from, term, index := m.GetFrom(), m.GetTerm(), m.GetIndex()
	switch {
	case m.GetTo() != r.config.ID:
		return doubtReceiver
	case from == 0 || from == r.config.ID || from > math.MaxInt64 || r.members.Removed(from):
		return doubtSender
	case term > maxTerm || term > r.term+maxTermAhead || m.GetLogTerm() > maxTerm:
		return doubtTerm
	case index > maxIndex || m.GetRejectHint() > maxIndex || m.GetCommit() > maxIndex:
		return doubtIndex
	case len(m.GetContext()) > maxContext:
		return doubtContext
	case len(m.GetResponses()) > 0:
		return doubtResponses
	}
	switch m.GetType() {
	case raftpb.MsgProp, raftpb.MsgReadIndex:
		return ""
	case raftpb.MsgReadIndexResp:
		if from != r.leader {
			return doubtAsk
		}
		return ""
	}
	if term == 0 { // raft takes it for its own
		return doubtTerm
	}
	switch m.GetType() {
	case raftpb.MsgApp:
		if r.otherLeads(m) {
			return doubtLeader
		}
		return doubtEntriesOf(m)
	case raftpb.MsgHeartbeat:
		switch {
		case r.otherLeads(m):
			return doubtLeader
		case m.GetCommit() > r.last:
			return doubtCommit
		}
	case raftpb.MsgSnap:
		at := m.GetSnapshot().GetMetadata()
		switch {
		case r.otherLeads(m):
			return doubtLeader
		case at.GetIndex() == 0 || at.GetIndex() > maxIndex:
			return doubtIndex
		case at.GetTerm() == 0 || at.GetTerm() > term:
			return doubtTerm
		}
	case raftpb.MsgAppResp:
		if r.Leads() && term == r.term && index > r.last {
			return doubtIndex
		}
	case raftpb.MsgVote, raftpb.MsgPreVote:
		if m.GetLogTerm() >= term {
			return doubtTerm
		}
	case raftpb.MsgHeartbeatResp, raftpb.MsgVoteResp, raftpb.MsgPreVoteResp, raftpb.MsgTimeoutNow:
	default:
		return doubtKind
	}
	return ""
}

// otherLeads reports whether what only a leader sends comes from another member than the one
// that leads in that term.
func (r *Replica) otherLeads(m *raftpb.Message) bool {
	return m.GetTerm() == r.term && r.leader != 0 && r.leader != m.GetFrom()
}

// doubtEntriesOf looks at what is to be appended to the log. What this node could never apply
// it does not take: then no majority has it that could not go on.
func doubtEntriesOf(m *raftpb.Message) string {
	term := m.GetLogTerm()
	if term > m.GetTerm() {
		return doubtTerm
	}
	for i, e := range m.GetEntries() {
		if e.GetIndex() != m.GetIndex()+1+uint64(i) || e.GetTerm() < term || e.GetTerm() > m.GetTerm() {
			return doubtEntries
		}
		term = e.GetTerm()
		data := e.GetData()
		switch t := e.GetType(); {
		case t == raftpb.EntryConfChangeV2:
		case t != raftpb.EntryNormal:
			return doubtEntry
		case len(data) == 0 || data[0] == entryVersion && len(data) >= entryHeaderSize:
		case data[0] > entryVersion:
			return doubtNewer
		case data[0] < entryVersion:
			return doubtOlder
		default:
			return doubtEntry
		}
	}
	return ""
}
