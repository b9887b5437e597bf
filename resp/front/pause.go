package front

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/msredis/msredis/resp/command"
)

// pause is CLIENT PAUSE: until its end, the commands it concerns wait in their
// sessions. It concerns the clients of this node; those of the others go on.
type pause struct {
	on atomic.Bool // looked at before every command

	mu         sync.Mutex
	until      time.Time
	writesOnly bool
	changed    chan struct{} // closed and replaced by every change; nil before the first
}

// begin pauses until the given time. A pause that is on already is only made
// longer or stricter, as in Redis.
func (p *pause) begin(until time.Time, writesOnly bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.running() {
		writesOnly = writesOnly && p.writesOnly
		if p.until.After(until) {
			until = p.until
		}
	}
	p.until, p.writesOnly = until, writesOnly
	p.on.Store(true)
	p.announce()
}

func (p *pause) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.until = time.Time{}
	p.on.Store(false)
	p.announce()
}

func (p *pause) running() bool { return p.on.Load() && time.Now().Before(p.until) }

func (p *pause) announce() {
	if p.changed != nil {
		close(p.changed)
	}
	p.changed = make(chan struct{})
}

// state returns how long a command still has to wait, and a channel that tells
// of a change of that; 0 if it need not.
func (p *pause) state(writes bool) (wait time.Duration, changed <-chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.running() {
		p.on.Store(false)
		return 0, nil
	}
	if p.writesOnly && !writes {
		return 0, nil
	}
	return time.Until(p.until), p.changed
}

// waitForPause returns when the pause does not concern cmd any more, or when the
// connection is closed. Commands in front of it in the pipeline are answered before.
func (s *Session) waitForPause(cmd *command.Command, args [][]byte) {
	writes := cmd.Flags&(command.Write|command.MayReplicate) != 0 || cmd == s.srv.exec && s.tx.writes
	if cmd.Flags.Has(command.Script) {
		writes = !s.srv.backend.Harmless(s.call(cmd, args))
	}
	held := false
	defer func() {
		if held {
			s.setFlag(flagBlocked, false)
			s.srv.waiting.all.Add(-1)
		}
	}()
	for {
		wait, changed := s.srv.pause.state(writes)
		if wait <= 0 {
			return
		}
		s.flush()
		if !held { // it is a blocked client, as with Redis
			held = true
			s.setFlag(flagBlocked, true)
			s.srv.waiting.all.Add(1)
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-changed:
		case <-s.conn.Done():
			timer.Stop()
			return
		}
		timer.Stop()
	}
}
