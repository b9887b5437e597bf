// Package store is the state machine of one raft group: 512 shards of keys. It is fed
// with log entries in order and read by many connections at once.
//
// You hold a Store. Your duties:
//
//  1. Call Apply from one goroutine at a time, with entries in index order, each
//     exactly once. How they are cut into calls does not change the state.
//  2. Call Cut like Apply, between two calls of it, and end every Delta with Done
//     before the next Cut.
//  3. Answer a client only after Apply returned.
//  4. Read whenever you like, from any goroutine. The store does not know whether the
//     state is recent enough for a linearizable answer; its caller does.
//  5. To restore a snapshot, load it into a new Store before anybody uses that.
package store

import (
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/msredis/msredis/internal/acl"
	"github.com/msredis/msredis/internal/invariants"
	"github.com/msredis/msredis/internal/settings"
	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/store/keyspace"
	"github.com/msredis/msredis/store/script"
	"github.com/msredis/msredis/store/tables"
)

// Entry is one log entry, ready to be applied.
type Entry struct {
	Index uint64
	Time  int64  // stamp of the leader, Unix ms; log time is the maximum of all so far
	Seed  uint64 // for commands that draw random numbers
	// Units in log order. A unit of a client of this node also carries its reads and
	// literals, and its W receives the replies. The units of other nodes have writes
	// only, and W.Discard set. The state must not depend on which of the two it is.
	Units []*command.Unit
}

// Options configure a Store.
type Options struct {
	Table     *command.Table
	Rows      []keyspace.Row
	Kinds     []*keyspace.Kind
	Databases int    // number of logical databases, the same on all nodes
	Lanes     int    // goroutines that apply a large batch; 0: one for two processors
	HashSeed  uint64 // the same on all nodes of a cluster
	// Listener hears of what the batches did; nil: nobody listens.
	Listener keyspace.Listener
	// Accounts takes the figures of what scripts do; nil: nobody counts.
	Accounts keyspace.Accounts
	// TablesChanged hears after a batch which of the tables that all nodes share
	// have changed, before Apply returns and the shards are let go. all may be
	// read during the call only. Announce tells it of all tables. nil if nobody
	// wants to know.
	TablesChanged func(all *tables.Set, changed []tables.ID)
	// UsersChanged hears of the users, when TablesChanged does. nil: nobody wants to know.
	UsersChanged func(*acl.Users)
	// Broken hears of calls that were broken off because their handlers panicked;
	// it may be called from several goroutines, and must not block. nil: a panic
	// ends the process.
	Broken func(keyspace.Broken)
	// Waits knows the keys that clients of this node wait for. It hears of them at the
	// end of a batch that changes them. nil if no client can wait.
	Waits keyspace.Waits
}

// Store is the state machine; see the package's comment.
type Store struct {
	opt      Options
	handlers []keyspace.Handler // by command.ID
	trials   []trialStats       // by command.ID
	reach    []keyspace.Reach   // by command.ID
	kinds    [256]*keyspace.Kind
	engine   *script.Engine
	rules    *acl.Rulebook

	ks       *keyspace.Keyspace
	readers  sync.Pool           // of *reader
	confined invariants.Confined // the applier

	// The applier's.
	lanes []*keyspace.Lane
	seq   uint64 // number of the last write call in the log
	due   deadlines
	batch batch
	ahead ahead
	told  toldTables
	// listened: the lanes have collected events of the last batch.
	listened bool
	// aheadFrom is the size of the data from which keys are looked up ahead.
	aheadFrom int64
	// large is the number of calls from which a batch goes to the lanes.
	large int
	// ended is a Delta that is Done, until the applier has heard of it.
	ended atomic.Pointer[Delta]

	// Written by the applier at the end of a batch, before it lets go of the shards. So
	// the holder of a shard's lock sees values that belong to its content.
	now      atomic.Int64 // log time
	applied  atomic.Uint64
	writes   atomic.Uint64 // seq, for those who may not read it
	saved    atomic.Uint64 // seq at the last snapshot that was saved
	expired  atomic.Uint64
	fields   atomic.Uint64 // of hashes, that expired; in no snapshot: it begins at 0
	evicted  atomic.Uint64 // keys; in no snapshot either
	settings atomic.Pointer[settings.Values]
	nextDue  atomic.Int64
	dataSize atomic.Int64

	candidates candidates

	// freezeAll: every read of a goroutine of its own runs on views, for tests.
	freezeAll bool
}

// New returns an empty store.
func New(opt Options) (*Store, error) {
	if opt.Databases <= 0 || opt.Databases > keyspace.MaxDatabases {
		return nil, fmt.Errorf("store: %d databases; there must be 1 to %d", opt.Databases, keyspace.MaxDatabases)
	}
	if opt.Lanes <= 0 { // the other processors have sockets to serve
		opt.Lanes = max(runtime.GOMAXPROCS(0)/2, 1)
	}
	opt.Lanes = min(opt.Lanes, maxLanes)
	s := &Store{opt: opt, large: laneThreshold, aheadFrom: aheadBytes, rules: acl.NewRulebook(opt.Table)}
	if err := s.bind(); err != nil {
		return nil, err
	}
	return s, s.install(keyspace.New(opt.Databases, opt.HashSeed), keyspace.Meta{}, 0)
}

// Belong says which of several groups the store belongs to. Nobody uses the store yet.
func (s *Store) Belong(group, groups int) { s.engine.Belong(group, groups) }

// bind finds the handler of every command that needs the data.
func (s *Store) bind() error {
	s.handlers = make([]keyspace.Handler, s.opt.Table.Len())
	s.trials = make([]trialStats, s.opt.Table.Len())
	s.reach = make([]keyspace.Reach, s.opt.Table.Len())
	for i := range s.opt.Rows {
		row := &s.opt.Rows[i]
		if row.Run == nil {
			continue
		}
		cmd := s.opt.Table.Named(row.FullName())
		if cmd == nil {
			return fmt.Errorf("store: row %q is not in the command table", row.FullName())
		}
		s.handlers[cmd.ID], s.reach[cmd.ID] = row.Run, row.Reach
	}
	for _, k := range s.opt.Kinds {
		if k.Tag == 0 {
			return fmt.Errorf("store: kind %q has no tag", k.Name)
		}
		if other := s.kinds[k.Tag]; other != nil {
			return fmt.Errorf("store: kinds %q and %q have the same tag", k.Name, other.Name)
		}
		s.kinds[k.Tag] = k
	}
	s.bindScripts()
	return nil
}

// install makes ks the state. Nobody uses the store yet.
func (s *Store) install(ks *keyspace.Keyspace, meta keyspace.Meta, bytes int64) error {
	if err := ks.SetRules(s.rules); err != nil {
		return err
	}
	s.ks, s.seq = ks, meta.Seq
	ks.OnBroken(s.opt.Broken)
	s.lanes = nil
	ks.Listen(s.opt.Listener)
	ks.Account(s.opt.Accounts)
	for range s.opt.Lanes {
		l := ks.NewLane()
		l.Collect(keyspace.Wants{}, s.opt.Listener)
		s.lanes = append(s.lanes, l)
	}
	s.engine.Load(ks.Tables())
	s.readers.New = func() any { return &reader{Reader: ks.NewReader()} }
	s.due.reset()
	s.told = toldOf(ks)
	s.dataSize.Store(bytes + s.told.bytes)
	s.expired.Store(meta.Expired)
	s.saved.Store(meta.Seq)
	s.settings.Store(ks.Settings())
	var all keyspace.ShardSet
	all.AddAll()
	s.publish(meta.Applied, meta.Now, &all)
	return nil
}
