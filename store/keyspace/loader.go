package keyspace

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"github.com/msredis/msredis/internal/evict"
	"github.com/msredis/msredis/internal/varint"
	"github.com/msredis/msredis/store/tables"
)

// Loader fills a new keyspace from the records of a snapshot. It trusts none of
// their bytes.
type Loader struct {
	ks    *Keyspace
	lane  *Lane
	meta  Meta
	kinds *[256]*Kind
	last  []byte // key of the record before

	keys, leases uint64
	openTable    openTable
	// A value of which chunks are still to come.
	open struct {
		table  *table // nil: none
		prefix []byte // of its records: that of the first, which ends with the key
		head   head
		data   []byte
		chunks int
	}
}

// NewLoader starts a new keyspace with at least as many databases as the
// snapshot has.
func NewLoader(meta Meta, databases int, seed uint64, kinds *[256]*Kind) (*Loader, error) {
	if n := len(meta.physical); n > databases {
		return nil, fmt.Errorf("keyspace: the snapshot has %d databases, there are to be %d", n, databases)
	}
	ks := New(databases, seed)
	copy(ks.physical, meta.physical)
	ks.leases.SetLast(meta.last)
	ks.created, ks.uncounted = *meta.created, meta.uncounted
	ks.cut, ks.base = meta.Seq, meta.Seq
	l := &Loader{ks: ks, lane: ks.NewLane(), meta: meta, kinds: kinds}
	return l, nil
}

// Add takes the next record, in ascending order of keys. It keeps neither slice.
func (l *Loader) Add(key, value []byte) error {
	if len(key) == 0 || bytes.Compare(key, l.last) <= 0 {
		return fmt.Errorf("%w: key %q is out of order", errRecord, key)
	}
	l.last = append(l.last[:0], key...)
	var err error
	switch {
	case l.open.table != nil:
		err = l.addChunk(key, value)
	case l.openTable.key != nil:
		err = l.addTableChunk(key, value)
	case key[0] == recordTable:
		err = l.addTable(key, value)
	case key[0] == recordLease:
		err = l.addLease(key, value)
	case key[0] == recordKey:
		err = l.addKey(key, value)
	default:
		err = errRecord
	}
	if err != nil {
		return fmt.Errorf("%w (record %q)", err, key[:min(len(key), 64)])
	}
	return nil
}

func (l *Loader) addLease(key, value []byte) error {
	if len(key) != 9 {
		return errRecord
	}
	id := int64(binary.BigEndian.Uint64(key[1:]))
	f := varint.Reader{B: value}
	format, ttl, deadline := f.Byte(), f.Varint(), f.Varint()
	if f.Bad || len(f.B) > 0 || format != formatLease || id <= 0 || ttl <= 0 || deadline <= 0 {
		return errRecord
	}
	l.ks.leases.Put(id, ttl, deadline)
	l.leases++
	return nil
}

func (l *Loader) addKey(record, value []byte) error {
	if len(record) < keyHead {
		return errRecord
	}
	id := tableID{binary.BigEndian.Uint16(record[1:]), binary.BigEndian.Uint16(record[3:])}
	key := record[keyHead:]
	if int(id.db) >= len(l.ks.physical) || binary.BigEndian.Uint32(record[5:]) != uint32(len(key)) || ShardOf(key) != int(id.shard) {
		return errRecord
	}
	var h head
	data, err := h.parse(value)
	if err != nil {
		return err
	}
	if h.version == 0 || h.version > l.meta.Seq || len(data) > h.size {
		return errRecord
	}
	t := l.ks.shards[id.shard].make(id, l.ks)
	if len(data) == h.size {
		return l.insert(t, key, &h, data)
	}
	o := &l.open
	o.table, o.head, o.chunks = t, h, 0
	o.prefix, o.data = append(o.prefix[:0], record...), append([]byte(nil), data...)
	return nil
}

func (l *Loader) addChunk(record, value []byte) error {
	o := &l.open
	number, ok := bytes.CutPrefix(record, o.prefix)
	f := varint.Reader{B: value}
	format, version := f.Byte(), f.Uvarint()
	o.chunks++
	if !ok || len(number) != 4 || binary.BigEndian.Uint32(number) != uint32(o.chunks) || f.Bad ||
		format != formatChunk || version != o.head.version || len(f.B) == 0 || len(f.B) > o.head.size-len(o.data) {
		return errRecord
	}
	o.data = append(o.data, f.B...)
	if len(o.data) < o.head.size {
		return nil
	}
	key := o.prefix[keyHead:]
	o.table.setChunks(string(key), o.chunks)
	err := l.insert(o.table, key, &o.head, o.data)
	o.table, o.data = nil, nil
	return err
}

func (l *Loader) insert(t *table, key []byte, h *head, data []byte) error {
	kind := l.kinds[h.tag]
	if kind == nil {
		return fmt.Errorf("keyspace: the snapshot has a value of kind %d, which this version of msredis does not know", h.tag)
	}
	v, err := kind.Decode(data)
	if err != nil {
		return err
	}
	// The record may be older than log time. Where all parts have expired the next
	// entries delete the key, and snapshots hear of it.
	if kind.Parts && v.(Partial).Left(l.meta.Now) > 0 {
		v.(Partial).ExpireParts(l.meta.Now, true)
	}
	if vacant(v) {
		return errRecord
	}
	e := t.newEntry(key, v)
	e.version = h.version
	e.used.Store(uint32(evict.UsedAt(l.meta.Now)))
	t.insert(e, l.lane)
	switch {
	case h.deadline != 0:
		t.expireAt(e, h.deadline, l.lane)
	case h.lease != 0:
		shared := l.ks.leases.Get(h.lease)
		if shared == nil {
			return errRecord
		}
		t.attach(e, shared, l.lane)
	}
	l.keys++
	return nil
}

// Finish returns the keyspace when all records were added, and what its data is
// accounted with.
func (l *Loader) Finish() (ks *Keyspace, bytes int64, err error) {
	switch {
	case l.open.table != nil || l.openTable.key != nil:
		return nil, 0, fmt.Errorf("%w: the last value is not complete", errRecord)
	case l.keys != l.meta.Keys || l.leases != l.meta.Leases:
		return nil, 0, fmt.Errorf("keyspace: the snapshot should have %d keys and %d leases, but has %d and %d",
			l.meta.Keys, l.meta.Leases, l.keys, l.leases)
	}
	if err := l.ks.tables.Loaded(l.meta.tables); err != nil {
		return nil, 0, err
	}
	v, err := SettingsOf(l.ks.tables.Table(tables.Settings))
	if err != nil {
		return nil, 0, err
	}
	l.ks.settle(v)
	return l.ks, l.lane.Take().Bytes, nil
}
