package resp

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/msredis/msredis/internal/poller"
)

// An event loop serves many connections with one goroutine. It reads the sockets, has
// the sessions start their pipelines, and then has the handler work for all of them at
// once. A goroutine for each connection would be woken twice for every command, which
// costs more than the command. Commands that arrive together would have to be gathered
// again behind the goroutines.
//
// A pipeline that may block is handed to a goroutine (client.block), which is the
// exception.
type loop struct {
	server *Server
	poller *poller.Poller
	input  []byte // where sockets are read into

	// Of the loop's goroutine.
	clients map[int]*client // by file descriptor
	watched map[int]func()  // see Server.Watch; settled before the loop runs
	read    uint64          // reads of sockets

	// Figures of the loop, for Stats: written once a cycle.
	reads, cycles atomic.Uint64

	turn atomic.Pointer[turn] // of the goroutine that runs the loop
	seen uint64               // cycles, as Relieve saw them last

	mu       sync.Mutex
	due      bool      // there is more to do, which a goroutine that was relieved has left
	added    []*client // connections that the loop does not know yet
	resumed  []*client // clients to look at again
	asleep   bool      // it has to be rung for
	stopping bool

	spare []*client // memory for resumed
}

// inputBytes is more than a line may have, so that what is left of one fits.
const inputBytes = 128 * 1024

func newLoop(s *Server) (*loop, error) {
	p, err := poller.New()
	if err != nil {
		return nil, err
	}
	return &loop{server: s, poller: p, input: make([]byte, inputBytes), clients: make(map[int]*client), watched: make(map[int]func())}, nil
}

// turn is what one goroutine does with a loop, from the first cycle to the last.
type turn struct{ state atomic.Int32 }

// States of a turn.
const (
	looking int32 = iota
	working       // for the handler: it does not touch the loop
	ended         // another goroutine has the loop
)

// start has a goroutine run the loop.
func (l *loop) start() {
	t := &turn{}
	l.turn.Store(t)
	l.server.running.Go(func() { l.run(t) })
}

// Relieve gives the loops that work since its last call to other goroutines. Their work
// takes long, and clients must not wait for it. One goroutine at a time may call it.
func (s *Server) Relieve() {
	for _, l := range s.loops {
		t, cycles := l.turn.Load(), l.cycles.Load()
		stuck := cycles == l.seen
		l.seen = cycles
		if stuck && t != nil && t.state.CompareAndSwap(working, ended) {
			l.start()
		}
	}
}

// run serves until stop was called and the last client is gone, or another goroutine does.
func (l *loop) run(t *turn) {
	more := false
	for {
		patience, goOn := l.settle(more)
		if !goOn {
			l.poller.Close()
			return
		}
		if err := l.poller.Wait(patience, l.ready); err != nil {
			// Nothing but a bug makes epoll_wait fail; a node that has gone
			// deaf must not stay in the cluster.
			panic("resp: waiting for clients: " + err.Error())
		}
		l.look()
		t.state.Store(working)
		more = l.server.handler.Work()
		if !t.state.CompareAndSwap(working, looking) {
			if more {
				l.mu.Lock()
				l.due = true
				l.wake()
			}
			return
		}
		l.reads.Store(l.read)
		l.cycles.Add(1)
	}
}

// settle decides how long the loop may sleep: for ever or not at all. It returns
// false when there will be nothing to do any more.
func (l *loop) settle(more bool) (patience time.Duration, goOn bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	left := len(l.added) + len(l.resumed)
	if l.stopping && left+len(l.clients) == 0 {
		return 0, false
	}
	if more || left > 0 || l.due {
		l.due = false
		return 0, true
	}
	l.asleep = true
	return -1, true
}

// ready is called by the poller.
func (l *loop) ready(fd int, how poller.Readiness) {
	if c := l.clients[fd]; c != nil {
		c.ready(how)
	} else if ready := l.watched[fd]; ready != nil {
		ready()
	}
}

// look takes new connections on and looks at the clients that were resumed.
func (l *loop) look() {
	l.mu.Lock()
	l.asleep = false
	added, resumed := l.added, l.resumed
	l.added, l.resumed = nil, l.spare[:0]
	l.mu.Unlock()
	for _, c := range added {
		if c.fd < 0 {
			continue // closed before it was here
		}
		l.clients[c.fd] = c
		if err := l.poller.Add(c.fd); err != nil {
			l.server.log.Warn("client disconnected", "client", c.id, "addr", c.remote, "cause", err)
			c.shut()
		}
		c.mu.Lock()
		c.proceed()
	}
	for i, c := range resumed {
		resumed[i] = nil
		c.queued.Store(false)
		c.mu.Lock()
		c.proceed()
	}
	l.spare = resumed
}

// add hands the loop a connection. Any goroutine.
func (l *loop) add(c *client) {
	l.mu.Lock()
	l.added = append(l.added, c)
	l.wake()
}

// resume has the loop look at a client again. Any goroutine.
func (l *loop) resume(c *client) {
	if c.queued.Swap(true) {
		return
	}
	l.mu.Lock()
	l.resumed = append(l.resumed, c)
	l.wake()
}

// stop ends run when the last client is gone.
func (l *loop) stop() {
	l.mu.Lock()
	l.stopping = true
	l.wake()
}

// wake rings for the loop if it sleeps. mu is held, and released.
func (l *loop) wake() {
	ring := l.asleep
	l.asleep = false
	l.mu.Unlock()
	if ring {
		l.poller.Ring()
	}
}
