package front

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/msredis/msredis/resp/command"
)

// crowd is whether the data exceeds maxmemory by so much that what may add to it waits
// until keys have been evicted. Without it writers could be quicker than the leader's
// entries that evict, and the data would exceed maxmemory by as much as they please.
type crowd struct {
	on atomic.Bool // looked at before every command

	mu    sync.Mutex
	eased chan struct{} // closed when on ends; nil: nobody waits
}

// maxRoomWait is how long a command waits for room before it gets -OOM. A new
// leader takes less than that to begin to evict.
const maxRoomWait = 10 * time.Second

// Crowded is told when commands that may add to the data have to wait, and when they need
// not any more. It does not block.
func (a *Audience) Crowded(on bool) { a.crowd.set(on) }

func (c *crowd) set(on bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.on.Store(on)
	if !on && c.eased != nil {
		close(c.eased)
		c.eased = nil
	}
}

// state returns a channel that tells of the end; nil if there is room.
func (c *crowd) state() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.on.Load() {
		return nil
	}
	if c.eased == nil {
		c.eased = make(chan struct{})
	}
	return c.eased
}

// needsRoom reports whether a command waits in a crowd. One that MULTI queues does not:
// EXEC does.
func (s *Session) needsRoom(cmd *command.Command, args [][]byte) bool {
	switch {
	case s.tx.open && cmd != s.srv.exec:
		return false
	case cmd.Flags.Has(command.Script):
		return !s.srv.backend.Harmless(s.call(cmd, args))
	}
	return s.mayGrow(cmd)
}

// waitForRoom returns false if there was no room in time. Commands in front of it in the
// pipeline are answered before.
func (s *Session) waitForRoom() bool {
	s.flush()
	timer := time.NewTimer(maxRoomWait)
	defer timer.Stop()
	for {
		eased := s.srv.crowd.state()
		if eased == nil {
			return true
		}
		select {
		case <-eased:
		case <-timer.C:
			return false
		case <-s.conn.Done():
			return true
		}
	}
}
