package front

import (
	"runtime/debug"

	"github.com/msredis/msredis/internal/mishap"
)

// A panic in the code of a session is a bug that one client has found: its connection
// ends, and no other one's. A panic that has passed through the node's own code is not
// the client's. raft, the log or the state may be in the middle of something, and the
// process ends. So does one that was in the queues of those who wait for keys, where
// what is half done loses elements.

const modulePath = "github.com/msredis/msredis/"

const (
	sessionStart = modulePath + "resp/front.(*Session).Start"
	sessionServe = modulePath + "resp/front.(*Session).Serve"
)

// fatal is where a panic must not have passed for a client to pay for it alone.
var fatal = []string{
	modulePath + "cluster",
	modulePath + "store",
	modulePath + "internal/blocking.",
	modulePath + "resp/front.(*Session).block",
}

// survivable reports whether the panic under way in a function of the session's is the
// client's. It is asked before recover.
func survivable(outer string) bool { return !mishap.Passed(mishap.Between(outer), fatal...) }

// broken ends the connection after a panic. The answers to the pipeline so far are
// dropped: nobody knows which of them are whole.
func (s *Session) broken(cause any) {
	if cause == nil {
		return // no panic: the goroutine ends (runtime.Goexit)
	}
	s.srv.log.Error("an internal error has ended the connection of a client; please report it", "client", s.id,
		"addr", s.conn.RemoteAddr(), "cause", cause, "stack", string(debug.Stack()))
	s.renewUnit()
	s.clearUnit()
	s.locals = nil
	s.last = true
}
