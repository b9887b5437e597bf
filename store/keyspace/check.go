package keyspace

import "github.com/zeebo/xxh3"

// DigestVersion is raised when a digest of the same state becomes another one:
// nodes of different versions must not compare theirs.
const DigestVersion = 2

// Position is a place in the order in which all nodes have the keys: by shard,
// database and hash. Behind the last shard comes what is in no shard.
type Position struct {
	Shard int    `json:"shard"`
	DB    int    `json:"db"`
	Hash  uint64 `json:"hash"`
}

// Part is a part of the state: the keys from one position up to another one. If Rest is
// set, it also has the tables and one of so many parts of the leases.
type Part struct {
	From Position `json:"from"`
	To   Position `json:"to"`
	Rest uint64   `json:"rest,omitempty"` // number of parts
	Nth  uint64   `json:"nth,omitempty"`  // of them
}

// restPart is how many leases there are in a part.
const restPart = 20_000

// Plan returns the part that begins at a position and has so many keys, or so many
// bytes. It may have a few more where hashes are equal. Plan also returns about how
// many bytes have to be looked at. A value of more than that is a part of its own. The
// writer asks.
func (ks *Keyspace) Plan(from Position, keys int, bytes int64) (p Part, size int64) {
	at := from
	if at.Shard >= Shards {
		n := uint64(ks.leases.Len()/restPart + 1)
		p = Part{From: from, To: Position{Shard: Shards, DB: from.DB + 1}, Rest: n, Nth: uint64(from.DB)}
		if p.Nth+1 >= n {
			p.To = Position{}
		}
		return p, int64(ks.leases.Len()) * 16
	}
	for ; at.Shard < Shards; at = (Position{Shard: at.Shard + 1}) {
		tables := ks.shards[at.Shard].tables
		for ; at.DB < len(ks.physical); at.DB, at.Hash = at.DB+1, 0 {
			physical := int(ks.physical[at.DB])
			if physical >= len(tables) || tables[physical] == nil {
				continue
			}
			for more := true; more; {
				if keys <= 0 || size >= bytes {
					return Part{From: from, To: at}, size
				}
				next := tables[physical].dict.Scan(at.Hash, 1, func(r ref) {
					keys--
					size += r.entry().MemSize()
				})
				if more = next != 0; more {
					at.Hash = next
				}
			}
		}
	}
	return Part{From: from, To: Position{Shard: Shards}}, size
}

// SumPart returns the sum of a part, of the time and of the number of the last
// write. The writer asks. Of values larger than whole only what is noted beside
// them counts, their version among it.
func (ks *Keyspace) SumPart(p Part, now int64, seq uint64, whole int64) (sum Sum) {
	ks.sumNumbers(&sum, now, seq)
	if p.Rest > 0 {
		ks.leases.Each(func(l *Lease) {
			if uint64(l.ID)%p.Rest == p.Nth {
				sumLease(&sum, l, now)
			}
		})
		if p.Nth == 0 {
			ks.sumTables(&sum)
			for i := range Shards {
				ks.sumCreated(i, &sum)
			}
		}
		return sum
	}
	s := summer{sum: &sum, h: new(xxh3.Hasher), now: now, whole: whole}
	for at := p.From; at.before(p.To) && at.Shard < Shards; at = (Position{Shard: at.Shard + 1}) {
		tables := ks.shards[at.Shard].tables
		for ; at.DB < len(ks.physical) && at.before(p.To); at.DB, at.Hash = at.DB+1, 0 {
			physical := int(ks.physical[at.DB])
			if physical >= len(tables) || tables[physical] == nil {
				continue
			}
			s.db = at.DB
			for hash, more := at.Hash, true; more && (Position{at.Shard, at.DB, hash}).before(p.To); more = hash != 0 {
				t := tables[physical]
				hash = t.dict.Scan(hash, 1, func(r ref) { s.add(t, r.entry()) })
			}
		}
	}
	return sum
}

func (p Position) before(q Position) bool {
	switch {
	case p.Shard != q.Shard:
		return p.Shard < q.Shard
	case p.DB != q.DB:
		return p.DB < q.DB
	}
	return p.Hash < q.Hash
}
