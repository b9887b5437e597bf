package front

import (
	"fmt"
	"math"
	"strings"

	"github.com/msredis/msredis/internal/acl"
	"github.com/msredis/msredis/internal/redisnum"
	"github.com/msredis/msredis/resp/reply"
)

func pingCommand(s *Session, args [][]byte, w *reply.Writer) {
	if s.subs.any && !w.Resp3() && len(args) <= 2 {
		subscriberPing(args, w)
		return
	}
	switch len(args) {
	case 1:
		w.Simple("PONG")
	case 2:
		w.Bulk(args[1])
	default:
		w.Error(reply.WrongArity("ping"))
	}
}

func echoCommand(_ *Session, args [][]byte, w *reply.Writer) { w.Bulk(args[1]) }

func quitCommand(s *Session, _ [][]byte, w *reply.Writer) {
	w.OK()
	s.last = true
}

func selectCommand(s *Session, args [][]byte, w *reply.Writer) {
	db, errText := s.srv.parseDB(args[1])
	if errText != "" {
		w.Error(errText)
		return
	}
	s.db.Store(int32(db))
	w.OK()
}

// parseDB reads the number of a database; errText is the error reply.
func (srv *Server) parseDB(arg []byte) (db int, errText string) {
	n, ok := redisnum.ParseInt(arg)
	switch {
	case !ok:
		return 0, reply.ErrNotInteger
	case n < math.MinInt32 || n > math.MaxInt32:
		return 0, fmt.Sprintf(reply.ErrIntRange, math.MinInt32, math.MaxInt32)
	case n < 0 || n >= int64(srv.databases):
		return 0, reply.ErrDBIndex
	}
	return int(n), ""
}

// resetCommand puts the session into the state of a new connection, its name
// and READONLY included.
func resetCommand(s *Session, _ [][]byte, w *reply.Writer) {
	s.endTransaction()
	s.unsubscribeAll()
	s.endMonitor()
	s.endTracking()
	w.Buf = append(w.Buf, s.conn.Pushed()...) // what came until now
	s.db.Store(0)
	s.stale = false
	s.flags.Store(0)
	s.silent = speak
	s.setDiscard(false)
	s.conn.SetSilent(false)
	s.setName("")
	s.beginner()
	s.setProto(reply.RESP2)
	w.Simple("RESET")
}

// login makes the session a user, if the password is that user's. The users are those
// that the cluster has now: a password that was changed through another node is no good.
func (s *Session) login(user, password []byte, by []byte) bool {
	s.srv.fresh()
	u := s.srv.users.now.Load().Authenticate(user, password)
	if u == nil {
		from := acl.TopLevel
		if s.inExec {
			from = acl.InMulti
		}
		s.srv.denied(s, acl.LogEntry{Kind: acl.DeniedAuth, Context: from, Object: string(by), User: string(user)})
		return false
	}
	s.unproven = false
	s.become(u, true)
	return true
}

// fresh returns when this node has applied what was committed when it was called. A node
// that finds no majority goes by what it knows.
func (srv *Server) fresh() (ok bool) {
	if !srv.backend.View().Quorum {
		return false
	}
	_, err := srv.backend.Versions(0, nil)
	return err == nil
}

func authCommand(s *Session, args [][]byte, w *reply.Writer) {
	user, password := []byte(acl.DefaultName), args[1]
	switch len(args) {
	case 2:
		if s.srv.users.now.Load().Get(user).NoPass() {
			w.Error(reply.ErrNoPass)
			return
		}
	case 3:
		user, password = args[1], args[2]
	default:
		w.Error(reply.ErrSyntax)
		return
	}
	if !s.login(user, password, args[0]) {
		w.Error(reply.ErrWrongPass)
		return
	}
	w.OK()
}

// helloOptions are the arguments of HELLO.
type helloOptions struct {
	proto          int64 // 0: not given
	auth           bool
	user, password []byte
	setName        bool
	name           []byte
}

// parseHello reads the arguments of HELLO; errText is the error reply.
func parseHello(args [][]byte) (o helloOptions, errText string) {
	if len(args) == 1 {
		return o, ""
	}
	var ok bool
	if o.proto, ok = redisnum.ParseInt(args[1]); !ok {
		return o, reply.ErrHelloProto
	}
	if o.proto != reply.RESP2 && o.proto != reply.RESP3 {
		return o, reply.ErrNoProto
	}
	for rest := args[2:]; len(rest) > 0; {
		switch option := strings.ToLower(string(rest[0])); {
		case option == "auth" && len(rest) > 2:
			o.auth, o.user, o.password = true, rest[1], rest[2]
			rest = rest[3:]
		case option == "setname" && len(rest) > 1:
			o.setName, o.name = true, rest[1]
			if !validAttribute(o.name) {
				return o, reply.ErrClientName
			}
			rest = rest[2:]
		default:
			return o, reply.HelloOption(rest[0])
		}
	}
	return o, ""
}

func helloCommand(s *Session, args [][]byte, w *reply.Writer) {
	o, errText := parseHello(args)
	if errText != "" {
		w.Error(errText)
		return
	}
	if o.auth && !s.login(o.user, o.password, args[0]) {
		w.Error(reply.ErrWrongPass)
		return
	}
	if s.locked {
		w.Error(reply.ErrHelloAuth)
		return
	}
	if o.setName {
		s.setName(string(o.name))
	}
	if o.proto != 0 {
		s.setProto(uint8(o.proto))
	}
	view := s.srv.backend.View()
	role := "replica"
	if view.leads() {
		role = "master"
	}
	w.Map(7)
	w.BulkString("server")
	w.BulkString("redis")
	w.BulkString("version")
	w.BulkString(RedisVersion)
	w.BulkString("proto")
	w.Int(int64(s.proto.Load()))
	w.BulkString("id")
	w.Int(int64(s.id))
	w.BulkString("mode")
	w.BulkString(s.srv.mode())
	w.BulkString("role")
	w.BulkString(role)
	w.BulkString("modules")
	w.Array(0)
}
