package group

import (
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"
	"time"

	"github.com/msredis/msredis/cluster/replica"
	"github.com/msredis/msredis/cluster/shelf"
	"github.com/msredis/msredis/cluster/wal"
	"github.com/msredis/msredis/internal/failpoint"
	"github.com/msredis/msredis/store"
	"go.etcd.io/raft/v3"
	"go.etcd.io/raft/v3/raftpb"
)

// electionTicks is the election timeout in ticks. A follower waits between one
// and two times as long, so more ticks spread candidates better.
const electionTicks = 10

// Open reads a group's files, or makes the first ones, and its replica. The group does
// nothing before Start.
func Open(c Config) (_ *Group, err error) {
	g := &Group{
		id: c.ID, config: c, tickEvery: c.ElectionTimeout / electionTicks,
		log: c.Log, metrics: c.Metrics, network: c.Network, refusals: map[uint64]int{},
		wakeWorker: make(chan struct{}, 1), wakeTicker: make(chan struct{}, 1),
		stop: make(chan struct{}), changed: make(chan struct{}),
	}
	g.requestTicks = int64(c.RequestTimeout/g.tickEvery) + 1
	g.save.last = time.Now()
	g.room = sync.NewCond(&g.mu)
	g.activeExpire.Store(true)

	if g.shelf, err = shelf.Open(filepath.Join(c.Dir, ShelfDir), c.Log); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			g.shelf.Close()
		}
	}()
	meta, ok := g.shelf.Meta()
	if !ok && c.Founders != nil {
		if meta, err = g.found(*c.Founders); err != nil {
			return nil, err
		}
		ok = true
	}
	var members replica.Members
	g.storage = raft.NewMemoryStorage()
	if ok {
		start := time.Now()
		if members, err = g.load(meta); err != nil {
			return nil, fmt.Errorf("%s: %w", filepath.Join(c.Dir, ShelfDir), err)
		}
		if err = g.storage.ApplySnapshot(snapshotOf(meta)); err != nil {
			return nil, err
		}
		g.applied = meta.Index
		g.log.Info("loaded the snapshot", "index", meta.Index, "took", time.Since(start).Round(time.Millisecond))
	} else {
		g.apply.Ledger = replica.NewLedger(c.Table)
		st, err := c.NewStore()
		if err != nil {
			return nil, err
		}
		g.store.Store(st)
		if c.Joined != nil {
			members = c.Joined.Clone()
		}
	}
	hard, err := g.openLog(wal.Mark{Index: meta.Index, Term: meta.Term, Conf: meta.Conf})
	if err != nil {
		return nil, err
	}
	if err = g.storage.SetHardState(hard); err != nil {
		return nil, err
	}
	members.Cluster = c.Cluster
	g.replica, err = replica.New(replica.Config{
		ID: g.id, Incarnation: c.Incarnation, Storage: g.storage, Applied: meta.Index, Members: members,
		Time: g.store.Load().Now(), Lag: g.apply.Lag, Now: g.now(), Table: c.Table, ElectionTicks: electionTicks, HeartbeatTicks: 1, Random: c.Random, Logger: raftLogger{c.Log},
		Dropped: g.noteDropped,
	})
	if err != nil {
		return nil, err
	}
	return g, nil
}

// MissingError is about a file of a directory that is not empty.
type MissingError struct{ Path string }

func (e *MissingError) Error() string {
	return fmt.Sprintf("%s is missing, and the directory is not empty", e.Path)
}

// OpenLog opens the log of a node's groups in a data directory, or makes it.
func OpenLog(dir string, m *Metrics, log *slog.Logger) (*wal.Log, error) {
	dir = filepath.Join(dir, WALDir)
	var l *wal.Log
	var err error
	if wal.Exists(dir) {
		l, err = wal.Open(dir, log)
	} else {
		failpoint.Hit(failpoint.WALCreate)
		l, err = wal.Create(dir, log)
		failpoint.Hit(failpoint.WALCreated)
	}
	if err != nil {
		return nil, err
	}
	l.OnSync = m.synced
	return l, nil
}

// openLog takes the group's part of the log behind a snapshot.
func (g *Group) openLog(from wal.Mark) (*raftpb.HardState, error) {
	l := g.config.WAL
	if from.Index > 1 && !l.Has(g.config.Group) { // only a founder's first snapshot comes before the log
		return nil, &MissingError{l.Dir()}
	}
	p, state, err := l.Part(g.config.Group, from)
	if err != nil {
		return nil, err
	}
	g.wal = part{p}
	g.log.Info("read the log", "entries", len(state.Entries), "commit", state.Hard.GetCommit())
	return state.Hard, g.storage.Append(state.Entries)
}

// found writes the empty snapshot that a group starts from.
func (g *Group) found(members replica.Members) (shelf.Meta, error) {
	st, err := g.config.NewStore()
	if err != nil {
		return shelf.Meta{}, err
	}
	delta := st.Cut()
	defer delta.Done(true)
	first := applier{Machine: replica.Machine{Ledger: replica.NewLedger(g.config.Table), Members: members, Index: 1, Term: 1}}
	meta, err := first.meta(delta.Meta())
	if err != nil {
		return meta, err
	}
	failpoint.Hit(failpoint.Found)
	return meta, g.shelf.Write(meta, nothing{})
}

type nothing struct{}

func (nothing) Write(store.Sink) error { return nil }
