package stream

import (
	"bytes"
	"slices"
	"unsafe"

	"github.com/msredis/msredis/internal/listpack"
	"github.com/msredis/msredis/internal/mutant"
	"github.com/msredis/msredis/internal/settings"
	"github.com/msredis/msredis/resp/reply"
	"github.com/msredis/msredis/store/ds"
)

// chunkBytesMax bounds a chunk whatever the settings are, as Redis does.
const chunkBytesMax = 1 << 30

// chunk is a run of entries, packed:
//
//	number of fields, field …, 0                     of the first entry
//	flags, ms, seq, value …, length                  an entry with these fields
//	flags, ms, seq, number, (field, value) …, length any other
//
// ms and seq are those beyond the chunk's own; length is the number of elements before
// it. A deleted entry stays and is only marked, so that no other moves; a chunk goes
// when none of its entries is left. It is the form in which Redis keeps them, byte for
// byte (see listpack.go), because the effect of trimming with "~" depends on it.
type chunk struct {
	id   ID // of the first entry, even if that is deleted
	last ID // of the last entry, even if that is deleted
	live int
	dead int // deleted
	body []byte
	mark ds.Mark
}

const (
	flagDeleted    = 1
	flagSameFields = 2
)

func (c *chunk) key() ID { return c.id }

// packedSize is how long the listpack of Redis is that the chunk would be there.
func (c *chunk) packedSize() int {
	const frame = 6 + 1
	return frame + listpack.IntSize(int64(c.live)) + listpack.IntSize(int64(c.dead)) + len(c.body)
}

// hasRoom reports whether an entry whose strings have so many bytes is added to
// this chunk or begins another one. The settings bound the bytes of a chunk, and
// its entries, deleted ones included; 0 is no bound.
func (c *chunk) hasRoom(s *settings.Values, size int) bool {
	bytes, entries := s.StreamNodeMaxBytes, s.StreamNodeMaxEntries
	if bytes == 0 || bytes > chunkBytesMax {
		bytes = chunkBytesMax
	}
	return c.packedSize()+size < bytes && (entries == 0 || c.live+c.dead < entries)
}

// newChunk starts a chunk with its first entry; pairs are fields and values.
func newChunk(id ID, pairs [][]byte, size int) *chunk {
	c := &chunk{id: id}
	c.body = make([]byte, 0, size+8*len(pairs))
	c.body = listpack.AppendInt(c.body, int64(len(pairs)/2))
	for i := 0; i < len(pairs); i += 2 {
		c.body = listpack.AppendString(c.body, pairs[i])
	}
	c.body = listpack.AppendInt(c.body, 0)
	c.append(id, pairs)
	return c
}

// append adds an entry.
func (c *chunk) append(id ID, pairs [][]byte) {
	n, same := len(pairs)/2, c.sameFields(pairs)
	flags, elements := int64(0), 3+1+2*n
	if same {
		flags, elements = flagSameFields, 3+n
	}
	b := listpack.AppendInt(c.body, flags)
	b = listpack.AppendInt(b, int64(id.MS-c.id.MS))
	b = listpack.AppendInt(b, int64(id.Seq-c.id.Seq))
	if !same {
		b = listpack.AppendInt(b, int64(n))
	}
	for i := 0; i < len(pairs); i += 2 {
		if !same {
			b = listpack.AppendString(b, pairs[i])
		}
		b = listpack.AppendString(b, pairs[i+1])
	}
	c.body = listpack.AppendInt(b, int64(elements))
	c.last = id
	c.live++
}

// sameFields reports whether the fields are those of the chunk's first entry.
func (c *chunk) sameFields(pairs [][]byte) bool {
	n, at := c.fields()
	if n != len(pairs)/2 {
		return false
	}
	var tmp [20]byte
	for i := 0; i < len(pairs); i += 2 {
		e, size := listpack.Cut(c.body[at:])
		if !bytes.Equal(e.Bytes(tmp[:]), pairs[i]) {
			return false
		}
		at += size
	}
	return true
}

// fields returns the number of fields of the first entry, and where they begin.
func (c *chunk) fields() (n, at int) {
	e, at := listpack.Cut(c.body)
	return int(e.Num), at
}

// seal gives back the room that nothing is added to any more.
func (c *chunk) seal() {
	if cap(c.body)-len(c.body) > len(c.body)/8 {
		c.body = slices.Clone(c.body)
	}
}

func (c *chunk) clone() *chunk {
	d := *c
	d.body = slices.Clone(c.body)
	return &d
}

// take returns the chunk if it may be changed in place, else a copy.
func (c *chunk) take(own *ds.Owner) *chunk {
	if own.Mine(c.mark) || mutant.On(mutant.ChunkShared) {
		return c
	}
	d := *c
	d.mark = own.Copy(int(unsafe.Sizeof(d)) + cap(c.body))
	d.body = append(make([]byte, 0, cap(c.body)), c.body...)
	return &d
}

// cursor walks over the entries of a chunk.
type cursor struct {
	c      *chunk
	master int // where the fields of the first entry begin
	shared int // their number
	at     int // where the present entry begins
	next   int // where the one behind it begins

	id    ID
	flags byte
	n     int // pairs of the present entry
	pairs int // where they begin; with flagSameFields the values
}

func (c *chunk) start() cursor {
	n, at := c.fields()
	k := cursor{c: c, master: at, shared: n, next: at}
	for range n + 1 { // and the 0 behind them
		k.next += listpack.Skip(c.body[k.next:])
	}
	return k
}

// step goes to the next entry, deleted or not.
func (k *cursor) step() bool {
	b := k.c.body
	if k.next >= len(b) {
		return false
	}
	k.at = k.next
	k.flags = b[k.at]
	at := k.at + 2
	ms, size := listpack.Int(b[at:])
	at += size
	seq, size := listpack.Int(b[at:])
	at += size
	k.id = ID{k.c.id.MS + uint64(ms), k.c.id.Seq + uint64(seq)}
	k.n = k.shared
	elements := k.n
	if k.flags&flagSameFields == 0 {
		n, size := listpack.Int(b[at:])
		at += size
		k.n = int(n)
		elements = 2 * k.n
	}
	k.pairs = at
	for range elements + 1 { // and the length
		at += listpack.Skip(b[at:])
	}
	k.next = at
	return true
}

func (k *cursor) deleted() bool { return k.flags&flagDeleted != 0 }

// delete marks the present entry.
func (k *cursor) delete() {
	k.flags |= flagDeleted
	k.c.body[k.at] = k.flags
	k.c.live--
	k.c.dead++
}

// reply answers with the present entry: its ID, and its fields and values.
func (k *cursor) reply(w *reply.Writer) {
	w.Array(2)
	replyID(w, k.id)
	w.Array(2 * k.n)
	b, field, at := k.c.body, k.master, k.pairs
	from := &at // where the next field stands
	if k.flags&flagSameFields != 0 {
		from = &field
	}
	for range k.n {
		*from += replyElement(w, b[*from:])
		at += replyElement(w, b[at:])
	}
}

// replyElement answers with the first element of b and returns its length.
func replyElement(w *reply.Writer, b []byte) int {
	e, size := listpack.Cut(b)
	if e.Str != nil {
		w.Bulk(e.Str)
	} else {
		w.BulkInt(e.Num)
	}
	return size
}

// find goes to the entry id that is not deleted.
func (c *chunk) find(id ID) (k cursor, ok bool) {
	for k = c.start(); k.step(); {
		if k.id == id && !k.deleted() {
			return k, true
		}
	}
	return k, false
}
