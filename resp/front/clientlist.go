package front

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/msredis/msredis/internal/pubsub"
	"github.com/msredis/msredis/resp/reply"
)

// list returns the sessions.
func (srv *Server) list() []*Session {
	srv.mu.Lock()
	defer srv.mu.Unlock()
	list := make([]*Session, 0, len(srv.sessions))
	for _, s := range srv.sessions {
		list = append(list, s)
	}
	return list
}

// snapshot returns the sessions in the order of their ids.
func (srv *Server) snapshot() []*Session {
	list := srv.list()
	slices.SortFunc(list, func(a, b *Session) int { return int(int64(a.id) - int64(b.id)) })
	return list
}

// appendInfo appends the session's line of CLIENT LIST, without a newline. The
// fields are Redis's, so that tools can parse it; what has no counterpart is 0.
func (s *Session) appendInfo(b *strings.Builder, now time.Time) {
	s.mu.Lock()
	name, libName, libVer := s.name, s.libName, s.libVer
	s.mu.Unlock()
	flags := s.letters()
	cmd := "NULL"
	if last := s.lastCmd.Load(); last != nil {
		cmd = last.FullName
	}
	queryUsed, queryFree := s.conn.QueryBuffer()
	output, queued := s.conn.OutputBuffer(), int(s.queuedBytes.Load())
	fixed, rest := min(output, fixedOutput), 0 // which Redis has in a list behind a buffer
	if output > fixed {
		rest = 1
	}
	fmt.Fprintf(b, "id=%d addr=%s laddr=%s fd=%d name=%s age=%d idle=%d flags=%s db=%d sub=%d psub=%d ssub=%d multi=%d watch=%d"+
		" qbuf=%d qbuf-free=%d argv-mem=%d multi-mem=%d rbs=0 rbp=0 obl=%d oll=%d omem=%d tot-mem=%d"+
		" events=r cmd=%s user=%s redir=%s resp=%d lib-name=%s lib-ver=%s",
		s.id, s.conn.RemoteAddr(), s.conn.LocalAddr(), s.conn.FD(), name,
		seconds(now.Sub(s.conn.Created())), seconds(now.Sub(s.conn.LastRead())), flags, s.db.Load(),
		s.subs.counts[pubsub.Channel].Load(), s.subs.counts[pubsub.Pattern].Load(), s.subs.counts[pubsub.Shard].Load(),
		s.queued.Load(), s.watching.Load(),
		queryUsed, queryFree, s.argBytes.Load(), queued, fixed, rest, output-fixed, s.memory(),
		cmd, s.user.Load().Name(), s.redirection(), s.proto.Load(), libName, libVer)
}

// letters are the flags of a session in CLIENT LIST, in Redis's order.
func (s *Session) letters() string {
	set := s.flags.Load()
	tr := s.tracker.Load()
	letters := make([]byte, 0, 16)
	for _, f := range []struct {
		on     bool
		letter byte
	}{
		{set&flagMonitor != 0, 'O'}, {set&flagPubSub != 0, 'P'}, {s.queued.Load() >= 0, 'x'}, {set&flagBlocked != 0, 'b'},
		{tr != nil, 't'}, {tr != nil && tr.broken.Load(), 'R'}, {tr != nil && tr.bcast, 'B'},
		{s.conn.Unix(), 'U'}, {set&flagReadOnly != 0, 'r'}, {set&flagNoEvict != 0, 'e'}, {set&flagNoTouch != 0, 'T'},
	} {
		if f.on {
			letters = append(letters, f.letter)
		}
	}
	if len(letters) == 0 {
		return "N"
	}
	return string(letters)
}

// fixedOutput is the size of the buffer in which Redis keeps a client's first replies.
const fixedOutput = 16 << 10

// info is the session's line of CLIENT LIST.
func (s *Session) info(now time.Time) string {
	var b strings.Builder
	s.appendInfo(&b, now)
	return b.String()
}

func seconds(d time.Duration) int64 { return int64(max(d, 0) / time.Second) }

func clientInfoCommand(s *Session, _ [][]byte, w *reply.Writer) {
	s.lastCmd.Store(s.srv.table.Named("client|info"))
	var b strings.Builder
	s.appendInfo(&b, time.Now())
	b.WriteByte('\n')
	w.Verbatim("txt", b.String())
}

func (s *Session) clientType() string {
	if s.flags.Load()&flagPubSub != 0 {
		return "pubsub"
	}
	return "normal"
}

func clientListCommand(s *Session, args [][]byte, w *reply.Writer) {
	s.lastCmd.Store(s.srv.table.Named("client|list"))
	filter, errText := s.srv.parseFilter(args[2:], reply.ErrClientID)
	if errText != "" {
		w.Error(errText)
		return
	}
	s.srv.evictClients() // those that are to go are not shown
	now := time.Now()
	var b strings.Builder
	for _, other := range s.srv.snapshot() {
		if filter.match(other, now) && (other != s || !filter.skipMe) {
			other.appendInfo(&b, now)
			b.WriteByte('\n')
		}
	}
	w.Verbatim("txt", b.String())
}

func clientKillCommand(s *Session, args [][]byte, w *reply.Writer) {
	oldForm := len(args) == 3
	list := args[2:]
	if oldForm {
		list = [][]byte{[]byte("addr"), args[2]}
	}
	filter, errText := s.srv.parseFilter(list, reply.ErrClientIDRange)
	if errText != "" {
		w.Error(errText)
		return
	}
	if !filter.saysSkipMe {
		filter.skipMe = !oldForm
	}
	killed, now := int64(0), time.Now()
	for _, other := range s.srv.snapshot() {
		if !filter.match(other, now) || other == s && filter.skipMe {
			continue
		}
		killed++
		if other == s {
			s.last = true // behind the reply
		} else {
			other.conn.Close()
			s.srv.forget(other) // to be seen by nobody from now on
		}
	}
	switch {
	case !oldForm:
		w.Int(killed)
	case killed == 0:
		w.Error(reply.ErrNoSuchClient)
	default:
		w.OK()
	}
}
