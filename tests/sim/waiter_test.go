package sim

import (
	"errors"

	"github.com/msredis/msredis/cluster/replica"
	"github.com/msredis/msredis/internal/mutant"
	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/store"
)

// waiter is a client's command on its way.
type waiter struct {
	replica.Proposal
	since int64
	index uint64
	time  int64
	done  bool
	told  bool
	then  func(err error)
}

// How a command can fail.
var (
	errRefused = errors.New("not executed")
	errUnknown = errors.New("unknown")
)

// giveUp answers those who have waited for too long.
func (n *node) giveUp() {
	for _, w := range n.readers {
		if !w.done && n.ticks-w.since > requestTicks {
			n.finish(w, errRefused)
		}
	}
	for _, w := range n.writers {
		if !w.done && n.ticks-w.since > requestTicks {
			if unknown, ok := w.Abandon(); ok {
				err := errRefused
				if unknown {
					err = errUnknown
				}
				n.finish(w, err)
			}
		}
	}
	n.readers, n.writers = alive(n.readers), alive(n.writers)
}

// alive drops those who were told.
func alive(list []*waiter) []*waiter {
	rest := list[:0]
	for _, w := range list {
		if !w.told {
			rest = append(rest, w)
		}
	}
	return rest
}

func (n *node) finish(w *waiter, err error) {
	w.done = true
	n.after(n.w.between(1, 50), func() {
		w.told = true
		w.then(err)
	})
}

// write is Group.Write.
func (n *node) write(u *command.Unit, then func(err error)) {
	w := &waiter{since: n.ticks, then: then}
	w.Reset(u)
	w.Data = w
	n.writers = append(n.writers, w)
	if n.refuses() {
		n.finish(w, errRefused)
		return
	}
	n.in.units = append(n.in.units, &w.Proposal)
	n.wakeCore()
}

// read is Group.Read.
func (n *node) read(u *command.Unit, then func(err error)) {
	run := func(time int64) {
		u.Time = time
		n.store.Read(u)
		if !u.Late || mutant.On(mutant.LateReads) {
			then(nil)
			return
		}
		store.Redo(u)
		n.write(&command.Unit{}, func(err error) {
			if err != nil {
				err = errRefused
			} else {
				n.store.Read(u)
			}
			then(err)
		})
	}
	if n.fast {
		run(n.logNow())
		return
	}
	n.confirm(func(w *waiter, err error) {
		if err != nil {
			then(err)
			return
		}
		run(w.time)
	})
}

// confirm waits until everything that was committed when it was called is
// applied here.
func (n *node) confirm(then func(w *waiter, err error)) {
	w := &waiter{since: n.ticks}
	w.then = func(err error) { then(w, err) }
	n.readers = append(n.readers, w)
	if n.refuses() {
		n.finish(w, errRefused)
		return
	}
	n.in.reads = append(n.in.reads, w)
	n.wakeCore()
}

func (n *node) refuses() bool {
	return n.leaderless >= 0 && n.ticks-n.leaderless > requestTicks
}
