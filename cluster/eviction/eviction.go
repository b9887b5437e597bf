// Package eviction keeps the data of a group below maxmemory, if its policy allows to
// evict keys.
//
// The leader chooses the keys, by the uses that it has seen. It sends a unit of EVICT
// calls through the log, as a client would. So all nodes evict the same keys at the
// same position, and none of them has to know why. A leader that was deposed meanwhile
// has its keys evicted all the same, if nobody has changed them.
//
// Each node decides for its own clients, before the log, which writes get -OOM. They
// are those that may add to the data while it exceeds maxmemory and the policy has no
// key to evict. Both follow from the state, so the leader need not tell.
//
// The other nodes do not tell the leader which keys their clients read. To tell of each
// read would cost what the read costs. Writes reach every node and count everywhere, and
// a cache writes the keys that it misses. So a key that is read through a follower alone
// looks as old as its last write. A leader could ask the others about the keys of a unit
// before it sends the unit. This is not built.
//
// Writers may be quicker than the leader. So commands that may add to the data wait while
// it exceeds maxmemory by more than a slackShare. They wait on their client's node. The
// data therefore exceeds maxmemory by that share at most, and by the commands that
// were on their way.
package eviction

import (
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/msredis/msredis/cluster/group"
	"github.com/msredis/msredis/internal/evict"
	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/store"
	evictions "github.com/msredis/msredis/store/evict"
)

const (
	// maxVictims bounds the calls of one unit.
	maxVictims = 4096
	// tick is how often an Evictor looks by itself. After each batch it does, too:
	// this is for a limit that was lowered, and for a leader that is new.
	tick = 100 * time.Millisecond
	// slackShare is the share of maxmemory by which the data may exceed it before
	// writes wait: so that they seldom do.
	slackShare = 64
)

// Evictor evicts keys of one group while this node leads it.
type Evictor struct {
	limit    func() int64 // maxmemory in bytes, 0 for none
	evict    *command.Command
	group    *group.Group
	attached atomic.Pointer[group.Group] // the same, for the evictors of other groups
	wake     chan struct{}               // capacity 1
	beside   func() int64                // what the other groups of the node hold; nil: there are none

	tell    func(on bool) // that writes have to wait, or need not
	mu      sync.Mutex    // held while it is told
	crowded atomic.Bool   // as it was told last

	chooser *store.Chooser
	of      *store.Store // that the chooser is for
}

// New returns an evictor for a limit, which is asked often. crowded is told when writes
// have to wait, and when they need not any more; it may be nil.
func New(limit func() int64, crowded func(on bool), table *command.Table) *Evictor {
	return &Evictor{limit: limit, tell: crowded, evict: table.Named(evictions.Name), wake: make(chan struct{}, 1)}
}

// Attach says whose keys are evicted. The group has not been started yet.
func (e *Evictor) Attach(g *group.Group) {
	e.group = g
	e.attached.Store(g)
}

// Beside says what the other groups of the node hold: the limit is for all groups
// together. Each evicts its share.
func (e *Evictor) Beside(bytes func() int64) { e.beside = bytes }

// Bytes is what the group holds; 0 before it is there.
func (e *Evictor) Bytes() int64 {
	if g := e.attached.Load(); g != nil {
		return g.Store().DataBytes()
	}
	return 0
}

// Applied is group.Config's: it wakes the evictor if there is something to do.
func (e *Evictor) Applied(st *store.Store) {
	e.look(st)
	if e.excess(st) <= 0 || !e.group.View().Leads {
		return
	}
	select {
	case e.wake <- struct{}{}:
	default:
	}
}

// look finds out whether writes have to wait.
func (e *Evictor) look(st *store.Store) {
	if e.tell == nil || e.isCrowded(st) == e.crowded.Load() {
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if on := e.isCrowded(st); on != e.crowded.Load() {
		e.crowded.Store(on)
		e.tell(on)
	}
}

func (e *Evictor) isCrowded(st *store.Store) bool {
	excess := e.excess(st)
	return excess > 0 && excess > e.limit()/slackShare && st.Evictable()
}

// excess is by how many bytes the data exceeds maxmemory.
func (e *Evictor) excess(st *store.Store) int64 {
	limit := e.limit()
	if limit <= 0 {
		return 0
	}
	bytes := st.DataBytes()
	if e.beside != nil {
		bytes += e.beside()
	}
	return bytes - limit
}

// Refuses reports whether calls that may add to the data get -OOM now. Any goroutine;
// as long as the data does not exceed maxmemory it costs two loads.
func (e *Evictor) Refuses() bool {
	st := e.group.Store()
	return e.excess(st) > 0 && !st.Evictable()
}

// Run evicts until the group has ended.
func (e *Evictor) Run() {
	t := time.NewTicker(tick)
	defer t.Stop()
	for {
		select {
		case <-e.group.Stopped():
			return
		case <-e.wake:
		case <-t.C:
		}
		e.look(e.group.Store())
		for e.some() {
		}
	}
}

// some evicts keys once, and reports whether to go on. If it does not, the next batch
// or the tick wakes the evictor again. So nobody is busy while there is nothing to evict.
func (e *Evictor) some() (more bool) {
	st, v := e.group.Store(), e.group.View()
	excess := e.excess(st)
	if excess <= 0 || !v.Leads || !v.Settled || !st.Evictable() {
		return false
	}
	if e.of != st {
		e.of, e.chooser = st, st.NewChooser()
	}
	list := e.chooser.Choose(e.share(st, excess), maxVictims, e.group.LogTime(), rand.Uint64, func() bool { return e.group.View().Leads })
	return len(list) > 0 && e.group.Write(e.unit(list)) == nil
}

// share is what the group has to evict of an excess of all groups.
func (e *Evictor) share(st *store.Store, excess int64) int64 {
	if e.beside == nil {
		return excess
	}
	own := st.DataBytes()
	all := max(own+e.beside(), 1)
	return int64(float64(excess)*float64(own)/float64(all)) + 1
}

// unit makes the unit that evicts keys.
func (e *Evictor) unit(list []evict.Candidate) *command.Unit {
	u := &command.Unit{}
	u.W.Discard = true
	for _, c := range list {
		args := evictions.Args(c.Key, c.Version)
		u.Calls = append(u.Calls, command.NewCall(e.evict, args, c.DB, nil))
		for _, a := range args {
			u.Bytes += len(a)
		}
	}
	return u
}
