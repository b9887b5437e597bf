package front

import (
	"fmt"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/msredis/msredis/internal/redisnum"
	"github.com/msredis/msredis/resp/reply"
)

// clientTypes are the classes that CLIENT LIST and KILL filter by. All connections
// are of the first or the last: replication does not go through them.
var clientTypes = []string{"normal", "slave", "replica", "master", "primary", "pubsub"}

func parseClientType(arg []byte) (name, errText string) {
	name = strings.ToLower(string(arg))
	if !slices.Contains(clientTypes, name) {
		return "", fmt.Sprintf(reply.ErrClientType, arg)
	}
	return name, ""
}

// clientFlags are the letters of CLIENT LIST in Redis and Valkey. FLAGS takes them all;
// some of them no client has here.
const clientFlags = "OSMPxbtRBdcuAUreTIN"

// clientMatch tells whether an option of a filter lets a session through.
type clientMatch func(s *Session, now time.Time) bool

// clientFilter is what CLIENT LIST and CLIENT KILL say about the clients they mean.
// All options have to match. One that is said twice counts as the last time.
type clientFilter struct {
	options            [len(clientOptions)]clientMatch // in the order of clientOptions
	ids                map[uint64]bool                 // nil: any
	skipMe, saysSkipMe bool
}

func (f *clientFilter) match(s *Session, now time.Time) bool {
	if f.ids != nil && !f.ids[s.id] {
		return false
	}
	for _, matches := range f.options {
		if matches != nil && !matches(s, now) {
			return false
		}
	}
	return true
}

// clientOptions are the options with one value but SKIPME, which is about the client
// that asks.
var clientOptions = [...]struct {
	name  string
	parse func(srv *Server, value []byte) (m clientMatch, errText string)
}{
	{"type", func(_ *Server, value []byte) (clientMatch, string) {
		name, errText := parseClientType(value)
		return func(s *Session, _ time.Time) bool { return s.clientType() == name }, errText
	}},
	{"user", func(srv *Server, value []byte) (clientMatch, string) {
		if srv.users.now.Load().Get(value) == nil {
			return nil, fmt.Sprintf(reply.ErrNoSuchUser, value)
		}
		user := string(value)
		return func(s *Session, _ time.Time) bool { return s.user.Load().Name() == user }, ""
	}},
	{"addr", clientText(func(s *Session) string { return s.conn.RemoteAddr() })},
	{"laddr", clientText(func(s *Session) string { return s.conn.LocalAddr() })},
	{"ip", clientText(func(s *Session) string {
		ip, _, err := net.SplitHostPort(s.conn.RemoteAddr())
		if err != nil || s.conn.Unix() {
			return ""
		}
		return ip
	})},
	{"name", clientText(func(s *Session) string {
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.name
	})},
	{"lib-name", clientText(func(s *Session) string {
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.libName
	})},
	{"lib-ver", clientText(func(s *Session) string {
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.libVer
	})},
	{"maxage", clientSeconds(reply.ErrMaxAge, reply.ErrMaxAgeRange, func(s *Session) time.Time { return s.conn.Created() })},
	{"idle", clientSeconds(reply.ErrIdle, reply.ErrIdleRange, func(s *Session) time.Time { return s.conn.LastRead() })},
	{"db", func(srv *Server, value []byte) (clientMatch, string) {
		db, ok := redisnum.ParseInt(value)
		switch {
		case !ok:
			return nil, reply.ErrClientDB
		case db < 0 || db >= int64(srv.databases):
			return nil, fmt.Sprintf(reply.ErrClientDBRange, srv.databases-1)
		}
		return func(s *Session, _ time.Time) bool { return int64(s.db.Load()) == db }, ""
	}},
	{"flags", func(_ *Server, value []byte) (clientMatch, string) {
		wanted := string(value)
		if strings.Trim(wanted, clientFlags) != "" {
			return nil, fmt.Sprintf(reply.ErrClientFlags, value)
		}
		return func(s *Session, _ time.Time) bool {
			has := s.letters()
			for i := range len(wanted) {
				if strings.IndexByte(has, wanted[i]) < 0 {
					return false
				}
			}
			return true
		}, ""
	}},
}

// clientText matches a text. Nobody has an empty one.
func clientText(of func(s *Session) string) func(*Server, []byte) (clientMatch, string) {
	return func(_ *Server, value []byte) (clientMatch, string) {
		text := string(value)
		return func(s *Session, _ time.Time) bool { return text != "" && of(s) == text }, ""
	}
}

// clientSeconds matches those for which so many seconds have passed.
func clientSeconds(notNumber, outOfRange string, since func(s *Session) time.Time) func(*Server, []byte) (clientMatch, string) {
	return func(_ *Server, value []byte) (clientMatch, string) {
		n, ok := redisnum.ParseInt(value)
		switch {
		case !ok:
			return nil, notNumber
		case n < 1:
			return nil, outOfRange
		}
		return func(s *Session, now time.Time) bool { return seconds(now.Sub(since(s))) >= n }, ""
	}
}

// parseFilter reads the options of CLIENT LIST and CLIENT KILL. A first id that is none
// is answered with badID.
func (srv *Server) parseFilter(args [][]byte, badID string) (f clientFilter, errText string) {
	for len(args) > 0 {
		name := strings.ToLower(string(args[0]))
		if args = args[1:]; len(args) == 0 {
			return f, reply.ErrSyntax
		}
		switch name {
		case "id":
			if args, errText = f.takeIDs(args, badID); errText != "" {
				return f, errText
			}
			continue
		case "skipme":
			yes := strings.EqualFold(string(args[0]), "yes")
			if !yes && !strings.EqualFold(string(args[0]), "no") {
				return f, reply.ErrSyntax
			}
			f.skipMe, f.saysSkipMe = yes, true
		default:
			at := clientOption(name)
			if at < 0 {
				return f, reply.ErrSyntax
			}
			if f.options[at], errText = clientOptions[at].parse(srv, args[0]); errText != "" {
				return f, errText
			}
		}
		args = args[1:]
	}
	return f, ""
}

// takeIDs reads ids up to the next option.
func (f *clientFilter) takeIDs(args [][]byte, badID string) (rest [][]byte, errText string) {
	f.ids = map[uint64]bool{}
	for i, arg := range args {
		id, ok := redisnum.ParseInt(arg)
		if name := strings.ToLower(string(arg)); i > 0 && !ok &&
			(badID == reply.ErrClientIDRange || name == "id" || name == "skipme" || clientOption(name) >= 0) {
			return args[i:], "" // CLIENT LIST tells of an id that is none, wherever it stands
		}
		if !ok || id < 1 && badID == reply.ErrClientIDRange {
			return nil, badID
		}
		f.ids[uint64(id)] = true
	}
	return nil, ""
}

// clientOption is the place of an option in clientOptions, -1 if there is none.
func clientOption(name string) int {
	for i, option := range &clientOptions {
		if option.name == name {
			return i
		}
	}
	return -1
}
