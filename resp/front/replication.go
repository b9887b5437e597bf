package front

import (
	"fmt"
	"time"

	"github.com/msredis/msredis/internal/redisnum"
	"github.com/msredis/msredis/resp/reply"
)

// roleCommand answers in Redis's terms; offsets are positions in the log.
func roleCommand(s *Session, _ [][]byte, w *reply.Writer) {
	v, info := s.srv.backend.View(), s.srv.backend.Info()
	if v.leads() {
		w.Array(3)
		w.BulkString("master")
		w.Int(int64(info.Commit))
		w.Array(v.replicas())
		for i := range v.Members {
			m := &v.Members[i]
			if m.ID == v.Leader {
				continue
			}
			host, port := splitAddr(m.ClientAddr)
			w.Array(3)
			w.BulkString(host)
			w.BulkInt(int64(port))
			w.BulkInt(int64(m.Match))
		}
		return
	}
	host, port, state := "", 0, "connect"
	if leader := v.member(v.Leader); leader != nil {
		host, port = splitAddr(leader.ClientAddr)
		state = "connected"
	}
	w.Array(5)
	w.BulkString("slave")
	w.BulkString(host)
	w.Int(int64(port))
	w.BulkString(state)
	w.Int(int64(info.Applied))
}

// waitCommand: a write is on a majority when it is acknowledged; WAIT waits for
// the members beyond that.
func waitCommand(s *Session, args [][]byte, w *reply.Writer) {
	replicas, ok := redisnum.ParseInt(args[1])
	if !ok {
		w.Error(reply.ErrNotInteger)
		return
	}
	timeout, errText := parseTimeout(args[2])
	if errText != "" {
		w.Error(errText)
		return
	}
	w.Int(int64(s.waitReplicas(replicas, timeout)))
}

// waitaofCommand: what is acknowledged is synced here and on a majority, and
// what another member holds it has synced, too.
func waitaofCommand(s *Session, args [][]byte, w *reply.Writer) {
	local, ok := redisnum.ParseInt(args[1])
	if !ok {
		w.Error(reply.ErrNotInteger)
		return
	}
	if local < 0 || local > 1 {
		w.Error(fmt.Sprintf(reply.ErrIntRange, 0, 1))
		return
	}
	replicas, ok := redisnum.ParseInt(args[2])
	if !ok || replicas < 0 {
		w.Error(reply.ErrNotPositive)
		return
	}
	timeout, errText := parseTimeout(args[3])
	if errText != "" {
		w.Error(errText)
		return
	}
	n := s.waitReplicas(replicas, timeout)
	w.Array(2)
	w.Int(1)
	w.Int(int64(n))
}

// replicasCheck is how often a WAIT looks whether its connection was closed.
const replicasCheck = time.Second

// waitReplicas waits until n other members hold all that is applied here, and
// returns how many do. A timeout of 0 has no limit; inside EXEC there is no
// waiting. More members than there are cannot be had, so all of them are enough.
func (s *Session) waitReplicas(n int64, timeout time.Duration) int {
	backend := s.srv.backend
	want := int(min(max(n, 0), int64(len(backend.View().Members)-1)))
	if s.inExec {
		return backend.Replicas(want, 0)
	}
	end := time.Now().Add(timeout)
	for {
		step := replicasCheck
		if timeout > 0 {
			step = min(step, time.Until(end))
		}
		got := backend.Replicas(want, max(step, 0))
		if got >= want || step <= 0 {
			return got
		}
		select {
		case <-s.conn.Done():
			return got
		default:
		}
	}
}
