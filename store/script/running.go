package script

import (
	"sync"
	"sync/atomic"

	"github.com/msredis/msredis/resp/reply"
	"github.com/msredis/msredis/store/keyspace"
)

// running are the scripts that run on this node. Those that read run beside the log, and
// can be killed. A script in the log is run by all nodes at its place, and nothing can
// end it but its budget. It is here when it has taken a slice of instructions.
type running struct {
	mu   sync.Mutex
	list []*run
}

// run is a script that runs.
type run struct {
	name     string
	function bool
	command  [][]byte
	logged   bool  // it is in the log
	began    int64 // Unix ms
	killed   atomic.Bool
	wrote    atomic.Bool
}

func (r *running) begin(m *machine, logged bool) *run {
	x := &run{name: m.name, function: m.functions, command: m.c.Args, logged: logged, began: m.c.Clock}
	x.wrote.Store(m.dirty)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.list = append(r.list, x)
	if logged {
		r.tell(m.c)
	}
	return x
}

func (r *running) end(x *run, c *keyspace.Ctx) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i, y := range r.list {
		if x == y {
			last := len(r.list) - 1
			r.list[i], r.list[last] = r.list[last], nil
			r.list = r.list[:last]
			break
		}
	}
	if x.logged {
		r.tell(c)
	}
}

// tell says how many scripts in the log take long now. mu is held, so that the last word
// is true.
func (r *running) tell(c *keyspace.Ctx) {
	scripts, functions := 0, 0
	for _, x := range r.list {
		switch {
		case !x.logged:
		case x.function:
			functions++
		default:
			scripts++
		}
	}
	c.Runs(scripts, functions)
}

// write answers which function runs.
func (r *running) write(w *reply.Writer, now int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, x := range r.list {
		if x.function {
			w.Map(3)
			w.BulkString("name")
			w.BulkString(x.name)
			w.BulkString("command")
			w.Array(len(x.command))
			for _, a := range x.command {
				w.Bulk(a)
			}
			w.BulkString("duration_ms")
			w.Int(max(now-x.began, 0))
			return
		}
	}
	w.Null()
}

// Kill ends the scripts, or the functions, that read on this node. It returns the
// error for the client if there is none: why those that run cannot be killed.
func (e *Engine) Kill(function bool) (errText string) {
	r := &e.running
	r.mu.Lock()
	defer r.mu.Unlock()
	errText = reply.ErrNotBusy
	found := false
	for _, x := range r.list {
		switch {
		case x.function == function && !x.logged:
			found = true
			x.killed.Store(true)
		case x.logged && x.wrote.Load():
			errText = reply.ErrScriptWrote
		case x.logged && x.function == function:
			errText = reply.ErrScriptLogged
		case errText != reply.ErrNotBusy:
		case x.function:
			errText = reply.ErrBusyFunction
		default:
			errText = reply.ErrBusyScript
		}
	}
	if found {
		return ""
	}
	return errText
}
