package keyspace

import (
	"encoding/binary"
	"slices"
	"sync/atomic"
)

// Sink takes a snapshot's records in ascending order of their keys. The slices
// are only valid during the call.
type Sink interface {
	Set(key, value []byte) error
	Delete(key []byte) error
	// DeleteRange deletes start ≤ key < end as it stood before this delta; it
	// comes before the first Set in that range.
	DeleteRange(start, end []byte) error
}

// Delta is what changed from one snapshot to the next.
type Delta struct {
	ks     *Keyspace
	shared tableDelta
	tables []*pending // in the order of their records
	leases []leaseRecord
	stop   atomic.Bool
}

type leaseRecord struct {
	id            int64
	ttl, deadline int64 // ttl 0: the lease is gone
}

// Keys returns how many records of keys the delta has at most, for logs.
func (d *Delta) Keys() int {
	n := 0
	for _, p := range d.tables {
		n += len(p.all)
	}
	return n
}

// Cut starts a snapshot of the state as it is now; seq is the number of the last
// write. Only the writer may call it, between two batches, and not before the
// last Delta was ended. Its cost grows with the number of tables and of leases
// that changed, not with that of keys.
func (ks *Keyspace) Cut(seq uint64) *Delta {
	d := &Delta{ks: ks, shared: ks.cutTables()}
	ls := &ks.leases
	slices.Sort(ls.dirty)
	for _, id := range slices.Compact(ls.dirty) {
		r := leaseRecord{id: id}
		if l := ls.Get(id); l != nil {
			r.ttl, r.deadline = l.TTL, l.Deadline()
		}
		d.leases = append(d.leases, r)
	}
	ls.dirty = nil
	for i := range ks.shards {
		s := &ks.shards[i]
		for db := range uint16(len(s.tables)) {
			t, flushed := s.tables[db], s.flushed[db]
			if t == nil && flushed {
				t = newTable(ks, tableID{uint16(i), db}) // only to carry the order to delete
			}
			if t == nil || !flushed && len(t.dirty) == 0 {
				continue
			}
			t.pending = &pending{table: t, flushed: flushed, entries: t.dirty, all: t.dirty, dead: t.dead}
			t.dirty, t.dead = nil, nil
			d.tables = append(d.tables, t.pending)
		}
		s.flushed = nil
	}
	ks.cut = seq
	return d
}

// Write writes the snapshot into the sink. It runs on a goroutine of its own
// while batches are applied and keys are read. After an error, of the sink or
// because of Stop, the delta is good for nothing but End.
func (d *Delta) Write(sink Sink) error {
	if err := d.shared.write(sink); err != nil {
		return err
	}
	var key, value []byte
	for _, r := range d.leases {
		key = appendLeaseKey(key[:0], r.id)
		if r.ttl == 0 {
			if err := sink.Delete(key); err != nil {
				return err
			}
			continue
		}
		value = binary.AppendVarint(append(value[:0], formatLease), r.ttl)
		value = binary.AppendVarint(value, r.deadline)
		if err := sink.Set(key, value); err != nil {
			return err
		}
	}
	w := recordWriter{sink: sink}
	for _, p := range d.tables {
		if err := p.write(&w, &d.stop); err != nil {
			return err
		}
	}
	return nil
}

// Stop makes Write return soon.
func (d *Delta) Stop() { d.stop.Store(true) }

// End ends the snapshot. saved tells whether all of it is where it will be found
// again; otherwise all of it is part of the next one. Only the writer may call
// it, between two batches and after Write has returned.
func (d *Delta) End(saved bool) {
	ks := d.ks
	if saved {
		ks.base = ks.cut
	} else {
		ks.tables.Undo(d.shared.changes)
		for _, r := range d.leases {
			ks.leases.dirty = append(ks.leases.dirty, r.id)
		}
	}
	for _, p := range d.tables {
		t := p.table
		t.pending = nil
		p.end()
		t.reclaim(p, saved)
		if saved {
			for key, n := range p.chunked {
				t.setChunks(key, n)
			}
			continue
		}
		s := &ks.shards[t.id.shard]
		if p.flushed {
			s.drop(t.id.db)
		}
		if s.table(t.id.db) == t {
			t.dirty = append(p.all, t.dirty...)
		}
	}
}
