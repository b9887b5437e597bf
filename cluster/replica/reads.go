package replica

import (
	"encoding/binary"
	"slices"

	"github.com/msredis/msredis/internal/mutant"
	"go.etcd.io/raft/v3"
	"go.etcd.io/raft/v3/raftpb"
)

// ConfirmedReads are reads of this node that a leader has confirmed. They may run once the
// node has applied Index. Raft's library calls it a ReadState.
type ConfirmedReads struct {
	Index uint64
	Time  int64 // log time at the leader when it confirmed them, Unix ms
	Reads []any // as given to Read
}

// reads confirms reads by ReadIndex (Raft thesis, 6.4). A leader starts a round of
// heartbeats to make sure that it still leads. The round confirms all reads that wait
// when it starts.
//
// A follower sends its leader one question for all of its reads. The leader's next round
// confirms the reads of all followers. Some questions need no round, because the asker and
// the leader are a quorum. readquorum.go tells which, and which members a round asks.
type reads struct {
	prefix uint64 // of ids: the incarnation, so that none is used twice
	count  uint64

	local  []any      // own reads for the next round or question
	remote []question // of other nodes, for the next round; leader only

	rounds []round // started and not confirmed, oldest first
	age    int     // ticks since the oldest round was started
}

// question asks the leader, in a term, to confirm the reads of another node.
type question struct{ node, id, term uint64 }

// round is a round of heartbeats, or this node's question to its leader.
type round struct {
	id     uint64
	local  []any
	remote []question
}

// maxRounds bounds the rounds under way: one that is being answered and one behind it. So
// no read waits for two whole round trips.
const maxRounds = 2

// Read queues a read. ConfirmedReads gives it back.
func (r *Replica) Read(token any, now int64) {
	r.now = now
	r.reads.local = append(r.reads.local, token)
}

// confirms reports whether this node may confirm reads. It must know the commit index and
// log time. Before its clock runs, its log time is behind by as much as the cluster was
// down.
func (r *Replica) confirms() bool {
	return r.Settled() && (r.clock.running || mutant.On(mutant.ClockUnknown))
}

func readID(m *raftpb.Message) uint64 {
	if ctx := m.GetContext(); len(ctx) >= 8 {
		return binary.LittleEndian.Uint64(ctx)
	}
	return 0
}

// addQuestion queues another node's question.
func (q *reads) addQuestion(m *raftpb.Message) {
	q.remote = append(q.remote, question{m.GetFrom(), readID(m), m.GetTerm()})
}

// send starts a round, or asks the leader, for all reads that wait. It reports whether
// raft has begun a round.
func (q *reads) send(r *Replica) (began bool) {
	if !r.Leads() {
		q.remote = nil // its asker will find the leader
	}
	q.answerAtOnce(r)
	if r.leader == 0 || (r.Leads() && !r.confirms() && !mutant.On(mutant.UnsettledReads)) || len(q.rounds) >= maxRounds || len(q.local)+len(q.remote) == 0 {
		return false
	}
	if q.count++; mutant.On(mutant.ReusedContext) {
		q.count = 1
	}
	id := q.prefix + q.count
	q.rounds = append(q.rounds, round{id: id, local: q.local, remote: q.remote})
	q.local, q.remote = nil, nil
	if len(q.rounds) == 1 {
		q.age = 0
	}
	ctx := binary.LittleEndian.AppendUint64(nil, id)
	if r.Leads() {
		if mutant.On(mutant.NoReadIndex) || mutant.On(mutant.UnsettledReads) && !r.Settled() {
			q.confirmed(r, raft.ReadState{Index: r.raft.BasicStatus().GetCommit(), RequestCtx: ctx})
			return false
		}
		r.raft.ReadIndex(ctx)
		return true
	}
	r.out.Messages = append(r.out.Messages, &raftpb.Message{
		Type: raftpb.MsgReadIndex.Enum(), From: new(r.config.ID), To: new(r.leader), Term: new(r.term), Context: ctx,
	})
	return false
}

// answerAtOnce answers the questions that need no round.
func (q *reads) answerAtOnce(r *Replica) {
	if len(q.remote) == 0 || !r.confirms() {
		return
	}
	commit, rest := r.raft.BasicStatus().GetCommit(), q.remote[:0]
	for _, a := range q.remote {
		if a.term == r.term && r.quorum.completedBy(a.node) {
			q.answer(r, a, commit)
		} else {
			rest = append(rest, a)
		}
	}
	q.remote = rest
}

// answer confirms the reads of another node.
func (q *reads) answer(r *Replica, a question, index uint64) {
	ctx := binary.LittleEndian.AppendUint64(nil, a.id)
	ctx = binary.LittleEndian.AppendUint64(ctx, uint64(r.clock.now(r.now)))
	r.out.Messages = append(r.out.Messages, &raftpb.Message{
		Type: raftpb.MsgReadIndexResp.Enum(), From: new(r.config.ID), To: new(a.node),
		Index: new(index), Context: ctx,
	})
}

// confirmed takes raft's word that this node still led when the round was started.
func (q *reads) confirmed(r *Replica, s raft.ReadState) {
	if len(s.RequestCtx) < 8 {
		return
	}
	for _, x := range q.take(binary.LittleEndian.Uint64(s.RequestCtx)) {
		if len(x.local) > 0 {
			r.out.Reads = append(r.out.Reads, ConfirmedReads{Index: s.Index, Time: r.clock.now(r.now), Reads: x.local})
		}
		for _, a := range x.remote {
			q.answer(r, a, s.Index)
		}
	}
}

// takeAnswer takes a leader's answer to a question of this node.
func (q *reads) takeAnswer(r *Replica, m *raftpb.Message) {
	if len(m.GetContext()) < 16 {
		return
	}
	now := int64(binary.LittleEndian.Uint64(m.GetContext()[8:]))
	for _, x := range q.take(readID(m)) {
		if len(x.local) > 0 {
			r.out.Reads = append(r.out.Reads, ConfirmedReads{Index: m.GetIndex(), Time: now, Reads: x.local})
		}
	}
}

// take removes and returns the round with that id and the rounds before it: a
// confirmation is as good for an older round.
func (q *reads) take(id uint64) []round {
	i := slices.IndexFunc(q.rounds, func(x round) bool { return x.id == id })
	if i < 0 {
		return nil // of a former leader, or given up
	}
	done := slices.Clone(q.rounds[:i+1])
	q.rounds = slices.Delete(q.rounds, 0, i+1)
	q.age = 0
	return done
}

// leaderChanged puts the reads of unconfirmed rounds back. They are asked for again under
// new ids.
func (q *reads) leaderChanged() {
	for i := len(q.rounds) - 1; i >= 0; i-- {
		q.local = append(q.rounds[i].local, q.local...)
	}
	q.rounds, q.remote, q.age = nil, nil, 0
}

// tick asks again when an answer seems lost.
func (q *reads) tick() {
	if len(q.rounds) > 0 {
		if q.age++; q.age >= resendTicks {
			q.leaderChanged()
		}
	}
}
