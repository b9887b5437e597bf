package wal

import (
	"encoding/binary"
	"errors"

	"github.com/msredis/msredis/internal/varint"
	"go.etcd.io/raft/v3/raftpb"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
)

// A record is what one group writes at one time. It is the data of one entry of etcd's
// WAL. These entries are numbered by the node, from one to the next, and their term is 0.
// So they differ from raft's own entries, which have a term. Logs of the first format hold
// those; see first.go.
//
//	byte     version of the format
//	uvarint  group
//	byte     what follows: recordHard, recordMark
//	         hard state: term, vote, commit index, as uvarints
//	         mark: index and term as uvarints, raftpb.ConfState with its length in front
//	uvarint  number of entries
//	         if there are any: index of the first as uvarint
//	         each: type as byte, term as uvarint, data with its length in front
//
// A record is whole or not there. It holds what raft may find together: the commit index
// in it is never beyond its entries and those before.
const recordVersion = 2

const (
	recordHard = 1 << iota
	recordMark
)

// maxRecord is the size of data at which a batch is cut into several records, in bytes.
// etcd's encoder needs no memory of its own for a record of this size.
const maxRecord = 512 << 10

// hardState is raft's, without pointers.
type hardState struct{ term, vote, commit uint64 }

func (h hardState) raft() *raftpb.HardState {
	return &raftpb.HardState{Term: &h.term, Vote: &h.vote, Commit: &h.commit}
}

func hardOf(h *raftpb.HardState) hardState {
	return hardState{h.GetTerm(), h.GetVote(), h.GetCommit()}
}

// record is one that was read.
type record struct {
	group   uint64
	hard    *hardState // nil: none
	mark    *Mark      // nil: none
	entries []*raftpb.Entry
}

// appendRecord encodes a record behind b. hard and mark may be nil.
func appendRecord(b []byte, group uint64, hard *hardState, mark *Mark, entries []*raftpb.Entry) []byte {
	b = append(b, recordVersion)
	b = binary.AppendUvarint(b, group)
	at := len(b)
	b = append(b, 0)
	if hard != nil {
		b[at] |= recordHard
		b = binary.AppendUvarint(b, hard.term)
		b = binary.AppendUvarint(b, hard.vote)
		b = binary.AppendUvarint(b, hard.commit)
	}
	if mark != nil {
		b[at] |= recordMark
		b = binary.AppendUvarint(b, mark.Index)
		b = binary.AppendUvarint(b, mark.Term)
		conf, err := proto.Marshal(mark.Conf)
		if err != nil {
			panic("wal: " + err.Error()) // it is made of numbers
		}
		b = binary.AppendUvarint(b, uint64(len(conf)))
		b = append(b, conf...)
	}
	b = binary.AppendUvarint(b, uint64(len(entries)))
	if len(entries) > 0 {
		b = binary.AppendUvarint(b, entries[0].GetIndex())
	}
	for _, e := range entries {
		b = append(b, byte(e.GetType()))
		b = binary.AppendUvarint(b, e.GetTerm())
		b = binary.AppendUvarint(b, uint64(len(e.GetData())))
		b = append(b, e.GetData()...)
	}
	return b
}

var errNotARecord = errors.New("not a record of a group")

// decodeRecord reads a record. The data of its entries are parts of b.
func decodeRecord(b []byte) (rec record, err error) {
	r := varint.Reader{B: b}
	version := r.Byte()
	rec.group = r.Uvarint()
	has := r.Byte()
	if version != recordVersion || has&^(recordHard|recordMark) != 0 {
		r.Fail()
	}
	if has&recordHard != 0 {
		rec.hard = &hardState{r.Uvarint(), r.Uvarint(), r.Uvarint()}
	}
	if has&recordMark != 0 {
		rec.mark = &Mark{Index: r.Uvarint(), Term: r.Uvarint(), Conf: &raftpb.ConfState{}}
		if proto.Unmarshal(r.Bytes(), rec.mark.Conf) != nil {
			r.Fail()
		}
	}
	n := r.Count()
	index := uint64(0)
	if n > 0 {
		index = r.Uvarint()
		rec.entries = make([]*raftpb.Entry, 0, n)
	}
	for range n {
		typ, term, data := r.Byte(), r.Uvarint(), r.Bytes()
		if typ > byte(raftpb.EntryConfChangeV2) || term == 0 {
			r.Fail()
		}
		if r.Bad {
			break
		}
		e := &raftpb.Entry{Type: raftpb.EntryType(typ).Enum(), Term: &term, Index: new(index), Data: data}
		if len(data) == 0 {
			e.Data = nil
		}
		rec.entries = append(rec.entries, e)
		index++
	}
	if r.Bad || len(r.B) > 0 {
		return record{}, errNotARecord
	}
	return rec, nil
}

// numbers reads a message that has varint fields 1 to n and, unless it is 0, a
// blob field, and nothing else. The type of a record is the one thing its
// checksum does not cover; a record read as another kind does not pass here.
func numbers(data []byte, n int, blob protowire.Number) (f [4]uint64, b []byte, ok bool) {
	for len(data) > 0 {
		num, typ, k := protowire.ConsumeTag(data)
		if k < 0 {
			return f, nil, false
		}
		data = data[k:]
		switch {
		case typ == protowire.VarintType && num >= 1 && int(num) <= n:
			f[num], k = protowire.ConsumeVarint(data)
		case typ == protowire.BytesType && num == blob:
			b, k = protowire.ConsumeBytes(data)
		default:
			return f, nil, false
		}
		if k < 0 {
			return f, nil, false
		}
		data = data[k:]
	}
	return f, b, true
}
