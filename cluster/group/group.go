package group

import (
	"io"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/msredis/msredis/cluster/replica"
	"github.com/msredis/msredis/cluster/shelf"
	"github.com/msredis/msredis/cluster/wal"
	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/store"
	"go.etcd.io/raft/v3"
	"go.etcd.io/raft/v3/raftpb"
)

// Config is what a group needs of its node.
type Config struct {
	ID          uint64 // of this member
	Incarnation uint64 // larger than at any earlier start of the member
	Cluster     uint64
	Dir         string // has ShelfDir, or is empty
	// WAL is the log of the node's groups, and Group the number of this one in it. The
	// node closes the log, after the groups.
	WAL   *wal.Log
	Group uint64

	// Founders are the first members of a new group: without a snapshot on the
	// shelf the group starts from an empty one that lists them.
	Founders *replica.Members
	// Joined are the members when this one was added: without a snapshot it knows
	// by them whom to answer.
	Joined *replica.Members

	ElectionTimeout  time.Duration
	RequestTimeout   time.Duration
	SnapshotLogBytes int64

	Table    *command.Table
	NewStore func() (*store.Store, error) // makes an empty one
	Random   func() uint64                // a number that nobody can guess
	Free     func(dir string) (int64, error)
	Network  Network
	Log      *slog.Logger
	Metrics  *Metrics
	// Applied hears of every batch that was applied, in the apply role; nil: nobody.
	Applied func(st *store.Store)
	// Fatal hears why the group cannot go on, at most once.
	Fatal func(error)
}

// Network is what a group needs of the connections to its other members.
type Network interface {
	// Send sends messages, those to one member in order. It does not wait.
	Send(ms []*raftpb.Message)
	// SendSnapshot streams a snapshot behind its message. done hears how that ended.
	SendSnapshot(m *raftpb.Message, body io.ReadCloser, done func(error))
	// SetMembers says who is a member, this one included.
	SetMembers(members []replica.Member)
	// Alive reports whether a member was heard of a short while ago.
	Alive(id uint64) bool
	// TryPoll takes the messages that have come, unless another goroutine does already.
	TryPoll()
}

// The parts of a data directory. The log is that of all groups.
const (
	WALDir   = "wal"
	ShelfDir = "snapshots"
)

// maxMessages bounds the messages of peers that wait for the core.
const maxMessages = 4096

// Group is one raft group on this node. See the package comment.
type Group struct {
	// Set by Open.
	id           uint64 // of this member
	config       Config
	tickEvery    time.Duration
	requestTicks int64 // RequestTimeout
	log          *slog.Logger
	metrics      *Metrics
	network      Network

	// Each belongs to a role.
	replica *replica.Replica    // core
	taken   inbox               // core
	dropped dropped             // core
	storage *raft.MemoryStorage // appended to by log; has its own lock
	wal     Log                 // log
	batch   []*raftpb.Message   // log: scratch
	apply   applier             // apply

	// Any goroutine reads these.
	//
	// store is replaced as a whole when a snapshot is installed, so a reader
	// sees the old state or the new one.
	store atomic.Pointer[store.Store]
	view  atomic.Pointer[View]
	// alone: this node leads, is the only voter and has applied all that is committed.
	// It confirms its reads by itself: a write is answered after it is applied here, so
	// no answer can be newer than the store.
	alone       atomic.Bool
	clockOffset atomic.Int64 // from this node's clock to log time
	// check is the part to look at when the node comes to an index; nil: none.
	check atomic.Pointer[check]

	// mu guards what follows. It is never held during a role's work.
	mu sync.Mutex

	// The goroutines that work.
	coreBusy, logBusy, applyBusy bool
	holds                        int        // goroutines that want the apply role for something else
	delegated                    bool       // a goroutine was woken to work and has not begun
	gathering                    bool       // a goroutine waits for more units before the next batch is cut
	room                         *sync.Cond // the inbox was taken, or a role given back

	// Work that waits for the roles.
	in        inbox // core
	logJobs   []logJob
	applyJobs []*replica.ApplyJob
	// held: the replica holds messages back that say what is committed, until
	// another one says it or there is nothing else to do.
	held    bool
	batches [2]int // units of the last two, the newest first
	// slowWrites is for how many more writes of the log the disk counts as slow.
	slowWrites int
	installing bool           // a received snapshot waits for the log role
	refusals   map[uint64]int // how often each member has not taken a snapshot, since it took one

	// Clients that wait for the group.
	writers, readers list
	confirmed        []*waiter // reads that wait for applied to get there
	wakes            []*waiter // scratch

	// The state that is known.
	applied    uint64 // log index
	aloneAt    uint64 // alone when applied is here; 0: never
	leads      bool
	ticks      int64
	leaderless int64         // the tick since which no leader is known; -1: one is
	stopped    error         // why the group takes nothing any more; nil: it does
	changed    chan struct{} // closed and replaced when the view changes

	// Its goroutines.
	wakeWorker, wakeTicker chan struct{}
	stop                   chan struct{}
	wg                     sync.WaitGroup

	// Deadlines and the clock.
	activeExpire atomic.Bool
	armed        atomic.Int64  // deadline the ticker waits for, Unix ms; 0: none
	clockSaid    time.Duration // what the ticker has said of the machine's clock

	// Snapshots.
	shelf     *shelf.Shelf // replaced under save.shelf
	save      saver
	receiving sync.Mutex // one incoming snapshot at a time

	// started is what event loops have started and Work is to run. Each read writes its
	// lock, so it is away from the fields that reads only load.
	started started
}

// Start lets the group take part: it is connected to the other members, and its
// goroutines run.
func (g *Group) Start() {
	g.mu.Lock()
	g.setView(g.newView())
	g.mu.Unlock()
	g.wg.Add(2)
	go g.worker()
	go g.ticker()
	g.post(event{run: func(*replica.Replica) {}}) // it may have something to do already
}

// Stop ends the group and waits until nobody works for it any more. Everybody
// who still waits for an answer gets one that tells what is known.
func (g *Group) Stop() {
	g.mu.Lock()
	g.end(ErrClosed)
	for g.coreBusy || g.logBusy || g.applyBusy {
		g.room.Wait()
	}
	g.mu.Unlock()
	g.wg.Wait()
}

// Stopped is closed when the group takes nothing any more.
func (g *Group) Stopped() <-chan struct{} { return g.stop }

// Close closes the files of a group that was stopped, but the log. Nobody sends its
// snapshots any more.
func (g *Group) Close() error {
	g.save.shelf.Lock()
	defer g.save.shelf.Unlock()
	return g.shelf.Close()
}

// end lets the group take nothing any more. The caller holds g.mu.
func (g *Group) end(err error) {
	if g.stopped != nil {
		return
	}
	g.stopped = err
	g.alone.Store(false)
	var wakes []*waiter
	for w := g.readers.head; w != nil; w = g.readers.head {
		if g.finish(w, errShuttingDown) {
			wakes = append(wakes, w)
		}
	}
	for w := g.writers.head; w != nil; w = g.writers.head {
		failure := errUnknown
		if unknown, ok := w.Abandon(); ok && !unknown {
			failure = errShuttingDown
		}
		if g.finish(w, failure) {
			wakes = append(wakes, w)
		}
	}
	go func() { // the caller holds the lock
		for _, w := range wakes {
			g.deliver(w)
		}
	}()
	g.room.Broadcast()
	close(g.changed)
	g.changed = nil
	close(g.stop)
}

// fail ends the group after an error that leaves no safe way on: a failed
// fsync, an entry that cannot be executed. The caller holds g.mu.
func (g *Group) fail(err error) {
	if g.stopped == nil {
		g.end(err)
		go g.config.Fatal(err)
	}
}
