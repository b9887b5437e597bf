package keyspace

import (
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/msredis/msredis/internal/varint"
	"github.com/msredis/msredis/store/tables"
)

// Meta is what a snapshot has to know besides its records.
type Meta struct {
	Applied  uint64 // index of the last log entry in it
	Now      int64  // log time
	Seq      uint64 // number of the last write
	Expired  uint64 // keys that have expired so far
	Keys     uint64 // records of keys, chunks not counted
	Leases   uint64
	last     int64    // id of the lease that was last chosen
	physical []uint16 // see Keyspace
	tables   [len(tables.All)]tables.Figures

	created   *created
	uncounted bool
}

// Format 1 knows no tables, formats 1 and 2 not when keys were created.
const formatMeta = 3

// Meta fills in what the keyspace itself knows. Only the writer may ask, between
// two batches.
func (ks *Keyspace) Meta() Meta {
	m := Meta{Leases: uint64(ks.leases.Len()), last: ks.leases.Last(), physical: slices.Clone(ks.physical), tables: ks.tables.Figures()}
	m.created, m.uncounted = new(ks.created), ks.uncounted
	for i := range ks.shards {
		for _, t := range ks.shards[i].tables {
			if t != nil {
				m.Keys += uint64(t.dict.Len())
			}
		}
	}
	return m
}

// Append appends the encoded meta to dst.
func (m *Meta) Append(dst []byte) []byte {
	dst = append(dst, formatMeta)
	dst = binary.AppendUvarint(dst, m.Applied)
	dst = binary.AppendVarint(dst, m.Now)
	dst = binary.AppendUvarint(dst, m.Seq)
	dst = binary.AppendUvarint(dst, m.Expired)
	dst = binary.AppendUvarint(dst, m.Keys)
	dst = binary.AppendUvarint(dst, m.Leases)
	dst = binary.AppendVarint(dst, m.last)
	dst = binary.AppendUvarint(dst, uint64(len(m.physical)))
	for _, p := range m.physical {
		dst = binary.AppendUvarint(dst, uint64(p))
	}
	for _, f := range m.tables {
		dst = binary.AppendUvarint(dst, f.Len)
		dst = binary.AppendUvarint(dst, f.Version)
	}
	dst = append(dst, flag(m.uncounted))
	return appendCreated(dst, m.created)
}

func flag(on bool) byte {
	if on {
		return 1
	}
	return 0
}

// ParseMeta is the inverse of Append.
func ParseMeta(src []byte) (Meta, error) {
	f := varint.Reader{B: src}
	format := f.Byte()
	if (format == 0 || format > formatMeta) && !f.Bad {
		return Meta{}, fmt.Errorf("keyspace: snapshot of format %d; this version of msredis reads formats up to %d", format, formatMeta)
	}
	m := Meta{
		Applied: f.Uvarint(), Now: f.Varint(), Seq: f.Uvarint(), Expired: f.Uvarint(),
		Keys: f.Uvarint(), Leases: f.Uvarint(), last: f.Varint(),
	}
	n := f.Uvarint()
	if f.Bad || n > MaxDatabases || n > uint64(len(f.B)) || m.Now < 0 || m.last < 0 {
		return Meta{}, errRecord
	}
	seen := make([]bool, n)
	for range n {
		p := f.Uvarint()
		if f.Bad || p >= n || seen[p] {
			return Meta{}, errRecord
		}
		seen[p] = true
		m.physical = append(m.physical, uint16(p))
	}
	if format > 1 {
		for i := range m.tables {
			m.tables[i] = tables.Figures{Len: f.Uvarint(), Version: f.Uvarint()}
		}
	}
	m.created, m.uncounted = new(created), true
	if format > 2 {
		m.uncounted = f.Byte() != 0
		m.created = parseCreated(&f)
	}
	if f.Bad || len(f.B) > 0 {
		return Meta{}, errRecord
	}
	return m, nil
}
