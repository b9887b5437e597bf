package front

import (
	"strings"
	"sync/atomic"

	"github.com/msredis/msredis/internal/redisnum"
	"github.com/msredis/msredis/resp/reply"
)

// waiting counts the clients that wait.
type waiting struct {
	all     atomic.Int64
	limited atomic.Int64 // with a timeout
}

func (n *waiting) add(b *blocked, delta int64) {
	n.all.Add(delta)
	if b.wait.Timeout > 0 {
		n.limited.Add(delta)
	}
}

// Unblock ends the waiting of all clients, and of those that would begin to
// wait, with an error and the end of their connections. The server is about to
// stop.
func (srv *Server) Unblock() { srv.stopOnce.Do(func() { close(srv.stopping) }) }

func (srv *Server) session(id uint64) *Session {
	srv.mu.Lock()
	defer srv.mu.Unlock()
	return srv.sessions[id]
}

// unblock ends the session's waiting. It returns false if it does not wait.
func (s *Session) unblock(withError bool) bool {
	b := s.waits.Load()
	if b == nil {
		return false
	}
	select {
	case b.unblock <- withError:
		return true
	default:
		return false // somebody else has asked for it
	}
}

func clientUnblockCommand(s *Session, args [][]byte, w *reply.Writer) {
	withError := false
	switch {
	case len(args) > 4:
		w.Error(reply.SubcommandSyntax("client", args[1]))
		return
	case len(args) == 4:
		switch strings.ToLower(string(args[3])) {
		case "timeout":
		case "error":
			withError = true
		default:
			w.Error(reply.ErrUnblockReason)
			return
		}
	}
	id, ok := redisnum.ParseInt(args[2])
	if !ok {
		w.Error(reply.ErrNotInteger)
		return
	}
	if other := s.srv.session(uint64(id)); other != nil && other.unblock(withError) {
		w.Int(1)
	} else {
		w.Int(0)
	}
}
