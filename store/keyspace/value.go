package keyspace

import (
	"github.com/zeebo/xxh3"

	"github.com/msredis/msredis/internal/rdb"
	"github.com/msredis/msredis/internal/settings"
)

// Value is what a key holds: one of the containers of a family.
//
// A value belongs to one key of one shard and is only touched under that
// shard's lock. Before a handler changes a value in place it calls Ctx.Edit on
// the entry; a value that is replaced instead needs no such call.
type Value interface {
	// Kind is the row that describes the family.
	Kind() *Kind
	// Encoding is the name that OBJECT ENCODING shows.
	Encoding() string
	// Len is the number of elements. A container that reaches 0 is deleted with its key
	// at the end of the command, unless its kind KeepsEmpty. For strings: 1.
	Len() int
	// MemSize estimates the bytes held, by a rule that gives every node the
	// same number for the same content. O(1).
	MemSize() int64
	// Clone returns a deep copy that shares nothing mutable.
	Clone() Value
	// Encode appends the content for snapshots. Equal content encodes to
	// equal bytes, whatever the history that led to it.
	Encode(dst []byte) []byte
	// Digest folds the content into h, equal for equal content.
	Digest(h *xxh3.Hasher)
}

// Kind describes a family of values: one row per family, in store/catalogue.go.
type Kind struct {
	Name string // as TYPE prints it: "string", "list" …
	Tag  byte   // in snapshots; never reused for another family
	// KeepsEmpty: a value without elements is one all the same, and stays.
	KeepsEmpty bool
	// Parts: the values are Partial.
	Parts bool
	// Await is what clients can wait for (BLPOP, XREAD).
	Await Await
	// Decode is the inverse of Value.Encode. Its input may be hostile: it
	// returns an error, never panics, and allocates no more than a small
	// multiple of len(src). It does not keep src.
	Decode func(src []byte) (Value, error)
	// RDB is the family's form in Redis's serialisation, for DUMP and RESTORE;
	// nil if it has none.
	RDB *RDB
}

// RDB is how the values of a family are written and read in Redis's own
// serialisation.
type RDB struct {
	// Dump serialises a value as Redis 7.0 does. It is a read.
	Dump func(v Value) *rdb.Encoder
	// Types are the types of values that Load reads; no other family has them.
	Types []rdb.Type
	// Load makes a value of what follows its type. It is held to what
	// Kind.Decode is. The value it makes depends on its input and the settings
	// alone, and has an element at least, unless its kind KeepsEmpty.
	Load func(s *settings.Values, t rdb.Type, d *rdb.Decoder) (Value, error)
}

// vacant reports whether v is an empty container that has no place in a
// keyspace.
func vacant(v Value) bool { return v.Len() == 0 && !v.Kind().KeepsEmpty }
