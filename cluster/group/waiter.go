package group

import (
	"sync"

	"github.com/msredis/msredis/cluster/replica"
	"github.com/msredis/msredis/resp/command"
)

// signal is what a parked goroutine is woken with.
type signal uint8

const (
	sigDone signal = iota // the waiter is done
	sigWork               // take over a role; then park again unless done
)

// waiter is one client that waits for the group: for its unit to be applied or
// for its read to be allowed. It is a goroutine, or a Completer that is called.
// All fields but the proposal's own state are guarded by the group's mutex.
type waiter struct {
	replica.Proposal
	wake chan signal // capacity 1: a parked waiter gets one signal

	owner command.Completer // nil: a goroutine waits
	read  *command.Unit     // what owner wants to read

	parked bool // the goroutine sleeps
	done   bool
	err    error
	since  int64 // tick at which it came

	// For a read: the log index to wait for, and the leader's clock.
	index uint64
	time  int64

	next, prev *waiter // in the list of those who wait, oldest first
}

// Waiters are reused, but for those that failed: a reference to them may still
// be in the replica.
var waiters = sync.Pool{New: func() any {
	w := &waiter{wake: make(chan signal, 1)}
	w.Data = w
	return w
}}

func newWaiter(u *command.Unit, owner command.Completer) *waiter {
	w := waiters.Get().(*waiter)
	w.Reset(u)
	w.owner = owner
	w.parked, w.done, w.err, w.index, w.time = false, false, nil, 0, 0
	return w
}

func (w *waiter) free() {
	w.Unit, w.owner, w.read = nil, nil, nil
	waiters.Put(w)
}

// deliver gives a waiter its result that finish said has to be told. g.mu is
// not held.
func (g *Group) deliver(w *waiter) {
	if w.owner == nil {
		w.wake <- sigDone
		return
	}
	owner := w.owner
	owner.Complete(w.result())
}

// result ends the life of a waiter that is done.
func (w *waiter) result() error {
	err := w.err
	if err == nil {
		w.free()
	}
	return err
}

// list is a list of waiters in order of arrival.
type list struct {
	head, tail *waiter
	n          int
}

func (l *list) push(w *waiter) {
	w.prev, w.next = l.tail, nil
	if l.tail != nil {
		l.tail.next = w
	} else {
		l.head = w
	}
	l.tail = w
	l.n++
}

func (l *list) remove(w *waiter) {
	if w.prev != nil {
		w.prev.next = w.next
	} else {
		l.head = w.next
	}
	if w.next != nil {
		w.next.prev = w.prev
	} else {
		l.tail = w.prev
	}
	w.next, w.prev = nil, nil
	l.n--
}

// finish gives w its result. If it has to be told, the caller has to call
// deliver when it has released g.mu; then finish returns true.
func (g *Group) finish(w *waiter, err error) (wake bool) {
	if err == errUnknown && w.Unit == noop {
		err = errNoQuorum // it changes nothing
	}
	w.done, w.err = true, err
	if w.Unit != nil {
		g.writers.remove(w)
	} else {
		g.readers.remove(w)
	}
	wake, w.parked = w.parked || w.owner != nil, false
	return wake
}

// wakeAll delivers to those that finish said have to be told. It keeps the slice
// for the next time. The caller holds g.mu; it is released meanwhile, because
// the goroutines that wake up need it soon.
func (g *Group) wakeAll(wakes []*waiter) {
	if len(wakes) == 0 {
		return
	}
	g.wakes = nil
	g.mu.Unlock()
	var batch readBatch
	for i, w := range wakes {
		if w.read != nil && w.err == nil {
			g.readConfirmed(&batch, w)
		} else {
			g.deliver(w)
		}
		wakes[i] = nil
	}
	batch.run(g)
	g.mu.Lock()
	g.wakes = wakes[:0]
}
