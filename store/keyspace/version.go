package keyspace

import (
	"encoding/binary"

	"github.com/zeebo/xxh3"

	"github.com/msredis/msredis/internal/varint"
	"github.com/msredis/msredis/resp/command"
)

// Versions, as WATCH takes them and EXEC compares them. They follow from what can be
// seen of a key and from its history in the log, so all nodes agree on them.
//
//   - The version of a key is the number of the last call that changed it.
//   - Parts expire without a call. Of a key with parts that will, the version is mixed
//     with the time at which the next one does. The time grows with each part that
//     goes, and any other change gives a new number.
//   - The version of a key that does not exist is the number of the last write. Nothing
//     has happened to the key as long as no key like it was created since. Those like
//     it are the ones that share a number in created, and a key is like itself.

// likeBuckets is how many numbers a shard has for the keys that it creates. The more
// there are, the seldomer a transaction fails because of somebody else's key.
const likeBuckets = 8

// created has for all keys, by shard and hash, when one was last created: the number
// of the call. It is part of the state.
type created [Shards][likeBuckets]uint64

// all notes that any key of a shard may have been created: SWAPDB brings what a
// database has, and takes it away again.
func (c *created) all(shard int, seq uint64) {
	for i := range c[shard] {
		c[shard][i] = seq
	}
}

// of returns the place of a key.
func (c *created) of(shard int, key string) *uint64 {
	return &c[shard][xxh3.HashString(key)%likeBuckets]
}

// Version returns the version of a key in a shard; seq is the number of the last
// write. The shard has to be locked for reading, or the caller be the writer.
func (ks *Keyspace) Version(db int, key []byte, shard int, now int64, seq uint64) uint64 {
	if t, e := ks.seen(db, key, shard, now); e != nil {
		return version(t, e, now)
	}
	return command.Absent | seq
}

// Unchanged reports whether the version of a key is still the one that was taken. The
// caller is as for Version. Logs of earlier versions of msredis have plain numbers of
// calls, and 0 for keys that did not exist.
func (ks *Keyspace) Unchanged(w *command.Watch, shard int, now int64) bool {
	t, e := ks.seen(w.DB, w.Key, shard, now)
	switch {
	case e != nil:
		return w.Version == version(t, e, now) || w.Version == e.version
	case !w.Absent():
		return w.Version == 0
	case w.DB >= len(ks.physical):
		return true
	}
	seq := w.Version &^ command.Absent
	return *ks.created.of(shard, string(w.Key)) <= seq
}

// seen returns the entry of a key and its table; nil if it does not exist.
func (ks *Keyspace) seen(db int, key []byte, shard int, now int64) (*table, *Entry) {
	if db >= len(ks.physical) {
		return nil, nil
	}
	t := ks.shards[shard].table(ks.physical[db])
	if t == nil {
		return nil, nil
	}
	e := t.find(key)
	if e == nil || e.expired(now) || t.partsGone(e, now) {
		return t, nil
	}
	return t, e
}

func version(t *table, e *Entry, now int64) uint64 {
	next := t.nextVisible(e, now)
	if next == 0 {
		return e.version
	}
	return mix(e.version^mix(uint64(next))) &^ command.Absent
}

// Late reports whether a key, or a part of it, expires between log time and a
// clock: its version is another one then. The shard is locked for reading.
func (ks *Keyspace) Late(db int, key []byte, shard int, now, clock int64) bool {
	t, e := ks.seen(db, key, shard, now)
	if e == nil {
		return false
	}
	c := Ctx{Now: now, Clock: clock}
	c.gone(e)
	c.meet(t.nextVisible(e, now))
	return c.late
}

// appendCreated appends those of the numbers that are not zero.
func appendCreated(dst []byte, c *created) []byte {
	n := uint64(0)
	c.each(func(int, uint64) { n++ })
	dst = binary.AppendUvarint(dst, n)
	last := 0
	c.each(func(i int, seq uint64) {
		dst = binary.AppendUvarint(dst, uint64(i-last))
		dst = binary.AppendUvarint(dst, seq)
		last = i
	})
	return dst
}

func (c *created) each(fn func(i int, seq uint64)) {
	for shard := range c {
		for k, seq := range c[shard] {
			if seq != 0 {
				fn(shard*likeBuckets+k, seq)
			}
		}
	}
}

// parseCreated is the inverse of appendCreated; f.Bad tells of damage.
func parseCreated(f *varint.Reader) *created {
	c := new(created)
	at := uint64(0)
	for n := f.Uvarint(); n > 0 && !f.Bad; n-- {
		at += f.Uvarint()
		seq := f.Uvarint()
		if at >= Shards*likeBuckets || seq == 0 {
			f.Bad = true
			return c
		}
		c[at/likeBuckets][at%likeBuckets] = seq
	}
	return c
}

// sumCreated adds the numbers of a shard to a digest.
func (ks *Keyspace) sumCreated(i int, sum *Sum) {
	if ks.uncounted || ks.created[i] == [likeBuckets]uint64{} {
		return
	}
	var b [4 + 8*likeBuckets]byte
	binary.BigEndian.PutUint32(b[:], uint32(i))
	for k, seq := range ks.created[i] {
		binary.BigEndian.PutUint64(b[4+8*k:], seq)
	}
	sum.add(xxh3.Hash128(b[:]))
}
