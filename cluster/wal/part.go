package wal

import (
	"fmt"

	"go.etcd.io/raft/v3"
	"go.etcd.io/raft/v3/raftpb"
)

// State is what a log has of a group when the group opens.
type State struct {
	Hard    *raftpb.HardState // never nil, never behind the mark
	Entries []*raftpb.Entry   // those above the mark, without gaps
}

// Part is one group's part of a log.
type Part struct {
	log   *Log
	group uint64
	w     write // for the call that runs

	// Under log.mu.
	mark    Mark
	now     hardState // of the last Append
	written hardState // that is on disk
	place
}

// Has reports whether the log has records of a group.
func (l *Log) Has(group uint64) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.replays[group] != nil || l.parts[group] != nil
}

// Part gives a group its part of the log, and what is there above the mark from. The mark
// is the position of the group's newest snapshot, or zero if there is none. A group takes
// its part once.
//
// A group that the log does not have begins at the mark.
func (l *Log) Part(group uint64, from Mark) (*Part, State, error) {
	l.mu.Lock()
	r, first := l.replays[group], l.first
	delete(l.replays, group)
	used := l.parts[group] != nil
	l.mu.Unlock()
	if used {
		return nil, State{}, fmt.Errorf("wal %s: group %d has its part already", l.dir, group)
	}
	if r == nil && first > 0 {
		return nil, State{}, &CorruptError{segmentDir(l.dir), 0, fmt.Sprintf("the log has no record of group %d, and its first segments are gone", group)}
	}
	fresh := r == nil
	if fresh {
		r = &replay{}
	} else {
		switch {
		case from.Index < r.mark.Index:
			return nil, State{}, fmt.Errorf("wal %s: group %d begins above the snapshot: the entries from %d to %d are gone", l.dir, group, from.Index+1, r.mark.Index)
		case from.Index == r.mark.Index && from.Term != r.mark.Term:
			return nil, State{}, fmt.Errorf("wal %s: group %d: mark at %d is of term %d, the snapshot of term %d", l.dir, group, from.Index, r.mark.Term, from.Term)
		}
	}
	p := &Part{log: l, group: group, mark: r.mark, now: r.hard, written: r.hard, place: r.place}
	p.w.part, p.w.wake = p, make(chan bool, 1)
	// The process may have died between the snapshot and its mark, or between the mark of a
	// leader's snapshot and the hard state.
	write := fresh || from.Index > r.mark.Index || l.old
	if from.Index > r.mark.Index {
		r.moveTo(from)
	}
	if hs := CatchUp(p.now.raft(), from); hs != nil {
		p.now, write = hardOf(hs), true
	}
	l.mu.Lock()
	l.parts[group] = p
	l.mu.Unlock()
	if write {
		if err := p.Mark(from); err != nil {
			return nil, State{}, err
		}
	}
	return p, State{Hard: p.now.raft(), Entries: r.entries}, nil
}

// Append adds entries and the hard state, which may be nil, and returns when they are on
// disk. A hard state that only moves the commit index is not waited for, by raft's own
// rule. It is written with the next entries.
//
// After a failure every further call returns the same error.
func (p *Part) Append(hs *raftpb.HardState, ents []*raftpb.Entry) error {
	l := p.log
	l.mu.Lock()
	if l.failed != nil {
		defer l.mu.Unlock()
		return l.failed
	}
	if !raft.IsEmptyHardState(hs) {
		p.now = hardOf(hs)
	}
	if len(ents) == 0 && p.now.term == p.written.term && p.now.vote == p.written.vote {
		l.mu.Unlock()
		return nil
	}
	p.w.entries = ents
	return p.commit()
}

// Sync returns when all that was appended is on disk. So is a hard state that only moved
// the commit index.
func (p *Part) Sync() error {
	l := p.log
	l.mu.Lock()
	if l.failed != nil || p.now == p.written {
		defer l.mu.Unlock()
		return l.failed
	}
	return p.commit()
}

// Mark records that the state after m.Index is safe elsewhere. It returns when
// the record is on disk. A mark below the last one says nothing new.
func (p *Part) Mark(m Mark) error {
	l := p.log
	l.mu.Lock()
	if l.failed != nil || m.Index < p.mark.Index {
		defer l.mu.Unlock()
		return l.failed
	}
	if m.Conf == nil {
		m.Conf = &raftpb.ConfState{}
	}
	p.w.mark = &m
	return p.commit()
}

// Purge removes the segments that no group needs: what they have is below the groups' marks.
// It may run beside the appends of other groups.
func (p *Part) Purge() error { return p.log.purge() }

// Size returns the bytes that the log of all groups takes on disk, preallocated space
// included.
func (p *Part) Size() int64 { return p.log.Size() }

// commit has p.w written, together with what others bring. The caller holds log.mu, which
// is released.
func (p *Part) commit() error {
	w := &p.w
	w.hard, w.hasHard = p.now, p.now != p.written || w.mark != nil
	err := p.log.commit(w)
	w.entries, w.mark, w.hasHard = nil, nil, false
	return err
}
