package replica

import (
	"slices"

	"go.etcd.io/raft/v3"
	"go.etcd.io/raft/v3/raftpb"
	"go.etcd.io/raft/v3/tracker"
)

// lateNews are what can wait: a leader's messages that say what is committed
// and bring no entries.
//
// Raft sends one to every member whenever the commit index moves. Under load the
// next entry is on its way some hundred microseconds later and says the same, so
// the message is a write here, before the client is answered, and a read, a step
// and an answer there, for nothing. So it is held until
//
//   - another message says as much: it is dropped then;
//   - anything else goes to that member: it goes before that, so that a read that
//     is granted need not wait for it;
//   - the driver has nothing else to do, and calls Late;
//   - a tick has passed.
//
// It does not wait if the member does: if what is committed has a bundle of it,
// there is a client whose answer this is.
//
// To raft that is a delay on the way, and a loss if a newer one takes its place. It
// may: the newer one is of the same term, says at least as much, and begins where
// the log that was sent ends, so what it finds missing there it finds missing as
// the older one would have. (If raft has gone back in that log meanwhile, it has
// also gone back in what it thinks it has said of the commit index.)
//
// Some empty messages are about something else. If the member is probed, the flow
// of entries stands still until it has answered; those are never held. That is
// also so while it may be sent no more entries until it has confirmed some: then
// raft finds out with an empty message, a heartbeat, whether they got lost. If it
// may be sent more, such a message is held like any other: the next entry finds
// that out as well.
type lateNews struct {
	// held are those messages, the newest for a member. None unless this node
	// leads, and of its term.
	held []*raftpb.Message
	// given is the memory of what Late has returned; out of the next output's
	// messages.
	given, out []*raftpb.Message
	// due: the next output has all of held.
	due bool

	hearers []hearer
	// flowing are the members that are sent entries as they come, as look has
	// found it.
	flowing []uint64
}

// hearer is what a leader knows of another member in its term.
type hearer struct {
	id uint64
	// told is the highest commit index in what went out to it.
	told uint64
	// own is the index of the last entry that has a bundle of it, or more;
	// proposed: the entry that is appended next has one.
	own      uint64
	proposed bool
}

// Late returns messages that were held back, and forgets them. The driver calls it
// when it has nothing else to do, before it waits, and sends them like those of an
// Output. Until then other members may not know what is committed. Who never calls
// it loses nothing but time: the Poll after a Tick hands them out, too. They are
// valid until the next call of a method.
func (r *Replica) Late() []*raftpb.Message {
	l := &r.late
	if len(l.held) == 0 {
		return nil
	}
	clear(l.given)
	l.held, l.given = l.given[:0], l.held
	for _, m := range l.given {
		l.gone(m)
	}
	return l.given
}

// Holds reports whether Late has something to return.
func (r *Replica) Holds() bool { return len(r.late.held) > 0 }

// holdBack takes out of the output what can wait, and puts in what was held and
// cannot wait any longer.
func (r *Replica) holdBack() {
	l := &r.late
	due := l.due
	l.due = false
	if !r.Leads() || len(r.out.Messages) == 0 && !(due && r.Holds()) {
		return
	}
	looked := false
	l.out = l.out[:0]
	for _, m := range r.out.Messages {
		if m.GetType() == raftpb.MsgApp && len(m.GetEntries()) == 0 && m.GetTerm() == r.term {
			if !looked {
				l.look(r.raft)
				looked = true
			}
			if slices.Contains(l.flowing, m.GetTo()) {
				l.hold(m)
				continue
			}
		}
		if i := l.find(m.GetTo()); i >= 0 {
			if before := l.held[i]; !says(m, before.GetTerm(), before.GetCommit()) {
				l.put(before)
			}
			l.held = slices.Delete(l.held, i, i+1)
		}
		l.put(m)
	}
	l.held = slices.DeleteFunc(l.held, func(m *raftpb.Message) bool {
		out := due || l.awaited(m)
		if out {
			l.put(m)
		}
		return out
	})
	clear(r.out.Messages)
	r.out.Messages, l.out = l.out, r.out.Messages
}

// says reports whether a message says that all up to commit is committed.
func says(m *raftpb.Message, term, commit uint64) bool {
	return (m.GetType() == raftpb.MsgApp || m.GetType() == raftpb.MsgHeartbeat) && m.GetTerm() == term && m.GetCommit() >= commit
}

// look finds flowing.
func (l *lateNews) look(r *raft.RawNode) {
	l.flowing = l.flowing[:0]
	r.WithProgress(func(id uint64, _ raft.ProgressType, p tracker.Progress) {
		if p.State == tracker.StateReplicate && !p.IsPaused() {
			l.flowing = append(l.flowing, id)
		}
	})
}

func (l *lateNews) hold(m *raftpb.Message) {
	if i := l.find(m.GetTo()); i >= 0 {
		l.held[i] = m
	} else {
		l.held = append(l.held, m)
	}
}

// find returns the place in held of what is held for a member; -1: nothing.
func (l *lateNews) find(id uint64) int {
	return slices.IndexFunc(l.held, func(m *raftpb.Message) bool { return m.GetTo() == id })
}

// put lets a message go out with the output that is being made.
func (l *lateNews) put(m *raftpb.Message) {
	l.gone(m)
	l.out = append(l.out, m)
}

// gone takes note of what a member is told.
func (l *lateNews) gone(m *raftpb.Message) {
	h := l.hearer(m.GetTo())
	if says(m, m.GetTerm(), h.told) {
		h.told = m.GetCommit()
	}
}

// awaited reports whether what is held for a member tells it that a bundle of its
// own is committed.
func (l *lateNews) awaited(m *raftpb.Message) bool {
	h := l.hearer(m.GetTo())
	return m.GetCommit() > h.told && h.own > h.told
}

// hearer returns a member's; it is valid until the next call.
func (l *lateNews) hearer(id uint64) *hearer {
	i := slices.IndexFunc(l.hearers, func(h hearer) bool { return h.id == id })
	if i < 0 {
		i = len(l.hearers)
		l.hearers = append(l.hearers, hearer{id: id})
	}
	return &l.hearers[i]
}

// proposed takes note that the next entry to be appended has a bundle of a member.
func (l *lateNews) proposed(id uint64) { l.hearer(id).proposed = true }

// appended takes the index of the last entry that is about to be appended.
func (l *lateNews) appended(index uint64) {
	for i := range l.hearers {
		if h := &l.hearers[i]; h.proposed {
			h.proposed, h.own = false, index
		}
	}
}

// leaderChanged drops what is held: a leader of another term has other things to
// say.
func (l *lateNews) leaderChanged() {
	clear(l.held)
	l.held, l.hearers = l.held[:0], l.hearers[:0]
}

// membersChanged lets out what is held, for by that a member may learn that it is
// one no more.
func (l *lateNews) membersChanged() { l.due = true }
