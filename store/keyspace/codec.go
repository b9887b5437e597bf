package keyspace

import (
	"encoding/binary"
	"errors"

	"github.com/msredis/msredis/internal/varint"
	"github.com/msredis/msredis/store/tables"
)

// The records of a snapshot.
//
//	table   0, table (1), length (4), name           -> format, length, value
//	chunk   … name, number (4)                       -> format, value
//	lease   1, id (8 bytes)                          -> format, ttl, deadline
//	key     2, shard (2), database (2), length (4), key -> format, head, value
//	chunk   … key, number (4)                        -> format, version, value
//
// Numbers in keys are big endian. So the order of records is: tables, leases, then
// shard by shard the databases, and there short keys before long ones. A value longer
// than chunkSize is continued in chunk records 1, 2 … right behind its key. The
// database is the physical one.
const (
	recordTable = 0
	recordLease = 1
	recordKey   = 2

	keyHead   = 1 + 2 + 2 + 4
	chunkSize = 1 << 20

	tableHead = 1 + 1 + 4
	tableRoom = chunkSize - 16 // of a record, for a table's value

	formatTable = 1
	formatLease = 1
	formatKey   = 1
	formatChunk = 1
)

var errRecord = errors.New("keyspace: malformed snapshot record")

func appendLeaseKey(dst []byte, id int64) []byte {
	return binary.BigEndian.AppendUint64(append(dst, recordLease), uint64(id))
}

func appendTableKey(dst []byte, id tables.ID, name string) []byte {
	dst = binary.BigEndian.AppendUint32(append(dst, recordTable, byte(id)), uint32(len(name)))
	return append(dst, name...)
}

func appendTablePrefix(dst []byte, id tableID) []byte {
	dst = binary.BigEndian.AppendUint16(append(dst, recordKey), id.shard)
	return binary.BigEndian.AppendUint16(dst, id.db)
}

func appendKey(dst []byte, id tableID, key string) []byte {
	dst = binary.BigEndian.AppendUint32(appendTablePrefix(dst, id), uint32(len(key)))
	return append(dst, key...)
}

func appendChunkKey(dst []byte, id tableID, key string, n int) []byte {
	return binary.BigEndian.AppendUint32(appendKey(dst, id, key), uint32(n))
}

// before is the order of the records of two keys of one table.
func before(a, b string) bool { return len(a) < len(b) || len(a) == len(b) && a < b }

// head is what a snapshot keeps of an entry besides its value.
type head struct {
	tag      byte // of the value's kind
	version  uint64
	deadline int64 // its own; 0: none
	lease    int64 // id of the shared lease; 0: none
	size     int   // of the encoded value, all chunks together
}

func headOf(e *Entry) head {
	h := head{tag: e.value.Kind().Tag, version: e.version}
	if x := e.expiry; x != nil {
		if x.lease != nil {
			h.lease = x.lease.ID
		} else {
			h.deadline = x.deadline
		}
	}
	return h
}

func (h *head) append(dst []byte) []byte {
	dst = append(dst, formatKey, h.tag)
	dst = binary.AppendUvarint(dst, h.version)
	dst = binary.AppendVarint(dst, h.deadline)
	dst = binary.AppendVarint(dst, h.lease)
	return binary.AppendUvarint(dst, uint64(h.size))
}

// parse reads a head and returns what follows it.
func (h *head) parse(src []byte) (rest []byte, err error) {
	f := varint.Reader{B: src}
	if f.Byte() != formatKey {
		return nil, errRecord
	}
	h.tag = f.Byte()
	h.version = f.Uvarint()
	h.deadline = f.Varint()
	h.lease = f.Varint()
	size := f.Uvarint()
	if f.Bad || size > maxValueSize || h.deadline < 0 || h.lease < 0 || h.deadline != 0 && h.lease != 0 {
		return nil, errRecord
	}
	h.size = int(size)
	return f.B, nil
}

// maxValueSize bounds an encoded value, so that a damaged length is found before
// memory is given to it.
const maxValueSize = 1 << 40
