package keyspace

import (
	"fmt"
	"slices"

	"github.com/msredis/msredis/store/arena"
)

// Audit counts everything again and reports the first figure that is wrong. It
// is for tests, while nobody else uses the keyspace.
func (ks *Keyspace) Audit() (bytes int64, err error) {
	held := map[*Lease]int{}
	for i := range ks.shards {
		for db, t := range ks.shards[i].tables {
			if t == nil {
				continue
			}
			if t.id != (tableID{uint16(i), uint16(db)}) {
				return 0, fmt.Errorf("table %v is in shard %d, database %d", t.id, i, db)
			}
			size, due, attached, waiting := int64(0), 0, 0, 0
			dirty := map[string]bool{}
			for _, e := range t.dirty {
				dirty[e.Key()] = true
			}
			objects := 0
			for r := range t.dict.All() {
				e := r.entry()
				if !e.flat() {
					if objects++; t.objects[e.object().place] != e.object() {
						return 0, fmt.Errorf("table %v: nothing keeps %q alive", t.id, e.Key())
					}
				}
				size += e.MemSize()
				if next := nextPart(e.value); next != 0 {
					waiting++
					if t.parts == nil || t.parts.of[e] == nil || t.parts.of[e].deadline != next {
						return 0, fmt.Errorf("table %v: a part of %q expires at %d and nobody waits for it", t.id, e.Key(), next)
					}
				}
				switch x := e.expiry; {
				case e.value == nil || vacant(e.value):
					return 0, fmt.Errorf("table %v: %q is dead or empty", t.id, e.Key())
				case ShardOf(bytesOf(e.Key())) != i:
					return 0, fmt.Errorf("table %v: %q belongs elsewhere", t.id, e.Key())
				case e.version > ks.cut && !dirty[e.Key()]:
					return 0, fmt.Errorf("table %v: %q is new to the next snapshot, but not dirty", t.id, e.Key())
				case x == nil:
				case x.entry != e || x.table != t.id:
					return 0, fmt.Errorf("table %v: deadline of %q is another key's", t.id, e.Key())
				case x.lease == nil:
					due++
				default:
					attached++
					held[x.lease]++
					if x.lease.Held.keys[x.place] != x || ks.leases.Get(x.lease.ID) != x.lease || !x.lease.Held.shards.Has(i) {
						return 0, fmt.Errorf("table %v: lease %d does not know %q", t.id, x.lease.ID, e.Key())
					}
				}
			}
			if size != t.bytes || due != t.due.Len() || attached != t.held {
				return 0, fmt.Errorf("table %v: counts %d bytes, %d deadlines, %d leased; has %d, %d, %d",
					t.id, t.bytes, t.due.Len(), t.held, size, due, attached)
			}
			if objects != len(t.objects) {
				return 0, fmt.Errorf("table %v: %d entries of their own, the table has %d", t.id, objects, len(t.objects))
			}
			if used := t.blocks(); used != t.arena.Used() {
				return 0, fmt.Errorf("table %v: %d bytes of blocks are in use, the arena says %d", t.id, used, t.arena.Used())
			}
			if t.parts != nil && (waiting != len(t.parts.of) || waiting != t.parts.due.Len()) {
				return 0, fmt.Errorf("table %v: waits for parts of %d keys, has %d", t.id, len(t.parts.of), waiting)
			}
			bytes += size
		}
	}
	for _, l := range ks.leases.All() {
		if len(l.Held.keys) != held[l] {
			return 0, fmt.Errorf("lease %d counts %d keys, has %d", l.ID, len(l.Held.keys), held[l])
		}
	}
	return bytes, nil
}

// Arenas returns the bytes that the arenas have taken, and how many of them are
// in use. It is for tests.
func (ks *Keyspace) Arenas() (taken, used int) {
	for i := range ks.shards {
		for _, t := range ks.shards[i].tables {
			if t != nil {
				taken, used = taken+t.arena.Size(), used+t.arena.Used()
			}
		}
	}
	return taken, used
}

// blocks returns the bytes of the blocks that the table knows of.
func (t *table) blocks() (used int) {
	count := func(v Value) {
		if f, ok := v.(Flat); ok {
			_, size := f.Block()
			used += arena.BlockSize(size)
		}
	}
	dead := t.dead
	if p := t.pending; p != nil {
		dead = slices.Concat(dead, p.dead)
		for _, f := range p.freed {
			count(f)
		}
	}
	for r := range t.dict.All() {
		e := r.entry()
		if e.flat() {
			used += arena.BlockSize(e.block())
		}
		count(e.value)
	}
	for _, e := range dead {
		used += arena.BlockSize(e.block())
	}
	return used
}
