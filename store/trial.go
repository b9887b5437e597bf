package store

import (
	"sync/atomic"

	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/resp/reply"
	"github.com/msredis/msredis/store/keyspace"
)

// Bounds of a unit that is tried. An event loop tries it, and the loop's other clients
// wait meanwhile.
const (
	maxTrialCalls = 16
	maxTrialBytes = 64 << 10
)

// maxPasses is the largest number of calls of a command that are not tried, when the last
// tried ones had something to change.
const maxPasses = 63

// trialStats has the results of the last trials of a command. It is a guess, made without
// locks: a call that is not tried goes through the log, as all writes may.
type trialStats struct {
	passes atomic.Int32 // calls that are still not to be tried
	failed atomic.Int32 // their number after the last trial
}

// worth reports whether the next call is to be tried.
func (o *trialStats) worth() bool {
	return o.passes.Load() <= 0 || o.passes.Add(-1) < 0
}

func (o *trialStats) note(unchanged bool) {
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
		if c.Literal == nil && !(c.Footprint().Conditional() && s.trials[c.Cmd.ID].worth()) {
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
	r.For(u.Client)
	for i := range u.Calls {
		c := &u.Calls[i]
		if c.Literal != nil {
			u.W.Raw(c.Literal)
			continue
		}
		unchanged := s.tryCall(r.Reader, c, &u.W, u.Time)
		s.trials[c.Cmd.ID].note(unchanged)
		if !unchanged {
			u.W = before
			return false
		}
	}
	return true
}

func (s *Store) tryCall(r *keyspace.Reader, c *command.Call, w *reply.Writer, clock int64) (unchanged bool) {
	var set keyspace.ShardSet
	s.concerns(c, &set, false)
	s.ks.RLock(&set)
	defer s.ks.RUnlock(&set)
	run := s.handler(c, w, by{client: r.Client()})
	if run == nil {
		return true // an error
	}
	return r.Try(run, c, w, s.now.Load(), clock)
}
