package replica

import (
	"slices"

	"go.etcd.io/raft/v3"
	"go.etcd.io/raft/v3/raftpb"
	"go.etcd.io/raft/v3/tracker"
)

// commitNotices holds back messages that can wait: a leader's messages that tell the
// commit index and bring no entries.
//
// Raft sends one to every member whenever the commit index moves. Under load the next
// entry is on its way some hundred microseconds later and tells the same. So the message
// is a write here, before the client is answered, and a read, a step and an answer there,
// for nothing. A held message ends in one of four ways:
//
//   - Another message tells as much. The held one is dropped.
//   - Any other message goes to that member. The held one goes before it, so that a
//     confirmed read need not wait.
//   - The driver has nothing else to do, and calls TakeHeld.
//   - A tick has passed.
//
// A message is not held if its member waits for it. The member waits if the committed
// entries have a bundle of it, because a client waits for the answer.
//
// To raft a held message is late on the way. It is lost if a newer one takes its place.
// The loss is allowed for two reasons:
//
//   - The newer message is of the same term and tells at least as much.
//   - It begins at the end of the log that was sent. So a gap that it finds there the
//     older one would have found, too. If raft has gone back in that log meanwhile, it
//     has also gone back in the commit index that it believes to have told.
//
// Some empty messages are about something else, and are never held. A member that is
// probed gets no entries until it has answered. Nor does a member that has to confirm
// some entries first: raft finds out with an empty message, a heartbeat, whether they
// got lost. If the member may be sent more, such a message is held like any other,
// because the next entry finds that out as well.
type commitNotices struct {
	// held are those messages, the newest for each member. There are none unless this
	// node leads, and all are of its term.
	held []*raftpb.Message
	// given is the memory of the messages that TakeHeld has returned. out is the memory of
	// the next output's messages.
	given, out []*raftpb.Message
	// due: the next output has all of held.
	due bool

	recipients []recipient
	// flowing are the members that are sent entries as they come, as findFlowing has
	// found it.
	flowing []uint64
}

// recipient is a leader's knowledge of another member in its term.
type recipient struct {
	id uint64
	// told is the highest commit index in the messages that went out to the member.
	told uint64
	// own is the index of the last entry that has a bundle of the member, or more.
	own uint64
	// proposed: the entry that is appended next has a bundle of the member.
	proposed bool
}

// TakeHeld returns the held messages, and forgets them. The driver calls it when it has
// nothing else to do, before it waits. It sends the messages like those of an Output.
// Until then other members may not know the commit index. A driver that never calls
// TakeHeld loses nothing but time: the Poll after a Tick hands them out, too. The messages
// are valid until the next call of a method.
func (r *Replica) TakeHeld() []*raftpb.Message {
	l := &r.notices
	if len(l.held) == 0 {
		return nil
	}
	clear(l.given)
	l.held, l.given = l.given[:0], l.held
	for _, m := range l.given {
		l.noteSent(m)
	}
	return l.given
}

// HasHeld reports whether TakeHeld has something to return.
func (r *Replica) HasHeld() bool { return len(r.notices.held) > 0 }

// holdBack takes messages that can wait out of the output. It puts in held messages that
// cannot wait any longer.
func (r *Replica) holdBack() {
	l := &r.notices
	due := l.due
	l.due = false
	if !r.Leads() || len(r.out.Messages) == 0 && !(due && r.HasHeld()) {
		return
	}
	looked := false
	l.out = l.out[:0]
	for _, m := range r.out.Messages {
		if m.GetType() == raftpb.MsgApp && len(m.GetEntries()) == 0 && m.GetTerm() == r.term {
			if !looked {
				l.findFlowing(r.raft)
				looked = true
			}
			if slices.Contains(l.flowing, m.GetTo()) {
				l.hold(m)
				continue
			}
		}
		if i := l.find(m.GetTo()); i >= 0 {
			if before := l.held[i]; !tells(m, before.GetTerm(), before.GetCommit()) {
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

// tells reports whether a message tells a commit index of at least commit.
func tells(m *raftpb.Message, term, commit uint64) bool {
	return (m.GetType() == raftpb.MsgApp || m.GetType() == raftpb.MsgHeartbeat) && m.GetTerm() == term && m.GetCommit() >= commit
}

// findFlowing sets flowing.
func (l *commitNotices) findFlowing(r *raft.RawNode) {
	l.flowing = l.flowing[:0]
	r.WithProgress(func(id uint64, _ raft.ProgressType, p tracker.Progress) {
		if p.State == tracker.StateReplicate && !p.IsPaused() {
			l.flowing = append(l.flowing, id)
		}
	})
}

func (l *commitNotices) hold(m *raftpb.Message) {
	if i := l.find(m.GetTo()); i >= 0 {
		l.held[i] = m
	} else {
		l.held = append(l.held, m)
	}
}

// find returns the place in held of the message for a member, -1 if there is none.
func (l *commitNotices) find(id uint64) int {
	return slices.IndexFunc(l.held, func(m *raftpb.Message) bool { return m.GetTo() == id })
}

// put lets a message go out with the output that is being made.
func (l *commitNotices) put(m *raftpb.Message) {
	l.noteSent(m)
	l.out = append(l.out, m)
}

// noteSent takes note of a message that a member is sent.
func (l *commitNotices) noteSent(m *raftpb.Message) {
	h := l.recipient(m.GetTo())
	if tells(m, m.GetTerm(), h.told) {
		h.told = m.GetCommit()
	}
}

// awaited reports whether a held message tells its member that a bundle of its own is
// committed.
func (l *commitNotices) awaited(m *raftpb.Message) bool {
	h := l.recipient(m.GetTo())
	return m.GetCommit() > h.told && h.own > h.told
}

// recipient returns the knowledge of a member. It is valid until the next call.
func (l *commitNotices) recipient(id uint64) *recipient {
	i := slices.IndexFunc(l.recipients, func(h recipient) bool { return h.id == id })
	if i < 0 {
		i = len(l.recipients)
		l.recipients = append(l.recipients, recipient{id: id})
	}
	return &l.recipients[i]
}

// proposed takes note that the next entry to be appended has a bundle of a member.
func (l *commitNotices) proposed(id uint64) { l.recipient(id).proposed = true }

// appended takes the index of the last entry that is about to be appended.
func (l *commitNotices) appended(index uint64) {
	for i := range l.recipients {
		if h := &l.recipients[i]; h.proposed {
			h.proposed, h.own = false, index
		}
	}
}

// leaderChanged drops the held messages: a leader of another term has other things to
// tell.
func (l *commitNotices) leaderChanged() {
	clear(l.held)
	l.held, l.recipients = l.held[:0], l.recipients[:0]
}

// membersChanged lets the held messages out: a member may learn from one that it was
// removed.
func (l *commitNotices) membersChanged() { l.due = true }
