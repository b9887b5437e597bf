package cluster

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/msredis/msredis/cluster/replica"
	"github.com/msredis/msredis/cluster/shelf"
	"github.com/msredis/msredis/cluster/transport"
	"github.com/msredis/msredis/cluster/transport/secure"
	"github.com/msredis/msredis/cluster/wal"
	"github.com/msredis/msredis/internal/failpoint"
	"github.com/msredis/msredis/internal/pubsub"
	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/resp/front"
	"github.com/msredis/msredis/store"
	"github.com/prometheus/client_golang/prometheus"
	"go.etcd.io/raft/v3"
	"go.etcd.io/raft/v3/raftpb"
)

// Options say what a Node is and how it finds the others.
type Options struct {
	Dir  string // data directory; exists and is locked by the caller
	Name string // node-name

	Guard        *secure.Guard // what other nodes have to prove; nil: they are on this machine
	PeerListener net.Listener  // for the other members; the node closes it
	PeerAddr     string        // where the others reach it, host:port
	ClientAddr   string        // where clients reach this node, host:port

	// Initial are the first members of a new cluster, name to peer address,
	// this node among them. Empty: a cluster of this node alone.
	Initial map[string]string
	// Without are nodes of Initial that are gone for good: the others found a
	// cluster without them.
	Without []string
	// Join is the client address of a member of a running cluster.
	Join string
	// JoinPassword is what that member's clients have to give; "" none.
	JoinPassword string

	ElectionTimeout  time.Duration
	RequestTimeout   time.Duration
	SnapshotLogBytes int64
	// CompareEvery is how often the leader has the members compare a part of the
	// data; 0: every second.
	CompareEvery time.Duration

	// Settings are the options that all nodes of the cluster must have alike.
	Settings Settings

	Table *command.Table
	// NewStore makes an empty store whose hash seed is given.
	NewStore func(hashSeed uint64) (*store.Store, error)
	// Hub has the subscriptions of the node's clients, of which the other nodes are
	// told, and takes the messages for them; nil: there are none.
	Hub *pubsub.Hub
	// MaxMemory is maxmemory in bytes, 0 for none. Called often.
	MaxMemory func() int64

	Log      *slog.Logger
	Registry prometheus.Registerer
	// Fatal hears why the node cannot go on, at most once. The process should
	// end, or with ErrMoves close the node and open it again.
	Fatal func(error)

	free func(dir string) (int64, error) // for tests; nil: freeBytes
}

// electionTicks is the election timeout in ticks. A follower waits between one
// and two times as long, so more ticks spread candidates better.
const electionTicks = 10

// Node is a member of a cluster. It implements front.Backend.
type Node struct {
	*Group
	options  Options
	life     context.Context // ends with Close, and while opening with Open's
	endLife  context.CancelFunc
	closing  sync.Once
	running  chan struct{} // closed when the group runs
	nonce    uint64        // what the directory calls itself while it is empty
	founding founding
	meetings meetings // with the other members
	checks   checks
	run      uint64   // random number of this start
	settings Settings // of the cluster; before running is closed: nil
	move     *move    // to the cluster that has met this node; nil: none
	founded  bool     // Open has founded the cluster, with others perhaps
	space    *space   // on the disk
}

var _ front.Backend = (*Node)(nil)

// The parts of a data directory.
const (
	walDir   = "wal"
	shelfDir = "snapshots"
)

// Open starts a node: from its data directory if that holds one, else as a
// founder of a new cluster or by joining a running one. It returns when the
// node takes part; that it has a leader is not said. Finding the other nodes may
// take as long as they do; ctx ends the search.
func Open(ctx context.Context, o Options) (*Node, error) {
	o.CompareEvery = cmp.Or(o.CompareEvery, compareEvery)
	n := &Node{options: o, running: make(chan struct{}), run: randomSeed()}
	n.life, n.endLife = context.WithCancel(context.Background())
	stop := context.AfterFunc(ctx, n.endLife)
	defer stop()
	free := o.free
	if free == nil {
		free = freeBytes
	}
	n.space = newSpace(o.Dir, free, o.Log)
	id, err := n.whoAmI()
	if err != nil {
		o.PeerListener.Close()
		return nil, err
	}
	if err = n.meetings.load(o.Dir); err != nil {
		o.PeerListener.Close()
		return nil, err
	}
	used := id != nil
	g := &Group{log: o.Log, metrics: newMetrics(o.Registry), refusals: map[uint64]int{}, free: free}
	g.save.last = time.Now()
	n.Group = g
	var self uint64
	if id != nil {
		self = id.ID
		g.config.Cluster = id.Cluster
	}
	to := transport.Options{ClusterID: g.config.Cluster, Self: self, Listener: o.PeerListener, Handler: n, Log: o.Log, Guard: o.Guard}
	if o.Hub != nil {
		to.News = func(_ uint64, w *transport.Wire) transport.NewsPeer { return o.Hub.Open(w) }
	}
	g.transport, err = transport.New(to)
	if err != nil {
		return nil, err
	}
	if id == nil {
		if id, err = n.findCluster(); err != nil {
			g.transport.Close()
			return nil, err
		}
		g.transport.SetIdentity(id.Cluster, id.ID)
		n.founded = id.Founder
	}
	n.settings = id.Settings
	if err := g.open(*id, o); err != nil {
		g.transport.Close()
		return nil, err
	}
	if o.Hub != nil {
		o.Hub.SetExpecting(g.transport.NewsPending)
	}
	close(n.running)
	g.start()
	g.wg.Add(4)
	go n.watchSpace()
	go n.maintain()
	go n.remember()
	go n.compare()
	if used && o.Join != "" {
		g.wg.Add(1)
		go n.checkJoin()
	}
	return n, nil
}

// whoAmI reads whose directory it is; nil: nobody's yet, but it has a nonce.
func (n *Node) whoAmI() (*identity, error) {
	o := &n.options
	var err error
	if n.move, err = continueMove(o.Dir); err != nil {
		return nil, err
	}
	id, err := loadIdentity(o.Dir)
	if err != nil {
		return nil, err
	}
	if id != nil && id.Name != o.Name {
		return nil, fmt.Errorf("the data in %s belongs to node %q, this is node %q (--node-name)", o.Dir, id.Name, o.Name)
	}
	if id != nil {
		if err := o.Settings.differ(id.Settings, "the other nodes of its cluster"); err != nil {
			return nil, fmt.Errorf("%s: %w", o.Dir, err)
		}
	}
	if id == nil {
		for _, part := range []string{walDir, shelfDir} {
			if _, err := os.Stat(filepath.Join(o.Dir, part)); err == nil {
				return nil, missing(filepath.Join(o.Dir, identityFile))
			}
		}
		n.nonce, err = ownNonce(o.Dir)
	}
	return id, err
}

// open reads the group's files and makes its replica.
func (g *Group) open(id identity, o Options) (err error) {
	g.id = id.ID
	tick := o.ElectionTimeout / electionTicks
	g.config = groupConfig{
		Tick: tick, ElectionTicks: electionTicks,
		RequestTicks:     int64(o.RequestTimeout/tick) + 1,
		SnapshotLogBytes: o.SnapshotLogBytes,
		Table:            o.Table,
		NewStore:         func() (*store.Store, error) { return o.NewStore(id.Cluster) },
		Dir:              o.Dir,
		Cluster:          id.Cluster,
	}
	g.fatal = o.Fatal
	g.room = sync.NewCond(&g.mu)
	g.wakeWorker, g.wakeTicker = make(chan struct{}, 1), make(chan struct{}, 1)
	g.stop, g.changed = make(chan struct{}), make(chan struct{})
	g.activeExpire.Store(true)

	if g.incarnation, err = nextIncarnation(o.Dir); err != nil {
		return err
	}
	if g.shelf, err = shelf.Open(filepath.Join(o.Dir, shelfDir), o.Log); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			g.shelf.Close()
		}
	}()
	meta, ok := g.shelf.Meta()
	if !ok && id.Founder {
		if meta, err = g.found(id); err != nil {
			return err
		}
		ok = true
	}
	var members replica.Members
	g.storage = raft.NewMemoryStorage()
	if ok {
		start := time.Now()
		if members, err = g.load(meta); err != nil {
			return fmt.Errorf("%s: %w", filepath.Join(o.Dir, shelfDir), err)
		}
		if err = g.storage.ApplySnapshot(snapshotOf(meta)); err != nil {
			return err
		}
		g.applied = meta.Index
		g.log.Info("loaded the snapshot", "index", meta.Index, "took", time.Since(start).Round(time.Millisecond))
	} else {
		g.apply.Ledger = replica.NewLedger(o.Table)
		st, err := g.config.NewStore()
		if err != nil {
			return err
		}
		g.store.Store(st)
		if id.Joined != nil {
			members = id.Joined.Clone()
		}
	}
	hard, err := g.openLog(wal.Mark{Index: meta.Index, Term: meta.Term, Conf: meta.Conf})
	if err != nil {
		return err
	}
	if err = g.storage.SetHardState(hard); err != nil {
		return err
	}
	members.Cluster = id.Cluster
	g.replica, err = replica.New(replica.Config{
		ID: g.id, Incarnation: g.incarnation, Storage: g.storage, Applied: meta.Index, Members: members,
		Time: g.store.Load().Now(), Lag: g.apply.Lag, Now: g.now(), Table: o.Table, ElectionTicks: electionTicks, HeartbeatTicks: 1, Random: randomSeed, Logger: raftLogger{o.Log},
		Dropped: g.dropped,
	})
	if err != nil {
		g.wal.Close()
		return err
	}
	g.publish(g.newView())
	return nil
}

// openLog opens or makes the write-ahead log behind a snapshot.
func (g *Group) openLog(from wal.Mark) (*raftpb.HardState, error) {
	dir := filepath.Join(g.config.Dir, walDir)
	hard := &raftpb.HardState{Commit: new(from.Index), Term: new(from.Term)}
	var err error
	if !wal.Exists(dir) {
		if from.Index > 1 { // only a founder's first snapshot comes before the log
			return nil, missing(dir)
		}
		failpoint.Hit(failpoint.WALCreate)
		if g.wal, err = wal.Create(dir, nil, g.log); err != nil {
			return nil, err
		}
		failpoint.Hit(failpoint.WALCreated)
		g.wal.OnSync = g.metrics.synced
		if from.Index > 0 {
			if err := g.wal.Mark(from); err != nil {
				return nil, err
			}
		}
		return hard, g.wal.Append(hard, nil)
	}
	l, state, err := wal.Open(dir, from, g.log)
	if err != nil {
		return nil, err
	}
	g.wal = l
	g.wal.OnSync = g.metrics.synced
	if state.Hard != nil {
		hard.Term, hard.Vote = new(max(from.Term, state.Hard.GetTerm())), new(state.Hard.GetVote())
		hard.Commit = new(max(from.Index, state.Hard.GetCommit()))
	}
	g.log.Info("read the log", "entries", len(state.Entries), "commit", hard.GetCommit())
	return hard, g.storage.Append(state.Entries)
}

// Close ends the node: commands are refused, files and connections are closed.
func (n *Node) Close() error {
	var err error
	n.closing.Do(func() {
		n.endLife()
		n.Group.close()
		n.transport.Close()
		n.save.shelf.Lock()
		defer n.save.shelf.Unlock()
		err = errors.Join(n.wal.Close(), n.shelf.Close())
	})
	return err
}

// Attach has an event loop serve the other nodes beside its clients; watch is
// resp's Server.Watch. Without one, goroutines of the node do it.
func (n *Node) Attach(watch func(fd int, ready func()) error) error { return n.transport.Attach(watch) }

// Detach takes what Attach gave away back. Call it when the loop has ended.
func (n *Node) Detach() error { return n.transport.Detach() }

// HandOver gives leadership to another voter, if there is one, and waits for it to
// take it, but no longer than patience.
func (n *Node) HandOver(patience time.Duration) {
	v := n.Group.view.Load()
	if !v.leads || v.members.Voters() < 2 {
		return
	}
	if err := n.failoverHere("", patience); err != nil {
		n.log.Warn("leadership was not handed over", "err", err)
	}
}
