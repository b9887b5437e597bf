package front

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/msredis/msredis/internal/redisnum"
	"github.com/msredis/msredis/resp/reply"
)

func clientIDCommand(s *Session, _ [][]byte, w *reply.Writer) { w.Int(int64(s.id)) }

func clientGetnameCommand(s *Session, _ [][]byte, w *reply.Writer) {
	if name := s.clientName(); name != "" {
		w.BulkString(name)
	} else {
		w.Null()
	}
}

func clientSetnameCommand(s *Session, args [][]byte, w *reply.Writer) {
	if !validAttribute(args[2]) {
		w.Error(reply.ErrClientName)
		return
	}
	s.setName(string(args[2]))
	w.OK()
}

// validAttribute reports whether v can stand in a line of CLIENT LIST.
func validAttribute(v []byte) bool {
	for _, c := range v {
		if c < '!' || c > '~' {
			return false
		}
	}
	return true
}

func clientSetinfoCommand(s *Session, args [][]byte, w *reply.Writer) {
	var field *string
	switch strings.ToLower(string(args[2])) {
	case "lib-name":
		field = &s.libName
	case "lib-ver":
		field = &s.libVer
	default:
		w.Error(fmt.Sprintf(reply.ErrClientInfoOption, args[2]))
		return
	}
	if !validAttribute(args[3]) {
		w.Error(fmt.Sprintf(reply.ErrClientAttribute, args[2]))
		return
	}
	s.mu.Lock()
	*field = string(args[3])
	s.mu.Unlock()
	w.OK()
}

func clientReplyCommand(s *Session, args [][]byte, w *reply.Writer) {
	switch strings.ToLower(string(args[2])) {
	case "on":
		s.silent = speak
		s.setDiscard(false)
		s.conn.SetSilent(false)
		w.OK()
	case "off":
		s.silent = skipAll
		s.setDiscard(true)
		s.conn.SetSilent(true)
	case "skip":
		if s.silent != skipAll {
			s.silent = skipNext
		}
	default:
		w.Error(reply.ErrSyntax)
	}
}

// onOff reads ON or OFF; anything else is a syntax error.
func onOff(arg []byte) (on, ok bool) {
	switch strings.ToLower(string(arg)) {
	case "on":
		return true, true
	case "off":
		return false, true
	}
	return false, false
}

func setClientFlag(s *Session, flag uint32, args [][]byte, w *reply.Writer) {
	on, ok := onOff(args[2])
	if !ok {
		w.Error(reply.ErrSyntax)
		return
	}
	s.setFlag(flag, on)
	w.OK()
}

func clientNoEvictCommand(s *Session, args [][]byte, w *reply.Writer) {
	setClientFlag(s, flagNoEvict, args, w)
}

func clientNoTouchCommand(s *Session, args [][]byte, w *reply.Writer) {
	setClientFlag(s, flagNoTouch, args, w)
}

// clientCapaCommand is CLIENT CAPA. The one capability that there is, "redirect", lets a
// server that is no cluster send REDIRECT; here every node serves every command.
func clientCapaCommand(_ *Session, _ [][]byte, w *reply.Writer) { w.OK() }

// clientImportSourceCommand is CLIENT IMPORT-SOURCE. There is no import mode, in
// which expired keys stay.
func clientImportSourceCommand(_ *Session, args [][]byte, w *reply.Writer) {
	if strings.EqualFold(string(args[2]), "off") {
		w.OK()
	} else {
		w.Error(reply.ErrImportMode)
	}
}

func clientPauseCommand(s *Session, args [][]byte, w *reply.Writer) {
	writesOnly := false
	switch {
	case len(args) > 4:
		w.Error(reply.SubcommandSyntax("client", args[1]))
		return
	case len(args) == 4:
		switch strings.ToLower(string(args[3])) {
		case "write":
			writesOnly = true
		case "all":
		default:
			w.Error(reply.ErrPauseMode)
			return
		}
	}
	timeout, errText := parseTimeout(args[2])
	if errText != "" {
		w.Error(errText)
		return
	}
	s.srv.pause.begin(time.Now().Add(timeout), writesOnly)
	w.OK()
}

// parseTimeout reads a number of milliseconds; errText is the error reply.
func parseTimeout(arg []byte) (timeout time.Duration, errText string) {
	const most = math.MaxInt64 / int64(time.Millisecond) / 2 // so that a time plus it is a time
	ms, ok := redisnum.ParseInt(arg)
	switch {
	case !ok:
		return 0, reply.ErrTimeoutNotInt
	case ms < 0:
		return 0, reply.ErrTimeoutNegative
	}
	return time.Duration(min(ms, most)) * time.Millisecond, ""
}

func clientUnpauseCommand(s *Session, _ [][]byte, w *reply.Writer) {
	s.srv.pause.end()
	w.OK()
}
