package front

import (
	"github.com/msredis/msredis/internal/options"
	"github.com/msredis/msredis/resp/reply"
)

func configGetCommand(s *Session, args [][]byte, w *reply.Writer) {
	patterns := make([]string, 0, len(args)-2)
	for _, arg := range args[2:] {
		patterns = append(patterns, string(arg))
	}
	if s.srv.config.AnyShared(patterns...) {
		// Options that another node has set before are applied here then. A node
		// without a majority answers what it knows.
		_, _ = s.srv.backend.Versions(0, nil)
	}
	pairs := s.srv.config.Get(patterns...)
	w.Map(len(pairs))
	for _, p := range pairs {
		w.BulkString(p.Name)
		w.BulkString(p.Value)
	}
}

func configSetCommand(s *Session, args [][]byte, w *reply.Writer) {
	args = args[2:]
	if len(args)%2 != 0 {
		w.Error(reply.ErrSyntax)
		return
	}
	pairs := make([]options.Pair, 0, len(args)/2)
	for i := 0; i < len(args); i += 2 {
		pairs = append(pairs, options.Pair{Name: string(args[i]), Value: string(args[i+1])})
	}
	change := s.srv.config.Change
	if s.allowed("enable-protected-configs") {
		change = s.srv.config.ChangeAll
	}
	if err := change(pairs); err != nil {
		w.Error(err.Error())
		return
	}
	w.OK()
}

func configRewriteCommand(s *Session, _ [][]byte, w *reply.Writer) {
	if err := s.srv.config.Rewrite(s.srv.userLines()); err != nil {
		w.Error(err.Error())
		return
	}
	w.OK()
}

func configResetstatCommand(s *Session, _ [][]byte, w *reply.Writer) {
	s.srv.stats.reset()
	for i := range s.srv.users.denied {
		s.srv.users.denied[i].Store(0)
	}
	now := s.srv.counters(s.srv.backend.Info())
	s.srv.reset.Store(&now)
	w.OK()
}
