package front

import (
	"strconv"
	"time"

	"github.com/msredis/msredis/internal/glob"
	"github.com/msredis/msredis/resp/reply"
)

// debugSleepCommand keeps this connection waiting, not the server: the others
// are served meanwhile. As in Redis, what is no number means 0.
func debugSleepCommand(s *Session, args [][]byte, w *reply.Writer) {
	const longest = 24 * time.Hour
	seconds, err := strconv.ParseFloat(string(args[2]), 64)
	if err != nil || !(seconds > 0) || s.inExec {
		seconds = 0
	}
	timer := time.NewTimer(time.Duration(min(seconds, longest.Seconds()) * float64(time.Second)))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-s.conn.Done():
	}
	w.OK()
}

func debugDigestCommand(s *Session, _ [][]byte, w *reply.Writer) {
	digest, _, err := s.srv.backend.Digest()
	if err != nil {
		done(w, err)
		return
	}
	w.Simple(digest)
}

func debugReloadCommand(s *Session, _ [][]byte, w *reply.Writer) { done(w, s.srv.backend.Reload()) }

func debugSetActiveExpireCommand(s *Session, args [][]byte, w *reply.Writer) {
	n, _ := strconv.Atoi(string(args[2]))
	s.srv.backend.SetActiveExpire(n != 0)
	w.OK()
}

func debugStringmatchLenCommand(_ *Session, args [][]byte, w *reply.Writer) {
	if glob.Match(args[2], args[3], false) {
		w.Int(1)
	} else {
		w.Int(0)
	}
}
