package keyspace

import (
	"encoding/binary"
	"encoding/hex"
	"strings"

	"github.com/zeebo/xxh3"
)

// DigestOf returns the 40 hexadecimal digits that DEBUG DIGEST-VALUE shows for
// a key: of its value and deadline. nil gives 40 zeros.
func (c *Ctx) DigestOf(e *Entry) string {
	if e == nil {
		return strings.Repeat("0", 40)
	}
	var h xxh3.Hasher
	h.Reset()
	var tmp [9]byte
	tmp[0] = e.value.Kind().Tag
	binary.BigEndian.PutUint64(tmp[1:], uint64(e.Deadline()))
	h.Write(tmp[:])
	e.value.Digest(&h)
	return digestText(h.Sum128())
}

// digestText makes the 40 hexadecimal digits of a digest from its 128 bits; the
// last eight are a check sum of the others.
func digestText(sum xxh3.Uint128) string {
	b := sum.Bytes()
	return hex.EncodeToString(binary.BigEndian.AppendUint32(b[:], uint32(xxh3.Hash(b[:]))))
}

// Sum is a digest of a set of things, in which their order does not count.
type Sum struct{ hi, lo, n uint64 }

func (s *Sum) add(h xxh3.Uint128) {
	s.hi += h.Hi
	s.lo += h.Lo
	s.n++
}

// Add adds what t was made of to s.
func (s *Sum) Add(t *Sum) { s.hi, s.lo, s.n = s.hi+t.hi, s.lo+t.lo, s.n+t.n }

// String returns 40 hexadecimal digits.
func (s *Sum) String() string {
	var b [24]byte
	binary.BigEndian.PutUint64(b[:], s.hi)
	binary.BigEndian.PutUint64(b[8:], s.lo)
	binary.BigEndian.PutUint64(b[16:], s.n)
	return digestText(xxh3.Hash128(b[:]))
}

// summer adds the keys of a database to a sum.
type summer struct {
	sum   *Sum
	h     *xxh3.Hasher // large
	now   int64
	db    int
	whole int64 // larger values are not looked into; 0: all are
	tmp   []byte
}

func (s *summer) add(t *table, e *Entry) {
	if e.expired(s.now) || t.partsGone(e, s.now) {
		return
	}
	// The state does not include which expired parts are in memory.
	v, size := e.value, int64(0)
	if s.whole > 0 {
		size = e.MemSize()
	}
	if v.Kind().Parts {
		size = partSize * int64(v.(Partial).Left(s.now))
		v = v.(Partial).AsOf(s.now)
	}
	if s.h == nil {
		s.h = new(xxh3.Hasher)
	}
	head := headOf(e)
	s.tmp = binary.BigEndian.AppendUint32(s.tmp[:0], uint32(s.db))
	key := e.Key()
	s.tmp = binary.BigEndian.AppendUint32(s.tmp, uint32(len(key)))
	s.tmp = append(s.tmp, key...)
	s.tmp = head.append(s.tmp)
	s.h.Reset()
	s.h.Write(s.tmp)
	s.h.WriteString(v.Encoding()) // the settings may have been others when it was written
	if s.whole == 0 || size <= s.whole {
		v.Digest(s.h)
	}
	s.sum.add(s.h.Sum128())
}

// partSize is about what a part takes, in bytes.
const partSize = 64

// SumShard returns the sum of a shard's keys. Its lock is held for reading.
func (ks *Keyspace) SumShard(i int, now int64) (sum Sum) {
	s := summer{sum: &sum, now: now} // most shards of a small store are empty
	for physical, t := range ks.shards[i].tables {
		if t == nil {
			continue
		}
		s.db = ks.logical(uint16(physical))
		for r := range t.dict.All() {
			s.add(t, r.entry())
		}
	}
	ks.sumCreated(i, &sum)
	return sum
}

// SumRest returns the sum of what is in no shard. LeaseLock is held for reading;
// seq is the number of the last write.
func (ks *Keyspace) SumRest(now int64, seq uint64) (sum Sum) {
	ks.leases.Each(func(l *Lease) { sumLease(&sum, l, now) })
	ks.sumNumbers(&sum, now, seq)
	ks.sumTables(&sum)
	return sum
}

func sumLease(sum *Sum, l *Lease, now int64) {
	if l.Deadline() <= now {
		return
	}
	var b [24]byte
	binary.BigEndian.PutUint64(b[:], uint64(l.ID))
	binary.BigEndian.PutUint64(b[8:], uint64(l.TTL))
	binary.BigEndian.PutUint64(b[16:], uint64(l.Deadline()))
	sum.add(xxh3.Hash128(b[:]))
}

func (ks *Keyspace) sumNumbers(sum *Sum, now int64, seq uint64) {
	var b [32]byte
	binary.BigEndian.PutUint64(b[:], uint64(now))
	binary.BigEndian.PutUint64(b[8:], seq)
	binary.BigEndian.PutUint64(b[16:], uint64(ks.leases.Last()))
	binary.BigEndian.PutUint64(b[24:], uint64(len(ks.physical)))
	sum.add(xxh3.Hash128(b[:]))
}
