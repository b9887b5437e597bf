package wal

import (
	"errors"
	"fmt"
	"slices"

	"go.etcd.io/raft/v3/raftpb"
)

// replay is one group while the log is read. Its records are followed in their order. It
// keeps the entries above the group's newest mark alone: what was overwritten, or is
// covered by a snapshot, is let go of at once.
type replay struct {
	mark    Mark
	marked  bool // a mark was read
	hard    hardState
	entries []*raftpb.Entry // without gaps
	last    uint64          // index of the last entry, or of the mark
	term    uint64          // of it
	place
}

// place says which segments a group needs.
type place struct {
	// runs are the segments with entries of the group, oldest first.
	runs []run
	// state is the number of a segment that is not above the one with the group's newest
	// mark. The record of the mark has the hard state, too.
	state uint64
}

// run is the part of a group's entries that is in one segment.
type run struct {
	seq  uint64 // of the segment; entries may be in the one behind it
	last uint64 // the highest index
}

// wrote notes entries up to last in the segment seq.
func (p *place) wrote(seq, last uint64) {
	if n := len(p.runs); n > 0 && p.runs[n-1].seq == seq {
		p.runs[n-1].last = max(p.runs[n-1].last, last)
		return
	}
	p.runs = append(p.runs, run{seq, last})
}

// marked notes that the segment seq has a mark at index.
func (p *place) marked(seq, index uint64) {
	p.state = seq
	p.runs = slices.DeleteFunc(p.runs, func(r run) bool { return r.last <= index })
}

// needs returns the oldest segment that the group needs.
func (p *place) needs() uint64 {
	if len(p.runs) > 0 {
		return min(p.state, p.runs[0].seq)
	}
	return p.state
}

// add follows a record that the segment seq holds.
func (r *replay) add(rec *record, seq uint64) error {
	if rec.mark != nil {
		if err := r.addMark(*rec.mark); err != nil {
			return err
		}
		r.place.marked(seq, rec.mark.Index)
	}
	for _, e := range rec.entries {
		if err := r.addEntry(e); err != nil {
			return err
		}
	}
	if n := len(rec.entries); n > 0 {
		r.wrote(seq, rec.entries[n-1].GetIndex())
	}
	if rec.hard != nil {
		return r.addHard(*rec.hard)
	}
	return nil
}

func (r *replay) addEntry(e *raftpb.Entry) error {
	index, term := e.GetIndex(), e.GetTerm()
	switch {
	case index <= r.hard.commit:
		return fmt.Errorf("entry %d is written a second time, after it was committed", index)
	case r.marked && index <= r.mark.Index:
		return fmt.Errorf("entry %d is written behind the mark at %d", index, r.mark.Index)
	case index == r.last+1 && term < r.term:
		return fmt.Errorf("entry %d of term %d follows one of term %d", index, term, r.term)
	case index > r.last+1:
		// Those between went with the first segments. A mark that covers them comes, or
		// else the log is not whole.
		r.cut(0)
	}
	r.cut(index)
	r.entries = append(r.entries, e)
	r.last, r.term = index, term
	return nil
}

// cut lets go of the entries from index on.
func (r *replay) cut(index uint64) {
	n := 0
	if len(r.entries) > 0 {
		if first := r.entries[0].GetIndex(); index > first {
			n = int(min(index-first, uint64(len(r.entries))))
		}
	}
	clear(r.entries[n:])
	r.entries = r.entries[:n]
}

func (r *replay) addHard(h hardState) error {
	if h.term < r.hard.term {
		return fmt.Errorf("term %d follows term %d", h.term, r.hard.term)
	}
	r.hard = h
	return nil
}

func (r *replay) addMark(m Mark) error {
	if r.marked && m.Index < r.mark.Index {
		return fmt.Errorf("a mark at %d follows one at %d", m.Index, r.mark.Index)
	}
	r.moveTo(m)
	return nil
}

// moveTo lets go of what a snapshot covers or replaces.
func (r *replay) moveTo(m Mark) {
	n := 0
	for n < len(r.entries) && r.entries[n].GetIndex() <= m.Index {
		n++
	}
	// Not a part of the old array, which holds all that is let go of.
	r.entries = slices.Clone(DropStale(r.entries[n:], m))
	r.mark, r.marked = m, true
	r.last, r.term = m.Index, m.Term
	if n := len(r.entries); n > 0 {
		r.last, r.term = r.entries[n-1].GetIndex(), r.entries[n-1].GetTerm()
	}
}

// whole says what is wrong with the group at the end of the log, if anything.
func (r *replay) whole() error {
	h := r.hard
	switch {
	case !r.marked:
		return errors.New("the log does not say where it begins")
	case len(r.entries) == 0:
	case r.entries[0].GetIndex() != r.mark.Index+1:
		return fmt.Errorf("the entries from %d to %d are gone", r.mark.Index+1, r.entries[0].GetIndex()-1)
	case h.term > 0 && r.term > h.term:
		return fmt.Errorf("the hard state of term %d does not go with the last entry, %d of term %d", h.term, r.last, r.term)
	}
	if h.commit > r.last {
		return fmt.Errorf("the hard state with commit index %d does not go with the last entry, %d", h.commit, r.last)
	}
	return nil
}

// DropStale removes entries that a snapshot from the leader replaced: they are
// above it, yet of an older term. Terms never fall along a log, and the records
// behind the mark have overwritten them already if there are any.
func DropStale(ents []*raftpb.Entry, from Mark) []*raftpb.Entry {
	for i, e := range ents {
		if e.GetTerm() < from.Term {
			return ents[:i]
		}
	}
	return ents
}

// CatchUp returns a hard state that is not behind the snapshot, or nil if hs is
// not. It is behind if the process died between storing a snapshot of the leader
// and appending the hard state that came with it. A vote in the snapshot's term
// would have been synced before, so there was none.
func CatchUp(hs *raftpb.HardState, from Mark) *raftpb.HardState {
	term, vote, commit := hs.GetTerm(), hs.GetVote(), hs.GetCommit()
	if term >= from.Term && commit >= from.Index {
		return nil
	}
	if term < from.Term {
		term, vote = from.Term, 0
	}
	return &raftpb.HardState{Term: &term, Vote: &vote, Commit: new(max(commit, from.Index))}
}
