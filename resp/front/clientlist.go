package front

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/msredis/msredis/internal/acl"
	"github.com/msredis/msredis/internal/pubsub"
	"github.com/msredis/msredis/internal/redisnum"
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

// clientTypes are the classes that CLIENT LIST and KILL filter by. All connections
// are of the first or the last: replication does not go through them.
var clientTypes = []string{"normal", "slave", "replica", "master", "pubsub"}

func parseClientType(arg []byte) (name, errText string) {
	name = strings.ToLower(string(arg))
	if !slices.Contains(clientTypes, name) {
		return "", fmt.Sprintf(reply.ErrClientType, arg)
	}
	return name, ""
}

func (s *Session) clientType() string {
	if s.flags.Load()&flagPubSub != 0 {
		return "pubsub"
	}
	return "normal"
}

func clientListCommand(s *Session, args [][]byte, w *reply.Writer) {
	s.lastCmd.Store(s.srv.table.Named("client|list"))
	wanted := func(*Session) bool { return true }
	if len(args) > 2 {
		switch option := strings.ToLower(string(args[2])); {
		case option == "type" && len(args) == 4:
			name, errText := parseClientType(args[3])
			if errText != "" {
				w.Error(errText)
				return
			}
			wanted = func(s *Session) bool { return s.clientType() == name }
		case option == "id" && len(args) > 3:
			ids := map[uint64]bool{}
			for _, arg := range args[3:] {
				id, ok := redisnum.ParseInt(arg)
				if !ok {
					w.Error(reply.ErrClientID)
					return
				}
				ids[uint64(id)] = true
			}
			wanted = func(s *Session) bool { return ids[s.id] }
		default:
			w.Error(reply.ErrSyntax)
			return
		}
	}
	s.srv.evictClients() // those that are to go are not shown
	now := time.Now()
	var b strings.Builder
	for _, other := range s.srv.snapshot() {
		if wanted(other) {
			other.appendInfo(&b, now)
			b.WriteByte('\n')
		}
	}
	w.Verbatim("txt", b.String())
}

// killFilter says which clients CLIENT KILL means.
type killFilter struct {
	id          uint64 // 0: any
	addr, laddr string // "": any
	kind        string // of clientTypes; "": any
	maxAge      int64  // seconds: those connected for as long or longer; 0: any
	nobody      bool   // an address that no client has
	byUser      bool   // those of a user only
	user        string
	skipMe      bool
}

func (f *killFilter) match(s *Session, now time.Time) bool {
	return !f.nobody &&
		(!f.byUser || s.user.Load().Name() == f.user) &&
		(f.kind == "" || s.clientType() == f.kind) &&
		(f.id == 0 || s.id == f.id) &&
		(f.maxAge == 0 || seconds(now.Sub(s.conn.Created())) >= f.maxAge) &&
		(f.addr == "" || s.conn.RemoteAddr() == f.addr) &&
		(f.laddr == "" || s.conn.LocalAddr() == f.laddr)
}

// parseKill reads what stands behind CLIENT KILL in its new form.
func parseKill(args [][]byte, users *acl.Users) (f killFilter, errText string) {
	f.skipMe = true
	for ; len(args) > 0; args = args[2:] {
		if len(args) < 2 {
			return f, reply.ErrSyntax
		}
		value := args[1]
		switch strings.ToLower(string(args[0])) {
		case "id":
			id, ok := redisnum.ParseInt(value)
			if !ok || id < 1 {
				return f, reply.ErrClientIDRange
			}
			f.id = uint64(id)
		case "maxage":
			age, ok := redisnum.ParseInt(value)
			if !ok {
				return f, reply.ErrMaxAge
			}
			if age < 1 {
				return f, reply.ErrMaxAgeRange
			}
			f.maxAge = age
		case "type":
			if f.kind, errText = parseClientType(value); errText != "" {
				return f, errText
			}
		case "addr":
			f.addr = string(value)
			f.nobody = f.nobody || f.addr == ""
		case "laddr":
			f.laddr = string(value)
			f.nobody = f.nobody || f.laddr == ""
		case "user":
			if users.Get(value) == nil {
				return f, fmt.Sprintf(reply.ErrNoSuchUser, value)
			}
			f.user, f.byUser = string(value), true
		case "skipme":
			switch strings.ToLower(string(value)) {
			case "yes":
				f.skipMe = true
			case "no":
				f.skipMe = false
			default:
				return f, reply.ErrSyntax
			}
		default:
			return f, reply.ErrSyntax
		}
	}
	return f, ""
}

func clientKillCommand(s *Session, args [][]byte, w *reply.Writer) {
	oldForm := len(args) == 3
	filter, errText := killFilter{}, ""
	if oldForm {
		filter.addr = string(args[2])
		filter.nobody = filter.addr == ""
	} else {
		filter, errText = parseKill(args[2:], s.srv.users.now.Load())
	}
	if errText != "" {
		w.Error(errText)
		return
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
