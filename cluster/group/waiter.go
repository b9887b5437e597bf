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

// deliver gives a waiter its outcome that finish said has to be told. g.mu is
// not held.
func (g *Group) deliver(w *waiter) {
	if w.owner == nil {
		w.wake <- sigDone
		return
	}
	owner := w.owner
	owner.Complete(w.outcome())
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
