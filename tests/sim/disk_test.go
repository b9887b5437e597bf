package sim

import (
	"maps"
	"slices"

	"github.com/msredis/msredis/cluster/replica"
	"github.com/msredis/msredis/cluster/wal"
	"github.com/msredis/msredis/internal/mutant"
	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/store"
	"go.etcd.io/raft/v3/raftpb"
)

// disk is a data directory. What is synced survives a loss of power, and of what
// is not any first part: the record behind it was torn, and is cut off when the
// log is read, as cluster/wal does.
type disk struct {
	name        string
	id          uint64
	incarnation uint64
	joined      replica.Members // of a node that was added, before its snapshot

	log    []record
	synced int // records

	shelf    *shelf // nil: no snapshot
	received *shelf // whole, not installed

	met  map[uint64]replica.Meeting // the processes of the other members
	slow bool
}

// copy returns what somebody has who copies the directory.
func (d *disk) copy() *disk {
	c := *d
	c.log, c.met = slices.Clone(d.log), maps.Clone(d.met)
	return &c
}

// record is one of: an entry, a hard state, a mark.
type record struct {
	entry *raftpb.Entry
	hard  *raftpb.HardState
	mark  *wal.Mark
}

// shelf is the newest snapshot. It does not change.
type shelf struct {
	index, term uint64
	conf        *raftpb.ConfState
	group, meta []byte
	data        map[string][]byte
}

func (s *shelf) mark() wal.Mark { return wal.Mark{Index: s.index, Term: s.term, Conf: s.conf} }

func (s *shelf) raft() *raftpb.Snapshot {
	return &raftpb.Snapshot{Metadata: &raftpb.SnapshotMetadata{Index: new(s.index), Term: new(s.term), ConfState: s.conf}}
}

// crash takes the power away.
func (d *disk) crash(w *world) {
	if rest := len(d.log) - d.synced; rest > 0 {
		d.log = d.log[:d.synced+w.rng.IntN(rest+1)]
		w.note("torn", uint64(rest), uint64(len(d.log)-d.synced))
	}
	d.synced = len(d.log)
}

// append writes entries and the hard state, in this order, as etcd's WAL does.
// It reports whether they have to be synced before anybody is told.
func (d *disk) append(hard *raftpb.HardState, entries []*raftpb.Entry) (sync bool) {
	if hard != nil {
		before := d.hard()
		sync = hard.GetTerm() != before.GetTerm() || hard.GetVote() != before.GetVote()
	}
	if mutant.On(mutant.VoteNotSynced) {
		sync = false
	}
	for _, e := range entries {
		d.log = append(d.log, record{entry: e})
	}
	if hard != nil {
		d.log = append(d.log, record{hard: hard})
	}
	return sync || len(entries) > 0
}

// hard returns the last hard state written.
func (d *disk) hard() *raftpb.HardState {
	for _, r := range slices.Backward(d.log) {
		if r.hard != nil {
			return r.hard
		}
	}
	return &raftpb.HardState{}
}

// lastEntry returns the position of the last entry in the log.
func (d *disk) lastEntry() int {
	for i, r := range slices.Backward(d.log) {
		if r.entry != nil {
			return i
		}
	}
	return -1
}

// mark records a snapshot, and syncs.
func (d *disk) mark(m wal.Mark) {
	d.log = append(d.log, record{mark: &m})
	d.synced = len(d.log)
}

// purge drops the entries up to index.
func (d *disk) purge(index uint64) {
	var kept []record
	synced := 0
	for i, r := range d.log {
		if r.entry != nil && r.entry.GetIndex() <= index {
			continue
		}
		kept = append(kept, r)
		if i < d.synced {
			synced++
		}
	}
	d.log, d.synced = kept, synced
}

// read returns what the log holds above a mark, as wal.Open does; ok is false if
// something is missing in between.
func (d *disk) read(from wal.Mark) (hard *raftpb.HardState, entries []*raftpb.Entry, ok bool) {
	hard = &raftpb.HardState{}
	marked := from.Index == 0
	for _, r := range d.log {
		switch {
		case r.entry != nil && r.entry.GetIndex() > from.Index:
			at := r.entry.GetIndex() - from.Index - 1
			if at > uint64(len(entries)) {
				return nil, nil, false
			}
			entries = append(entries[:at:at], r.entry)
		case r.hard != nil:
			hard = r.hard
		case r.mark != nil:
			marked = marked || r.mark.Index == from.Index && r.mark.Term == from.Term
		}
	}
	entries = wal.DropStale(entries, from)
	if !marked {
		d.mark(from)
	}
	if hs := wal.CatchUp(hard, from); hs != nil {
		d.append(hs, nil)
		hard = hs
	}
	d.synced = len(d.log) // wal.Open syncs what it has read
	return hard, entries, true
}

// sink applies a delta to a shelf's data.
type sink map[string][]byte

func (s sink) Set(key, value []byte) error {
	s[string(key)] = slices.Clone(value)
	return nil
}

func (s sink) Delete(key []byte) error {
	delete(s, string(key))
	return nil
}

func (s sink) DeleteRange(start, end []byte) error {
	for key := range s {
		if key >= string(start) && key < string(end) {
			delete(s, key)
		}
	}
	return nil
}

// with returns the shelf after a snapshot was written to it.
func (s *shelf) with(m replica.Machine, d *store.Delta) *shelf {
	group, err := m.Encode()
	if err != nil {
		panic(err)
	}
	next := &shelf{index: m.Index, term: m.Term, conf: m.Members.ConfState(), group: group, meta: d.Meta(), data: map[string][]byte{}}
	if s != nil {
		maps.Copy(next.data, s.data)
	}
	return next
}

// load builds what is on the shelf.
func (s *shelf) load(table *command.Table) (*store.Store, replica.Machine, error) {
	machine, err := replica.DecodeMachine(s.group, s.index, s.term, table)
	if err != nil {
		return nil, machine, err
	}
	st := newStore()
	loader, err := st.NewLoader(s.meta)
	if err != nil {
		return nil, machine, err
	}
	for _, key := range slices.Sorted(maps.Keys(s.data)) {
		if err := loader.Add([]byte(key), s.data[key]); err != nil {
			return nil, machine, err
		}
	}
	return st, machine, loader.Finish()
}
