package front

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/msredis/msredis/resp/reply"
)

// A script in the log is run by all nodes, each at the same place. While it runs, nothing
// behind it is applied. A client would wait without a word, and so it is told BUSY when
// the script has taken busy-reply-threshold, as with Redis. Commands that came before
// wait.
//
// A script that only reads is none of these: it runs beside the log, and others are
// served.

// relieveEvery is how often, while a script in the log takes long, the event loops that
// it holds up are given to other goroutines.
const relieveEvery = 20 * time.Millisecond

// busy is whether a script in the log takes long.
type busy struct {
	// text is the error for commands; nil: they run. It is looked at before every command.
	text atomic.Pointer[string]

	relieve atomic.Pointer[func()] // see Relieve

	mu        sync.Mutex
	scripts   int // in the log, that take long
	functions int
	since     time.Time
	timer     *time.Timer // nil: none runs
}

// Runs is told how many scripts and functions in the log take long now. It does not
// block.
func (a *Audience) Runs(scripts, functions int) {
	if srv := a.server.Load(); srv != nil {
		srv.busy.runs(scripts, functions, srv.busyAfter)
	}
}

// Relieve sets what gives the event loops that a script holds up to other goroutines. It
// is called again and again while a script in the log takes long.
func (srv *Server) Relieve(fn func()) { srv.busy.relieve.Store(&fn) }

// busyAfter returns busy-reply-threshold; 0: never.
func (srv *Server) busyAfter() time.Duration { return srv.config.Duration("busy-reply-threshold") }

func (b *busy) runs(scripts, functions int, after func() time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	idle := b.scripts+b.functions == 0
	b.scripts, b.functions = scripts, functions
	switch {
	case scripts+functions == 0:
		b.text.Store(nil)
	case idle && b.timer == nil:
		b.since = time.Now()
		b.timer = time.AfterFunc(relieveEvery, func() { b.tick(after) })
	case idle:
		b.since = time.Now()
	}
}

// tick looks at the scripts that run, and comes again as long as there are any.
func (b *busy) tick(after func() time.Duration) {
	if relieve := b.relieve.Load(); relieve != nil {
		(*relieve)()
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.scripts+b.functions == 0 {
		b.timer = nil
		return
	}
	if limit := after(); limit > 0 && time.Since(b.since) >= limit {
		text := reply.ErrBusyScript
		if b.functions > 0 {
			text = reply.ErrBusyFunction
		}
		b.text.Store(&text)
	}
	b.timer.Reset(relieveEvery)
}
