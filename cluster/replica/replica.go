package replica

import (
	"errors"
	"fmt"
	"slices"

	"github.com/msredis/msredis/resp/command"
	"go.etcd.io/raft/v3"
	"go.etcd.io/raft/v3/raftpb"
	"go.etcd.io/raft/v3/tracker"
)

// Limits of a replica.
const (
	// MaxEntryBytes is the size at which a bundle or an entry is closed. A single unit
	// may exceed it.
	MaxEntryBytes = 1 << 20
	// MaxForwardedBytes bounds the bundles of other nodes that a leader keeps until they
	// are in an entry. Further ones are dropped. Their nodes hand them out again.
	MaxForwardedBytes = 256 << 20
	// maxInflight is the number of a follower's bundles that may be on their way at once.
	// Meanwhile the units behind them gather into one bundle.
	maxInflight = 2
	// maxInflightBytes is the part of the log that is sent to a member before it has
	// acknowledged the part before. It bounds the bytes that one step of the core encodes
	// for a member that is far behind. Others wait meanwhile.
	maxInflightBytes = 4 << 20
	// resendTicks is the number of ticks without progress after which a node takes its
	// bundles for lost.
	resendTicks = 10
)

// Config configures a Replica.
type Config struct {
	ID          uint64
	Incarnation uint64 // larger than at any earlier start of this ID
	Storage     raft.Storage
	Applied     uint64 // index of the snapshot the node was restored from
	Time        int64  // log time in that snapshot
	Lag         int64  // Machine.Lag in it
	Now         int64  // the node's clock; see clock.go
	Members     Members
	Table       *command.Table

	ElectionTicks  int
	HeartbeatTicks int

	Random func() uint64 // seeds for entries
	Logger raft.Logger
	// Dropped, if set, hears of impossible messages and the reasons; see validate.go. A
	// network may bring any number of them.
	Dropped func(m *raftpb.Message, why string)
}

// Replica is one node's part in a group. See the package comment.
type Replica struct {
	raft    *raft.RawNode
	config  Config
	members Members

	// The last state that raft has told.
	leader uint64 // 0: none
	term   uint64
	state  raft.StateType
	last   uint64 // index of the last entry that was handed out to be appended

	now   int64 // the node's clock, Unix ms, set by every input that knows it
	clock clock // log time

	// Own proposals: first queue, then bundles in order of seq.
	queue    []*Proposal
	inflight []*Bundle
	lastSeq  uint64
	spare    [][]byte // memory for the payloads of bundles
	// stuck counts ticks since the first of inflight became the first.
	stuck int

	// Bundles of other nodes that wait for the next entry. Leader only.
	forwarded      []bundleData
	forwardedBytes int

	appending int   // Append jobs handed out and not done
	expireTo  int64 // an entry is wanted when log time is here; 0: no need
	blocked   bool  // raft refused a proposal; wait for a tick or a new leader
	// committedTerm is the term of the last committed entry that this node has seen. A
	// leader with an earlier committedTerm may not know all committed entries. So it
	// confirms no reads (Raft thesis, 6.4), not even alone in its group.
	committedTerm uint64

	reads   reads
	quorum  readQuorum    // empty unless this node leads
	notices commitNotices // empty unless this node leads
	out     Output
}

// Output is the work that has to be done after an input. It is valid until the next call
// of a method.
type Output struct {
	// Messages go to other members.
	Messages []*raftpb.Message
	// Append and Apply are jobs, to be done in order among their kind.
	Append []*raftpb.Message
	Apply  []*ApplyJob
	// Reads are the reads that were confirmed.
	Reads []ConfirmedReads
	// Changed: leader, term, role or membership have changed.
	Changed bool
	// Lost are proposals that were executed. This node cannot know their replies, because
	// it got their effects in a snapshot.
	Lost []*Proposal
}

// ApplyJob is a run of committed entries.
type ApplyJob struct {
	Entries []*raftpb.Entry
	// Members is the new membership if the last entry of the run changes it.
	Members *Members
	// own are this node's bundles that the entries may hold.
	own []*Bundle
	// done are the messages for raft when the job is done; nil if a later job has them.
	done []*raftpb.Message
}

// New starts a replica on the log in Storage.
func New(c Config) (*Replica, error) {
	node, err := raft.NewRawNode(&raft.Config{
		ID:                        c.ID,
		ElectionTick:              c.ElectionTicks,
		HeartbeatTick:             c.HeartbeatTicks,
		Storage:                   c.Storage,
		Applied:                   c.Applied,
		AsyncStorageWrites:        true,
		MaxSizePerMsg:             MaxEntryBytes,
		MaxCommittedSizePerReady:  4 * MaxEntryBytes,
		MaxUncommittedEntriesSize: 1 << 30,
		MaxInflightMsgs:           256,
		MaxInflightBytes:          maxInflightBytes,
		CheckQuorum:               true,
		PreVote:                   true,
		DisableProposalForwarding: true, // forwarding is this package's work
		StepDownOnRemoval:         true,
		Logger:                    c.Logger,
	})
	if err != nil {
		return nil, fmt.Errorf("raft: %w", err)
	}
	r := &Replica{raft: node, config: c, members: c.Members.Clone(), now: c.Now}
	if err := r.loadClock(); err != nil {
		return nil, fmt.Errorf("raft log: %w", err)
	}
	if r.last, err = c.Storage.LastIndex(); err != nil {
		return nil, fmt.Errorf("raft log: %w", err)
	}
	r.reads.prefix = c.Incarnation << 40
	r.term = node.BasicStatus().GetTerm()
	r.campaign()
	return r, nil
}

// Members returns the membership; not to be changed.
func (r *Replica) Members() *Members { return &r.members }

// Leads reports whether this node is the leader.
func (r *Replica) Leads() bool { return r.leader == r.config.ID && r.state == raft.StateLeader }

// Settled reports whether this node leads and knows all committed entries.
func (r *Replica) Settled() bool { return r.Leads() && r.committedTerm == r.term }

// Leader returns the leader's ID, 0 if none is known, and the term.
func (r *Replica) Leader() (id, term uint64) { return r.leader, r.term }

// Status returns raft's own view, for INFO.
func (r *Replica) Status() raft.BasicStatus { return r.raft.BasicStatus() }

// Progress calls fn for every member with the leader's knowledge of it.
func (r *Replica) Progress(fn func(id, match uint64, active bool)) {
	r.raft.WithProgress(func(id uint64, _ raft.ProgressType, p tracker.Progress) {
		fn(id, p.Match, p.RecentActive)
	})
}

// Tick lets time pass: one HeartbeatTicks-th of the heartbeat interval.
func (r *Replica) Tick(now int64) {
	r.now = now
	r.raft.Tick()
	r.quorum.tick()
	r.notices.due = true
	r.blocked = false
	if r.Settled() {
		r.clock.waited++
	}
	// A leader's own bundles are in its log. Bundles on their way to a leader may be lost.
	if len(r.inflight) > 0 && !r.Leads() {
		if r.stuck++; r.stuck >= r.resendAfter() {
			r.resend()
		}
	}
	r.reads.tick()
}

// campaign makes a node that is the only voter of its group lead at once, instead of after
// an election timeout. Raft refuses while a change of the membership is committed and not
// applied. So campaign is called again when it is applied.
func (r *Replica) campaign() {
	self, ok := r.members.ByID(r.config.ID)
	if r.leader == 0 && ok && !self.Learner && r.members.Voters() == 1 {
		_ = r.raft.Campaign() // refused: tried again
	}
}

// Submit queues proposals. Those of one call stay together.
func (r *Replica) Submit(ps []*Proposal, now int64) {
	r.now = now
	r.queue = append(r.queue, ps...)
}

// Unreachable tells that messages to a member are being lost.
func (r *Replica) Unreachable(id uint64) {
	r.raft.ReportUnreachable(id)
	if len(r.reads.rounds) > 0 {
		r.out.Messages = append(r.out.Messages, r.quorum.release()...)
	}
}

// SnapshotSent tells whether a member was sent the whole snapshot.
func (r *Replica) SnapshotSent(id uint64, ok bool) {
	status := raft.SnapshotFinish
	if !ok {
		status = raft.SnapshotFailure
	}
	r.raft.ReportSnapshot(id, status)
}

// Transfer asks to hand leadership to a member. Ignored unless this node leads.
func (r *Replica) Transfer(id uint64) {
	if r.Leads() { // raft would have the leader do it, in that member's name
		r.raft.TransferLeader(id)
	}
}

// ExpireTo asks for an entry as soon as log time is t, a deadline. It is ignored unless
// this node leads. Ask again after a tick: t is forgotten with the leadership.
func (r *Replica) ExpireTo(t, now int64) {
	r.now = now
	r.expireTo = t
}

// ErrNotLeader is returned by methods that only a leader can carry out.
var ErrNotLeader = errors.New("not the leader")

// Change proposes a change of the membership. A change that was proposed may not happen,
// because raft takes one at a time. Leader only.
func (r *Replica) Change(c Change) error {
	if !r.Leads() {
		return ErrNotLeader
	}
	cc, err := c.confChange()
	if err != nil {
		return err
	}
	return r.raft.ProposeConfChange(cc)
}

// Appended tells that an Append job is done: it is on disk and in the Storage.
func (r *Replica) Appended(job *raftpb.Message, now int64) {
	r.now = now
	r.appending--
	r.respond(job.GetResponses())
}

// Applied tells that an Apply job is done. A Gap in it tells that a bundle of this node was
// skipped because an earlier one is missing.
func (r *Replica) Applied(a Applied) {
	for _, b := range r.inflight {
		if b.seq > a.Seq {
			break
		}
		r.keep(b.payload) // the ledger admits its number never again
	}
	r.dropApplied(a.Seq)
	if a.Gap {
		r.resend()
	}
	r.respond(a.Job.done)
	if r.leader == 0 {
		r.campaign()
	}
}

func (r *Replica) respond(ms []*raftpb.Message) {
	for _, m := range ms {
		if m.GetTo() == r.config.ID {
			_ = r.raft.Step(m)
			continue
		}
		if m.GetType() == raftpb.MsgAppResp {
			m.Context = r.clock.report(m.GetTerm(), r.now)
		}
		r.out.Messages = append(r.out.Messages, m)
	}
}

// Restored tells that the Append job that carries a snapshot was done. It brings the
// membership and log time of the snapshot. It comes before Appended.
func (r *Replica) Restored(m Members, ownSeq uint64, logTime, lag, now int64) {
	r.now = now
	r.members = m.Clone()
	r.clock.restored(stamp{logTime, lag}, now)
	for _, b := range r.inflight {
		if b.seq > ownSeq {
			break
		}
		for _, p := range b.proposals {
			if _, ok := p.Abandon(); ok {
				r.out.Lost = append(r.out.Lost, p)
			}
		}
	}
	r.dropApplied(ownSeq)
	r.out.Changed = true
}

// Poll proposes and forwards bundles as far as it can, and returns the work to do.
func (r *Replica) Poll(now int64) *Output {
	r.now = now
	out := &r.out
	for first, began := true, false; first || r.raft.HasReady(); first = false {
		r.takeReady(began)
		r.propose()
		began = r.reads.send(r)
	}
	r.holdBack()
	return out
}

// Done empties the output after it was dealt with.
func (r *Replica) Done() {
	o := &r.out
	clear(o.Messages)
	clear(o.Append)
	clear(o.Apply)
	clear(o.Reads)
	clear(o.Lost)
	*o = Output{Messages: o.Messages[:0], Append: o.Append[:0], Apply: o.Apply[:0], Reads: o.Reads[:0], Lost: o.Lost[:0]}
}

// takeReady takes the work that raft wants done. began tells that a round of reads has
// begun since the last time, and that nothing else has made raft send heartbeats.
func (r *Replica) takeReady(began bool) {
	if !r.raft.HasReady() {
		return
	}
	if began {
		r.quorum.choose(r.raft)
	}
	rd := r.raft.Ready()
	if rd.SoftState != nil {
		r.leader, r.state = rd.SoftState.Lead, rd.SoftState.RaftState
	}
	term := r.term
	if rd.HardState != nil {
		term = rd.HardState.GetTerm()
	}
	if rd.SoftState != nil || term != r.term {
		r.term = term
		r.leaderChanged()
	}
	for _, s := range rd.ReadStates {
		r.reads.confirmed(r, s)
	}
	for _, m := range rd.Messages {
		switch m.GetTo() {
		case raft.LocalAppendThread:
			r.appending++
			if s := m.GetSnapshot(); s != nil {
				r.clock.restoring = true
				r.last = s.GetMetadata().GetIndex()
			}
			r.takeEntries(m.GetEntries())
			r.out.Append = append(r.out.Append, m)
		case raft.LocalApplyThread:
			r.commit(m)
		default:
			if !began || !r.quorum.hold(m) {
				r.out.Messages = append(r.out.Messages, m)
			}
		}
	}
}

// takeEntries looks at entries that are about to be appended to the log.
func (r *Replica) takeEntries(entries []*raftpb.Entry) {
	if len(entries) == 0 {
		return
	}
	r.clock.appended(entries, r.now, r.term)
	last := entries[len(entries)-1]
	r.last = last.GetIndex()
	r.notices.appended(last.GetIndex())
	if r.Leads() && r.clock.first == 0 && last.GetTerm() == r.term {
		i := slices.IndexFunc(entries, func(e *raftpb.Entry) bool { return e.GetTerm() == r.term })
		r.clock.first = entries[i].GetIndex()
	}
}

// commit cuts committed entries into apply jobs. A job ends at every change of the
// membership. Raft is told of the change at once: the work of the apply role does not
// depend on it.
func (r *Replica) commit(m *raftpb.Message) {
	ents := m.GetEntries()
	if term := ents[len(ents)-1].GetTerm(); term != r.committedTerm {
		r.committedTerm = term
		r.out.Changed = true
	}
	for start, i := 0, 0; i < len(ents); i++ {
		var members *Members
		if ents[i].GetType() == raftpb.EntryConfChangeV2 && r.changeMembers(ents[i]) {
			c := r.members.Clone()
			members = &c
		}
		if members == nil && i < len(ents)-1 {
			continue
		}
		job := &ApplyJob{Entries: ents[start : i+1], Members: members, own: slices.Clone(r.inflight)}
		if i == len(ents)-1 {
			job.done = m.GetResponses()
		}
		r.out.Apply = append(r.out.Apply, job)
		start = i + 1
	}
}

// changeMembers reports whether the entry changed the membership.
func (r *Replica) changeMembers(e *raftpb.Entry) bool {
	cc, change, ok := decodeChange(e)
	if !ok || !r.members.apply(change) {
		return false
	}
	r.raft.ApplyConfChange(cc)
	r.configureQuorum()
	r.notices.membersChanged()
	r.out.Changed = true
	return true
}

// leaderChanged makes sure that nothing waits for an answer of a former leader.
func (r *Replica) leaderChanged() {
	r.out.Changed = true
	r.blocked = false
	r.resend()
	if !r.Leads() {
		r.forwarded, r.forwardedBytes, r.expireTo = nil, 0, 0
	}
	r.clock.leaderChanged()
	r.reads.leaderChanged()
	r.notices.leaderChanged()
	r.configureQuorum()
}

// configureQuorum makes the next rounds of reads follow the present configuration.
func (r *Replica) configureQuorum() {
	r.quorum = readQuorum{}
	if r.Leads() {
		r.quorum.configure(r.config.ID, r.raft.Status().Config)
	}
}
