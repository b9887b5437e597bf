// Package keyspace is what the handlers of commands see of the data: a context
// with keys and values. Below it are the shards that the store locks, applies to
// and takes snapshots of.
package keyspace

import (
	"sync"
	"sync/atomic"

	"github.com/msredis/msredis/internal/acl"
	"github.com/msredis/msredis/internal/settings"
	"github.com/msredis/msredis/resp/command"
)

const (
	// Shards is the number of parts that the keyspace is locked by.
	Shards = 512
	// MaxDatabases bounds the number of databases.
	MaxDatabases = 1 << 14
	// slotsPerShard hash slots make a shard.
	slotsPerShard = command.Slots / Shards
)

// Keyspace is the data: shards, each with a table per database, the shared
// leases and the tables that all nodes share.
//
// There is one writer, the store's applier, which may use several goroutines;
// it alone takes locks exclusively, and so may read without any. Others read
// under shared locks.
type Keyspace struct {
	shards [Shards]shard
	leases leases
	tables sharedTables
	// settings are those of the table, ready for use. The same locks guard them.
	settings *settings.Values
	lfu      bool                      // they have a policy that counts the uses of keys
	users    atomic.Pointer[acl.Users] // those of the table, likewise
	rules    *acl.Rulebook

	// seed of the dictionaries: the same on all nodes of a cluster, so that
	// keys have the same order.
	seed uint64
	// physical maps the number of a database, as clients use it, to that of
	// its tables. SWAPDB swaps two of them. Written with all locks held.
	physical []uint16
	// cut is the sequence number at the last Cut, base that at the last Cut whose
	// snapshot was saved. The snapshot that is being written has the changes after base
	// and up to cut. Both change between two batches only.
	cut, base uint64
	created   created // guarded by the locks of the shards
	// uncounted: the first snapshot was of a format without created. So nodes may
	// differ in what is older than they, and the digest leaves it out.
	uncounted bool
	tidied    uint // shards that Tidy has looked at
	// listener hears of keys that reads did not find; nil: nobody does.
	listener Listener
	accounts Accounts // nil: nobody counts
	// draws numbers the reads that ask for random numbers.
	draws atomic.Uint64
	large atomic.Bool // see Large

	broken func(Broken) // see OnBroken
}

// shard holds the keys of slotsPerShard neighbouring hash slots.
type shard struct {
	mu     sync.RWMutex
	tables []*table // by physical database; nil while there was never a key
	// flushed are the physical databases whose tables were dropped since the
	// last Cut: the next snapshot deletes what it has of them.
	flushed map[uint16]bool
	// hits and misses count what reads looked for. They are no part of the
	// state, and on the cache line that a reader's lock has fetched anyway.
	hits, misses atomic.Uint64

	_ [128 - 72]byte // neighbours do not disturb each other
}

// New returns an empty keyspace of so many databases.
func New(databases int, seed uint64) *Keyspace {
	ks := &Keyspace{seed: seed, settings: settings.Default()}
	for db := range databases {
		ks.physical = append(ks.physical, uint16(db))
	}
	return ks
}

// Listen has l hear of keys that reads do not find. Nobody uses ks yet.
func (ks *Keyspace) Listen(l Listener) { ks.listener = l }

// Databases returns the number of databases.
func (ks *Keyspace) Databases() int { return len(ks.physical) }

// ShardOf returns the shard of a key.
func ShardOf(key []byte) int { return ShardOfSlot(command.Slot(key)) }

// ShardOfSlot returns the shard of the keys in a hash slot.
func ShardOfSlot(slot uint16) int { return int(slot) / slotsPerShard }

func (s *shard) table(physical uint16) *table {
	if int(physical) < len(s.tables) {
		return s.tables[physical]
	}
	return nil
}

// makeTable returns the table of a database in a shard, a new one if need be.
func (ks *Keyspace) makeTable(db, shard int) *table {
	return ks.shards[shard].make(tableID{uint16(shard), ks.physical[db]}, ks)
}

func (s *shard) make(id tableID, ks *Keyspace) *table {
	for int(id.db) >= len(s.tables) {
		s.tables = append(s.tables, nil)
	}
	t := s.tables[id.db]
	if t == nil {
		t = newTable(ks, id)
		s.tables[id.db] = t
	}
	return t
}

// table returns the table with this id, nil if there is none.
func (ks *Keyspace) table(id tableID) *table { return ks.shards[id.shard].table(id.db) }
