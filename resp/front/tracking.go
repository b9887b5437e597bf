package front

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/msredis/msredis/internal/redisnum"
	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/resp/reply"
)

// invalidateChannel is where RESP2 clients hear of changes.
const invalidateChannel = "__redis__:invalidate"

// invalidate tells the client that keys have changed; nil: all of them.
func (tr *tracker) invalidate(keys []string) {
	to := tr.session
	if tr.redirect != 0 {
		if to = tr.session.srv.sessionByID(tr.redirect); to == nil {
			tr.breakRedirect()
			return
		}
	}
	w := reply.Writer{Proto: uint8(to.proto.Load())}
	switch {
	case w.Proto == reply.RESP3:
		w.Push(2)
		w.BulkString("invalidate")
	case tr.redirect != 0 && to.flags.Load()&flagPubSub != 0:
		w.Array(3)
		w.BulkString("message")
		w.BulkString(invalidateChannel)
	default:
		return // there is no way to tell it
	}
	if keys == nil {
		w.Null()
	} else {
		w.Strings(keys)
	}
	to.conn.Push(w.Buf)
}

// breakRedirect notes that the client that was to be told has gone.
func (tr *tracker) breakRedirect() {
	if s := tr.session; !tr.broken.Swap(true) && s.proto.Load() == reply.RESP3 {
		w := reply.Writer{Proto: reply.RESP3}
		w.Push(2)
		w.BulkString("tracking-redir-broken")
		w.Int(int64(tr.redirect))
		s.conn.Push(w.Buf)
	}
}

func (srv *Server) sessionByID(id uint64) *Session {
	srv.mu.Lock()
	defer srv.mu.Unlock()
	return srv.sessions[id]
}

// dispatchTracked runs a command of a client that tracks: the keys that it reads are
// noted before.
func (s *Session) dispatchTracked(cmd *command.Command, args [][]byte, run Handler) {
	tr := s.tracker.Load()
	notes := !tr.bcast && (!tr.optin || tr.caching) && (!tr.optout || !tr.caching)
	if notes || len(s.unit.Calls) == 0 { // else scripts on their way may count on it
		tr.scripts.Store(notes)
	}
	switch {
	case !notes:
	case s.tx.open && !cmd.Flags.Has(command.Immediate):
	case cmd == s.srv.exec && s.tx.open && !s.tx.dirty:
		calls := s.tx.queue.calls(s.srv.table, &s.keys)
		for i := range calls {
			if reads(calls[i].Cmd) {
				s.track(&calls[i])
			}
		}
	case reads(cmd):
		s.track(s.call(cmd, args))
	}
	if s.srv.monitors.any.Load() {
		s.dispatchMonitored(cmd, args, run)
	} else {
		s.run(cmd, args, run)
	}
	if !s.tx.open && !cmd.Flags.Has(command.KeepsCaching) {
		tr.caching = false
	}
}

// reads reports whether the keys of a command are noted. Those of a script are noted
// when its calls read them.
func reads(cmd *command.Command) bool {
	return cmd.Flags&(command.ReadOnly|command.PubSub|command.Script) == command.ReadOnly
}

func (s *Session) track(call *command.Call) {
	call.EachKey(func(key []byte, _ command.Key) { s.srv.tracking.read(s, key) })
}

// names returns how many prefixes a tracker has, and their bytes, each times sign.
func (tr *tracker) names(sign int) (n, bytes int) {
	for _, p := range tr.prefixes {
		bytes += len(p)
	}
	return sign * len(tr.prefixes), sign * bytes
}

// endTracking is CLIENT TRACKING OFF.
func (s *Session) endTracking() {
	if tr := s.tracker.Swap(nil); tr != nil {
		s.keeps(tr.names(-1))
		s.srv.tracking.end(tr)
	}
}

func clientTrackingCommand(s *Session, args [][]byte, w *reply.Writer) {
	next, errText := s.parseTracking(args[3:])
	on, ok := onOff(args[2])
	switch {
	case errText != "":
		w.Error(errText)
		return
	case !ok:
		w.Error(reply.ErrSyntax)
		return
	case !on:
		s.endTracking()
		w.OK()
		return
	}
	old := s.tracker.Load()
	if errText := next.refusal(old); errText != "" {
		w.Error(errText)
		return
	}
	if old != nil {
		next.prefixes = append(old.prefixes[:len(old.prefixes):len(old.prefixes)], next.prefixes...)
	}
	if next.bcast && len(next.prefixes) == 0 {
		next.prefixes = []string{""}
	}
	s.srv.tracking.begin(next)
	s.tracker.Store(next)
	s.keeps(next.names(1))
	if old != nil {
		s.keeps(old.names(-1))
		s.srv.tracking.end(old)
	}
	w.OK()
}

// parseTracking reads the options of CLIENT TRACKING.
func (s *Session) parseTracking(args [][]byte) (tr *tracker, errText string) {
	tr = &tracker{session: s}
	for ; len(args) > 0; args = args[1:] {
		switch word := strings.ToLower(string(args[0])); {
		case word == "redirect" && len(args) > 1:
			args = args[1:]
			if tr.redirect != 0 {
				return tr, reply.ErrTrackingRedirects
			}
			id, ok := redisnum.ParseInt(args[0])
			if !ok {
				return tr, reply.ErrNotInteger
			}
			if tr.redirect = uint64(id); s.srv.sessionByID(tr.redirect) == nil {
				return tr, reply.ErrTrackingNoClient
			}
		case word == "bcast":
			tr.bcast = true
		case word == "optin":
			tr.optin = true
		case word == "optout":
			tr.optout = true
		case word == "noloop":
			tr.noloop = true
		case word == "prefix" && len(args) > 1:
			args = args[1:]
			tr.prefixes = append(tr.prefixes, string(args[0]))
		default:
			return tr, reply.ErrSyntax
		}
	}
	return tr, ""
}

// refusal returns why the options do not fit together, or not to those of before; ""
// if they do. The order of the checks is Redis's.
func (tr *tracker) refusal(old *tracker) string {
	switch {
	case !tr.bcast && len(tr.prefixes) > 0:
		return reply.ErrTrackingPrefix
	case old != nil && old.bcast != tr.bcast:
		return reply.ErrTrackingBcast
	case tr.bcast && (tr.optin || tr.optout):
		return reply.ErrTrackingBcastOpt
	case tr.optin && tr.optout:
		return reply.ErrTrackingOpts
	case old != nil && (tr.optin && old.optout || tr.optout && old.optin):
		return reply.ErrTrackingOptSwitch
	}
	overlap := func(a, b string) bool { return strings.HasPrefix(a, b) || strings.HasPrefix(b, a) }
	for i, p := range tr.prefixes {
		if old != nil {
			for _, q := range old.prefixes {
				if overlap(p, q) {
					return fmt.Sprintf(reply.ErrTrackingOverlap, p, "an existing", q)
				}
			}
		}
		for _, q := range tr.prefixes[i+1:] {
			if overlap(p, q) {
				return fmt.Sprintf(reply.ErrTrackingOverlap, p, "another provided", q)
			}
		}
	}
	return ""
}

func clientTrackinginfoCommand(s *Session, _ [][]byte, w *reply.Writer) {
	tr := s.tracker.Load()
	flags := []string{"off"}
	redirect := int64(-1)
	var prefixes []string
	if tr != nil {
		flags, redirect, prefixes = []string{"on"}, int64(tr.redirect), tr.prefixes
		for _, f := range []struct {
			on   bool
			name string
		}{
			{tr.bcast, "bcast"}, {tr.optin, "optin"}, {tr.optin && tr.caching, "caching-yes"}, {tr.optout, "optout"},
			{tr.optout && tr.caching, "caching-no"}, {tr.noloop, "noloop"}, {tr.broken.Load(), "broken_redirect"},
		} {
			if f.on {
				flags = append(flags, f.name)
			}
		}
	}
	w.Map(3)
	w.BulkString("flags")
	w.Set(len(flags))
	for _, f := range flags {
		w.BulkString(f)
	}
	w.BulkString("redirect")
	w.Int(redirect)
	w.BulkString("prefixes")
	w.Strings(prefixes)
}

func clientGetredirCommand(s *Session, _ [][]byte, w *reply.Writer) {
	n, _ := strconv.ParseInt(s.redirection(), 10, 64)
	w.Int(n)
}

// redirection returns the id of the client that hears of changes in place of this
// one, as CLIENT LIST shows it.
func (s *Session) redirection() string {
	if tr := s.tracker.Load(); tr != nil {
		return strconv.FormatUint(tr.redirect, 10)
	}
	return "-1"
}

func clientCachingCommand(s *Session, args [][]byte, w *reply.Writer) {
	tr := s.tracker.Load()
	yes := strings.EqualFold(string(args[2]), "yes")
	switch {
	case tr == nil:
		w.Error(reply.ErrCaching)
	case !yes && !strings.EqualFold(string(args[2]), "no"):
		w.Error(reply.ErrSyntax)
	case yes && !tr.optin:
		w.Error(reply.ErrCachingYes)
	case !yes && !tr.optout:
		w.Error(reply.ErrCachingNo)
	default:
		tr.caching = true
		w.OK()
	}
}
