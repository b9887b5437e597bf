package script

import (
	"sync"
	"sync/atomic"

	"github.com/msredis/msredis/resp/reply"
	"github.com/msredis/msredis/store/keyspace"
)

// running are the scripts that read, which run on this node beside the log. A
// script that writes is run by all nodes at its place in the log, and nobody can end
// it but its budget.
type running struct {
	mu   sync.Mutex
	list []*run
}

// run is a script that runs.
type run struct {
	name     string
	function bool
	command  [][]byte
	began    int64 // Unix ms
	killed   atomic.Bool
}

func (r *running) begin(name string, function bool, c *keyspace.Ctx) *run {
	x := &run{name: name, function: function, command: c.Args, began: c.Clock}
	r.mu.Lock()
	r.list = append(r.list, x)
	r.mu.Unlock()
	return x
}

func (r *running) end(x *run) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i, y := range r.list {
		if x == y {
			last := len(r.list) - 1
			r.list[i], r.list[last] = r.list[last], nil
			r.list = r.list[:last]
			return
		}
	}
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
// error for the client if there is none.
func (e *Engine) Kill(function bool) (errText string) {
	r := &e.running
	r.mu.Lock()
	defer r.mu.Unlock()
	found := false
	for _, x := range r.list {
		if x.function == function {
			found = true
			x.killed.Store(true)
		}
	}
	if !found {
		return reply.ErrNotBusy
	}
	return ""
}
