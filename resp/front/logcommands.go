package front

import (
	"math"

	"github.com/msredis/msredis/internal/redisnum"
	"github.com/msredis/msredis/resp/reply"
)

func slowlogLenCommand(s *Session, _ [][]byte, w *reply.Writer) { w.Int(int64(s.srv.logs.slow.len())) }

func slowlogResetCommand(s *Session, _ [][]byte, w *reply.Writer) {
	s.srv.logs.slow.reset()
	w.OK()
}

// defaultSlowlogCount is how many entries SLOWLOG GET shows if it is not told.
const defaultSlowlogCount = 10

func slowlogGetCommand(s *Session, args [][]byte, w *reply.Writer) {
	count := int64(defaultSlowlogCount)
	if len(args) > 3 {
		w.Error(reply.SubcommandSyntax("slowlog", args[1]))
		return
	}
	if len(args) == 3 {
		var ok bool
		if count, ok = redisnum.ParseInt(args[2]); !ok || count < -1 {
			w.Error(reply.ErrSlowlogCount)
			return
		}
		if count == -1 {
			count = math.MaxInt32
		}
	}
	s.srv.logs.slow.show(count, w)
}

// show answers with up to count entries, the newest first.
func (l *commandLog) show(count int64, w *reply.Writer) {
	list := l.newest(int(min(count, math.MaxInt32)))
	w.Array(len(list))
	for i := range list {
		e := &list[i]
		w.Array(6)
		w.Int(e.id)
		w.Int(e.at.Unix())
		w.Int(e.value)
		w.Array(len(e.args))
		for _, arg := range e.args {
			w.Bulk(arg)
		}
		w.BulkString(e.addr)
		w.BulkString(e.client)
	}
}

// commandLogFor is the log that a COMMANDLOG is about, the last argument. If there is
// none, it answers that.
func (s *Session) commandLogFor(args [][]byte, w *reply.Writer) *commandLog {
	log := s.srv.logs.named(args[len(args)-1])
	if log == nil {
		w.Error(reply.ErrCommandLogType)
	}
	return log
}

func commandlogLenCommand(s *Session, args [][]byte, w *reply.Writer) {
	if log := s.commandLogFor(args, w); log != nil {
		w.Int(int64(log.len()))
	}
}

func commandlogResetCommand(s *Session, args [][]byte, w *reply.Writer) {
	if log := s.commandLogFor(args, w); log != nil {
		log.reset()
		w.OK()
	}
}

func commandlogGetCommand(s *Session, args [][]byte, w *reply.Writer) {
	count, ok := redisnum.ParseInt(args[2])
	if !ok || count < -1 {
		w.Error(reply.ErrSlowlogCount)
		return
	}
	if count == -1 {
		count = math.MaxInt32
	}
	if log := s.commandLogFor(args, w); log != nil {
		log.show(count, w)
	}
}
