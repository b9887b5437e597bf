package cluster

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/msredis/msredis/cluster/group"
	"github.com/msredis/msredis/cluster/replica"
	"github.com/msredis/msredis/cluster/transport"
	"github.com/msredis/msredis/cluster/transport/secure"
	"github.com/msredis/msredis/cluster/wal"
	"github.com/msredis/msredis/internal/pubsub"
	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/resp/front"
	"github.com/msredis/msredis/store"
	"github.com/prometheus/client_golang/prometheus"
)

// Options say what a Node is and how it finds the others.
type Options struct {
	Dir  string // data directory; exists and is locked by the caller
	Name string // node-name

	Guard *secure.Guard // what other nodes have to prove; nil: they are on this machine
	// Listen opens the port for the other members. A node that expects none does not
	// call it; see expects.
	Listen     func() (net.Listener, error)
	PeerAddr   string // where the others reach it, host:port
	ClientAddr string // where clients reach this node, host:port
	TLSPort    int    // likewise with TLS; 0: nowhere

	// Initial are the first members of a new cluster, name to peer address,
	// this node among them. Empty: a cluster of this node alone.
	Initial map[string]string
	// Without are nodes of Initial that are gone for good: the others found a
	// cluster without them.
	Without []string
	// Join is the client address of a member of a running cluster.
	Join string
	// JoinUser is the user that JoinPassword is of; "": the default user.
	JoinUser string
	// JoinPassword is what that member's clients have to give; "" none.
	JoinPassword string
	// JoinTLS returns how that member is talked to: over TLS, or, with nil, in plain
	// text. It is asked for each connection.
	JoinTLS func() (*tls.Config, error)

	ElectionTimeout  time.Duration
	RequestTimeout   time.Duration
	SnapshotLogBytes int64
	// CompareEvery is how often the leader has the members compare a part of the
	// data; 0: every second.
	CompareEvery time.Duration

	// Agreed are the options that all nodes of the cluster must have alike, as this node
	// is started.
	Agreed Agreed

	// Groups is how many groups have the data; 0: 1. It is the same on all nodes, for as
	// long as the cluster lives: Agreed has it under the name of the option.
	Groups int

	Table *command.Table
	// NewStore makes an empty store whose hash seed is given.
	NewStore func(hashSeed uint64) (*store.Store, error)
	// Hub has the subscriptions of the node's clients, of which the other nodes are
	// told, and takes the messages for them; nil: there are none.
	Hub *pubsub.Hub
	// MaxMemory is maxmemory in bytes, 0 for none. Called often.
	MaxMemory func() int64
	// Crowded is told when writes that may add to the data have to wait for evictions,
	// and when they need not any more. It must not block. nil: they do not wait.
	Crowded func(on bool)

	Log      *slog.Logger
	Registry prometheus.Registerer
	// Fatal hears why the node cannot go on, at most once. The process should
	// end, or with ErrMoves close the node and open it again.
	Fatal func(error)

	free func(dir string) (int64, error) // for tests; nil: freeBytes
}

// Node is a member of a cluster. It implements front.Backend.
type Node struct {
	options Options
	log     *slog.Logger
	groups  []*group.Group // the meta group first; written before running is closed
	wal     *wal.Log       // of all groups
	cluster uint64         // 0: none yet
	id      uint64         // of this member
	// incarnation counts the starts of the member.
	incarnation  uint64
	transport    *transport.Transport
	metrics      *metrics
	wg           sync.WaitGroup  // of the goroutines below
	stop         <-chan struct{} // closed when a group has ended
	life         context.Context // ends with Close, and while opening with Open's
	endLife      context.CancelFunc
	closing      sync.Once
	running      chan struct{} // closed when the groups run
	nonce        uint64        // what the directory calls itself while it is empty
	founding     founding
	meetings     meetings     // with the other members
	safeRemovals safeRemovals // those that are on disk
	// outcast: since when no voter takes this node for a member, and one has said that
	// it is none; see mayLeave.
	outcast time.Time
	checks  checks
	run     uint64 // random number of this start
	agreed  Agreed // of the cluster; before running is closed: nil
	move    *move  // to the cluster that has met this node; nil: none
	founded bool   // Open has founded the cluster, with others perhaps
	founder bool   // it, or an earlier start of the node
	space   *space // on the disk
	evictors
	peering sync.Mutex         // guards peers
	peers   [][]replica.Member // by group

	listening sync.Mutex // one listen at a time
}

var _ front.Backend = (*Node)(nil)

// Open starts a node. It starts from the data directory if that holds a node. Else the
// node founds a new cluster or joins a running one. It returns when the node takes
// part; that it has a leader is not said. Finding the other nodes may take as long as
// they do; ctx ends the search.
func Open(ctx context.Context, o Options) (*Node, error) {
	o.CompareEvery = cmp.Or(o.CompareEvery, compareEvery)
	o.Groups = max(o.Groups, 1)
	if o.Groups > MaxGroups {
		return nil, fmt.Errorf("%d groups; there may be %d", o.Groups, MaxGroups)
	}
	n := &Node{options: o, log: o.Log, running: make(chan struct{}), run: randomSeed(), peers: make([][]replica.Member, o.Groups)}
	n.life, n.endLife = context.WithCancel(context.Background())
	stop := context.AfterFunc(ctx, n.endLife)
	defer stop()
	if n.options.free == nil {
		n.options.free = freeBytes
	}
	n.space = newSpace(o.Dir, n.options.free, o.Log)
	id, err := n.whoAmI()
	if err != nil {
		return nil, err
	}
	if err = n.meetings.load(o.Dir); err != nil {
		return nil, err
	}
	used := id != nil
	if used {
		n.cluster, n.id = id.Cluster, id.ID
	}
	to := transport.Options{ClusterID: n.cluster, Self: n.id, Handler: n, Log: o.Log, Guard: o.Guard, Groups: o.Groups}
	if o.Hub != nil {
		to.News = func(_ uint64, w *transport.Wire) transport.NewsPeer { return o.Hub.Open(w) }
	}
	if n.transport, err = transport.New(to); err != nil {
		return nil, err
	}
	if n.expects(id) {
		if err = n.listen(); err != nil {
			n.transport.Close()
			return nil, err
		}
	}
	if id == nil {
		if id, err = n.findCluster(); err != nil {
			n.transport.Close()
			return nil, err
		}
		n.cluster, n.id = id.Cluster, id.ID
		n.transport.SetIdentity(id.Cluster, id.ID)
		n.founded = id.Founder
	}
	n.agreed, n.founder = id.Agreed, id.Founder
	if err := n.openGroups(id); err != nil {
		n.transport.Close()
		return nil, err
	}
	if o.Hub != nil {
		o.Hub.SetExpecting(n.transport.NewsPending)
	}
	for _, g := range n.groups {
		g.Start()
	}
	close(n.running)
	n.wg.Add(4)
	go n.watchSpace()
	n.evict(&n.wg)
	for i := range n.groups[1:] {
		n.wg.Add(1)
		go n.follow(i + 1)
	}
	go n.maintain()
	go n.remember()
	go n.compare()
	if used && o.Join != "" {
		n.wg.Add(1)
		go n.checkJoin()
	}
	return n, nil
}

// openGroups makes the groups of which this node is a member.
func (n *Node) openGroups(id *identity) (err error) {
	o := &n.options
	if n.incarnation, err = nextIncarnation(o.Dir); err != nil {
		return err
	}
	n.metrics = newMetrics(o.Registry)
	if n.wal, err = group.OpenLog(o.Dir, n.metrics.group, o.Log); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, n.wal.Close())
		}
	}()
	c := group.Config{
		ID: id.ID, Incarnation: n.incarnation, Cluster: id.Cluster, Dir: o.Dir, WAL: n.wal, Joined: id.Joined,
		ElectionTimeout: o.ElectionTimeout, RequestTimeout: o.RequestTimeout, SnapshotLogBytes: o.SnapshotLogBytes,
		Table: o.Table, NewStore: func() (*store.Store, error) { return o.NewStore(id.Cluster) }, Random: randomSeed,
		Free: o.free, Log: o.Log, Metrics: n.metrics.group, Fatal: o.Fatal,
	}
	if id.Founder {
		c.Founders = id.founders()
	}
	for i := range o.Groups {
		if err := n.openGroup(i, c); err != nil {
			for _, g := range n.groups {
				err = errors.Join(err, g.Close())
			}
			return err
		}
	}
	n.stop = n.groups[0].Stopped()
	if len(n.groups) > 1 {
		n.stop = anyStopped(n.groups)
	}
	return nil
}

// openGroup makes one of the groups.
func (n *Node) openGroup(i int, c group.Config) error {
	if o := &n.options; o.Groups > 1 {
		fresh := c.NewStore
		c.NewStore = func() (*store.Store, error) {
			st, err := fresh()
			if err == nil {
				st.Belong(i, o.Groups)
			}
			return st, err
		}
	}
	c.Dir, c.Group, c.Network = groupDir(c.Dir, i), uint64(i), network{n.transport, n, i}
	if i > 0 {
		c.Log = c.Log.With("group", i)
		if err := os.MkdirAll(c.Dir, 0o755); err != nil {
			return fmt.Errorf("data directory: %w", err)
		}
	}
	e := n.newEvictor(&n.options)
	c.Applied = e.Applied
	g, err := group.Open(c)
	if err != nil {
		return err
	}
	e.Attach(g)
	n.groups = append(n.groups, g)
	return nil
}

// anyStopped is closed when one of the groups has ended.
func anyStopped(groups []*group.Group) <-chan struct{} {
	stop := make(chan struct{})
	var once sync.Once
	for _, g := range groups {
		go func() {
			<-g.Stopped()
			once.Do(func() { close(stop) })
		}()
	}
	return stop
}

// expects reports whether other nodes are to connect. Where nobody proves anything, a
// node by itself is not to be found by any: what listens can be talked into something.
func (n *Node) expects(id *identity) bool {
	o := &n.options
	return !o.Guard.Open() || len(o.Initial) > 0 || o.Join != "" || n.move != nil ||
		id != nil && (id.Joined != nil || len(id.Founders) > 1)
}

// listen opens the port for other nodes, if it is not open yet.
func (n *Node) listen() error {
	n.listening.Lock()
	defer n.listening.Unlock()
	if n.transport.Listens() {
		return nil
	}
	l, err := n.options.Listen()
	if err == nil {
		n.transport.Listen(l)
	}
	return err
}

// whoAmI reads whose directory it is; nil: nobody's yet, but it has a nonce.
func (n *Node) whoAmI() (*identity, error) {
	o := &n.options
	var err error
	if r, err := loadReset(o.Dir); r != nil || err != nil {
		return nil, cmp.Or(err, errResetting)
	}
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
		if err := o.Agreed.differ(id.Agreed, "the other nodes of its cluster"); err != nil {
			return nil, fmt.Errorf("%s: %w", o.Dir, err)
		}
	}
	if id == nil {
		for _, part := range []string{group.WALDir, group.ShelfDir, groupsDir} {
			if _, err := os.Stat(filepath.Join(o.Dir, part)); err == nil {
				return nil, &group.MissingError{Path: filepath.Join(o.Dir, identityFile)}
			}
		}
		n.nonce, err = ownNonce(o.Dir)
	}
	return id, err
}

// Close ends the node: commands are refused, files and connections are closed.
func (n *Node) Close() error {
	var err error
	n.closing.Do(func() {
		n.endLife()
		for _, g := range n.groups {
			g.Stop()
		}
		n.wg.Wait()
		n.transport.Close()
		err = errors.Join(n.forGroups((*group.Group).Close), n.wal.Close())
	})
	return err
}

// Attach has an event loop serve the other nodes beside its clients; watch is
// resp's Server.Watch. Without one, goroutines of the node do it.
func (n *Node) Attach(watch func(fd int, ready func()) error) error { return n.transport.Attach(watch) }

// Detach takes what Attach gave away back. Call it when the loop has ended.
func (n *Node) Detach() error { return n.transport.Detach() }

// HandOver gives leadership of each group to another voter, if there is one, and waits
// for it to take it, but no longer than patience.
func (n *Node) HandOver(patience time.Duration) {
	var wg sync.WaitGroup
	for i, g := range n.groups {
		if v := g.View(); !v.Leads || v.Members.Voters() < 2 {
			continue
		}
		wg.Go(func() {
			if err := g.Transfer("", patience); err != nil {
				n.log.Warn("leadership was not handed over", "group", i, "err", err)
			}
		})
	}
	wg.Wait()
}
