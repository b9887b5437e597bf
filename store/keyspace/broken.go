package keyspace

import (
	"runtime/debug"

	"github.com/msredis/msredis/internal/mishap"
	"github.com/msredis/msredis/internal/mutant"
	"github.com/msredis/msredis/resp/reply"
)

// A handler that panics.
//
// It is a bug, and the log has the call that finds it. A call that ended the node would
// end every node of the cluster, again at each start. Only the data of the last
// snapshots would be left. So a panic breaks off the call, and the call alone:
//
//   - its client gets an error;
//   - a key whose value was being changed in place (Edit) at that moment is deleted,
//     because half a change is in it. Changes that the call had made before as a whole
//     (Set, Delete, an Edit that was settled) stay, as with an error in Redis;
//   - the accounts of the tables that it touched are counted again.
//
// All nodes have to come to the same. They do where a panic follows from what they
// share: the entry, and the state. A handler sees no more of its node than the form of
// the reply (RESP3, a limit) and, if it publishes, the number of receivers. The writer
// and the context know whether it has asked (Writer.Asked, Ctx.asked). And it calls
// functions that nodes run for themselves alone (local, below). A panic in such a case
// may be this node's own. Then the node has to end: it applies the entry again when it
// starts, as other nodes do, without a client. If the panic comes again it is
// everybody's, and the call is broken off.
//
// A read is broken off wherever its panic is from: nothing follows from it.

// Broken tells of a call that was broken off.
type Broken struct {
	Command string
	Deleted int // keys that were being changed
	Cause   any
	Stack   []byte
}

// OnBroken has fn called when a call is broken off; it may be called from several goroutines,
// and must not block. Without it a panic goes on and ends the process, which is what tests
// want. It has to be set before the keyspace is used.
func (ks *Keyspace) OnBroken(fn func(Broken)) { ks.broken = fn }

const modulePath = "github.com/msredis/msredis/"

// laneWrite is where a panic of a handler that writes passes.
const laneWrite = modulePath + "store/keyspace.(*Lane).Write"

// local are functions that do what is this node's business alone: replies, the snapshot
// that is being written, who waits for keys and who listens.
var local = []string{
	modulePath + "resp/reply.",
	modulePath + "internal/blocking.",
	modulePath + "store/keyspace.(*pending).",
	modulePath + "store/keyspace.(*Lane).note",
	modulePath + "store/keyspace.(*Lane).record",
	modulePath + "store/keyspace.(*Lane).changedKey",
	modulePath + "store/keyspace.(*Ctx).Notify",
	modulePath + "store/keyspace.(*Ctx).Publish",
	modulePath + "store/keyspace.(*Ctx).Receivers",
}

// everybodys reports whether the panic under way in a write is one that every node meets. It is
// for Lane.Write's deferred function.
func (c *Ctx) everybodys() bool {
	w := c.W
	if c.asked || !w.Discard && (w.Asked && w.Resp3() || w.Stopped()) {
		return false
	}
	return !mishap.Passed(mishap.Between(laneWrite), local...)
}

// breakOff ends a call whose handler has panicked. mark and errors are the reply's length and
// number of errors before it.
func (c *Ctx) breakOff(cause any, mark, errors int) {
	if cause == nil {
		return // no panic: the goroutine ends (runtime.Goexit)
	}
	stack := debug.Stack()
	deleted := 0
	if c.seq != 0 {
		deleted = c.undo()
	}
	c.W.Errors = errors
	if sent, _ := c.W.Sent(); sent > 0 { // there is no place for an error any more
		c.W.Tear()
	} else {
		c.W.Buf = c.W.Buf[:mark]
		c.W.Error(reply.BrokenOff(c.Cmd.FullName, deleted))
	}
	c.Draft, c.trial = nil, false
	c.ks.broken(Broken{Command: c.Cmd.FullName, Deleted: deleted, Cause: cause, Stack: stack})
}

// undo deletes the keys that are being changed, and returns how many they were.
func (c *Ctx) undo() (deleted int) {
	for i := range c.touched {
		t := &c.touched[i]
		if t.size < 0 || t.e.value == nil || c.ks.table(t.t.id) != t.t || mutant.On(mutant.HalfDone) {
			continue // as it was, or gone
		}
		c.NotifyIn(c.ks.logical(t.t.id.db), 'g', "del", bytesOf(t.e.Key()))
		t.t.abandon(t.e, t.size, c.lane)
		deleted++
	}
	for i := range c.touched {
		if t := c.touched[i].t; c.ks.table(t.id) == t {
			t.recount(c.lane)
		}
	}
	clear(c.touched)
	c.touched, c.edits = c.few[:0], 0
	return deleted
}

// abandon is remove for an entry that change was called for. Its value must not be
// asked for anything any more. size is the memory that it counts. (A flat one is bytes,
// and has no say in where its block is.)
func (t *table) abandon(e *Entry, size int64, l *Lane) {
	v := e.value
	t.detach(e, l)
	t.account(-e.keySize()-size, l)
	t.drop(e)
	t.bury(e)
	t.free(v)
	t.awaitParts(e, l)
	l.note(t, e)
}

// recount puts the accounts of a table right.
func (t *table) recount(l *Lane) {
	size := int64(0)
	for r := range t.dict.All() {
		size += r.entry().MemSize()
	}
	t.account(size-t.bytes, l)
}
