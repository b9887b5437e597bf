package store

import (
	"sync/atomic"

	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/resp/reply"
	"github.com/msredis/msredis/store/keyspace"
)

// Bounds of a unit that is tried: who tries is an event loop, whose other
// clients wait.
const (
	maxTrialCalls = 16
	maxTrialBytes = 64 << 10
)

// maxPasses is for how many calls of a command none is tried, at the most, when
// the last ones that were had something to change.
const maxPasses = 63

// outlook is what trials of a command have come to lately. It is a guess, made
// without locks: what is not tried goes through the log, as all writes may.
type outlook struct {
	passes atomic.Int32 // calls still to pass by
	failed atomic.Int32 // how many that were after the last trial
}

// worth reports whether the next call is to be tried.
func (o *outlook) worth() bool {
	return o.passes.Load() <= 0 || o.passes.Add(-1) < 0
}

func (o *outlook) note(unchanged bool) {
	n := int32(0)
	if !unchanged {
		n = min(2*o.failed.Load()+1, maxPasses)
	}
	if n != o.failed.Load() {
		o.failed.Store(n)
	}
	if n != 0 {
		o.passes.Store(n)
	}
}

// WorthTrying reports whether a unit has nothing but writes of the kind that often
// changes nothing, and lately did. Any goroutine.
func (s *Store) WorthTrying(u *command.Unit) bool {
	if len(u.Calls) > maxTrialCalls || u.Bytes > maxTrialBytes {
		return false
	}
	for i := range u.Calls {
		c := &u.Calls[i]
		if c.Literal == nil && !(c.Footprint().Conditional() && s.outlooks[c.Cmd.ID].worth()) {
			return false
		}
	}
	return true
}

// Try runs a unit with writes as if it had none. It reports whether nothing had to be
// changed, so that the replies in u.W are the answer. If not, nothing has happened.
// Like Read it may be called from many goroutines.
func (s *Store) Try(u *command.Unit) bool {
	before := u.W
	r := s.readers.Get().(*reader)
	defer s.readers.Put(r)
	for i := range u.Calls {
		c := &u.Calls[i]
		if c.Literal != nil {
			u.W.Raw(c.Literal)
			continue
		}
		unchanged := s.tryCall(r.Reader, c, &u.W, u.Time)
		s.outlooks[c.Cmd.ID].note(unchanged)
		if !unchanged {
			u.W = before
			return false
		}
	}
	return true
}

func (s *Store) tryCall(r *keyspace.Reader, c *command.Call, w *reply.Writer, clock int64) (unchanged bool) {
	run := s.handler(c, w)
	if run == nil {
		return true // an error
	}
	var set keyspace.ShardSet
	s.concerns(c, &set, false)
	s.ks.RLock(&set)
	defer s.ks.RUnlock(&set)
	return r.Try(run, c, w, s.now.Load(), clock)
}
