package store

import (
	"math"

	"github.com/msredis/msredis/store/keyspace"
)

// deadlines knows the earliest deadline of each shard, and of all of them
// without asking each. It belongs to the applier.
type deadlines struct {
	shard [keyspace.Shards]int64
	group [keyspace.Shards / groupSize]int64 // minimum of groupSize shards
	first int64
}

const (
	groupSize  = 64
	noDeadline = math.MaxInt64
)

func (d *deadlines) reset() {
	for i := range d.shard {
		d.shard[i] = noDeadline
	}
	for i := range d.group {
		d.group[i] = noDeadline
	}
	d.first = noDeadline
}

// update asks the shards of the set again.
func (d *deadlines) update(ks *keyspace.Keyspace, set *keyspace.ShardSet) {
	stale := false
	set.Each(func(i int) {
		if i == keyspace.LeaseLock {
			return
		}
		next, g := ks.Next(i), i/groupSize
		switch old := d.shard[i]; {
		case next == old:
			return
		case next < d.group[g]:
			d.group[g], stale = next, true
		case old == d.group[g]:
			d.shard[i] = next
			d.group[g], stale = lowest(d.shard[g*groupSize:(g+1)*groupSize]), true
		}
		d.shard[i] = next
	})
	if stale {
		d.first = lowest(d.group[:])
	}
}

// collect adds the shards that have a key whose deadline has come by now.
func (d *deadlines) collect(now int64, set *keyspace.ShardSet) {
	if d.first > now {
		return
	}
	for i, at := range d.shard {
		if at <= now {
			set.Add(i)
		}
	}
}

func lowest(list []int64) int64 {
	first := int64(noDeadline)
	for _, at := range list {
		first = min(first, at)
	}
	return first
}
