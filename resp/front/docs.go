package front

import "github.com/msredis/msredis/resp/reply"

func commandCommand(s *Session, _ [][]byte, w *reply.Writer)      { s.srv.names.WriteInfo(w, nil) }
func commandCountCommand(s *Session, _ [][]byte, w *reply.Writer) { s.srv.names.WriteCount(w) }

func commandInfoCommand(s *Session, args [][]byte, w *reply.Writer) {
	s.srv.names.WriteInfo(w, args[2:])
}

func commandDocsCommand(s *Session, args [][]byte, w *reply.Writer) {
	s.srv.names.WriteDocs(w, args[2:])
}

func commandListCommand(s *Session, args [][]byte, w *reply.Writer) {
	s.srv.names.WriteList(w, args[2:])
}

func commandGetkeysCommand(s *Session, args [][]byte, w *reply.Writer) {
	s.srv.names.WriteGetKeys(w, args[2:], false)
}

func commandGetkeysandflagsCommand(s *Session, args [][]byte, w *reply.Writer) {
	s.srv.names.WriteGetKeys(w, args[2:], true)
}
