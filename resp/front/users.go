package front

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/msredis/msredis/internal/acl"
	"github.com/msredis/msredis/internal/options"
	"github.com/msredis/msredis/internal/pubsub"
	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/resp/reply"
)

// users are the users of the cluster as this node knows them, and what it has denied them.
type users struct {
	book *acl.Rulebook
	now  atomic.Pointer[acl.Users] // never nil

	// settled: the cluster has said which users it has, be it none of its own. Until then
	// a node that is starting goes by its file: nobody is let in who does not know the
	// password that stands there.
	mu      sync.Mutex
	settled bool
	// known is closed when they are settled. Changes of users wait for it: one that came
	// before the users of a founder's file would leave those without effect. nil: none
	// waits.
	known chan struct{}

	enforcing sync.Mutex // one enforce at a time

	logging sync.Mutex
	log     acl.Log
	limit   options.Number

	denied [acl.Kinds]atomic.Uint64 // by acl.Kind
}

// FollowUsers takes over the users of the cluster. It is called while entries of the log
// are applied, and waits for nobody.
func (a *Audience) FollowUsers(u *acl.Users) {
	a.users.Store(u)
	if srv := a.server.Load(); srv != nil {
		srv.followUsers()
	}
}

// Users returns the users of the cluster, as far as this node has applied the log. They
// are none, of version 0, as long as nobody has changed any.
func (a *Audience) Users() *acl.Users {
	if u := a.users.Load(); u != nil {
		return u
	}
	return acl.NewUsers(0, nil)
}

// SettleUsers tells that the users of the cluster are known, also if it has none of its
// own. The users in this node's file count no more.
func (srv *Server) SettleUsers() {
	srv.users.mu.Lock()
	if srv.users.known != nil && !srv.users.settled {
		close(srv.users.known)
	}
	srv.users.settled = true
	srv.users.mu.Unlock()
	srv.followUsers()
}

// HoldUsers lets changes of users wait for SettleUsers. It is called before there are
// clients.
func (srv *Server) HoldUsers() { srv.users.known = make(chan struct{}) }

// awaitUsers is back when the users of the cluster are known, with an error when that
// takes longer than a command may.
func (srv *Server) awaitUsers() error {
	if srv.users.known == nil {
		return nil
	}
	timer := time.NewTimer(srv.config.Duration("request-timeout"))
	defer timer.Stop()
	select {
	case <-srv.users.known:
		return nil
	case <-timer.C:
		return errors.New(reply.ErrNoQuorum)
	}
}

// followUsers finds out which users hold now.
func (srv *Server) followUsers() {
	a := &srv.users
	a.mu.Lock()
	now := srv.opt.Audience.Users()
	switch {
	case now.Version() > 0:
	case a.settled:
		now = acl.NewUsers(0, []*acl.User{acl.Default(a.book)})
	default:
		now = acl.NewUsers(0, srv.givenUsers())
	}
	a.now.Store(now)
	a.mu.Unlock()
	srv.forgetPassword(now)
	if srv.opt.Secured != nil {
		srv.opt.Secured(now.MustAuthenticate())
	}
	go srv.enforce()
}

// forgetPassword takes the password of the option requirepass away, if it is the default
// user's no more.
func (srv *Server) forgetPassword(users *acl.Users) {
	text := srv.config.String(passwordOption)
	if text != "" && !slices.Contains(users.Get([]byte(acl.DefaultName)).Passwords(), hashOf([]byte(text))) {
		srv.config.Forget(passwordOption)
	}
}

// givenUsers are the users of this node's file.
func (srv *Server) givenUsers() []*acl.User {
	list, err := GivenUsers(srv.config, srv.users.book)
	if err != nil { // the start has looked
		srv.log.Error("the users of the configuration cannot be read", "err", err)
		return []*acl.User{acl.New(acl.DefaultName, srv.users.book, false)} // is off
	}
	return list
}

// enforce ends the connections of users that are gone, and of those who listen to what
// they may not hear any more.
func (srv *Server) enforce() {
	a := &srv.users
	a.enforcing.Lock()
	defer a.enforcing.Unlock()
	users := a.now.Load()
	for _, s := range srv.snapshot() {
		if !s.changing.Load() && s.ended(users) {
			s.conn.Close()
			srv.forget(s) // to be seen by nobody from now on
		}
	}
}

// ended reports whether the session has to end because of what its user may do now.
func (s *Session) ended(users *acl.Users) bool {
	was := s.user.Load()
	u := users.Get([]byte(was.Name()))
	if u == nil || u.Since() != was.Since() {
		return true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for k, names := range s.subs.names {
		for name := range names {
			if !u.MayHear([]byte(name), pubsub.Kind(k) == pubsub.Pattern) {
				return true
			}
		}
	}
	return false
}

// become makes u the session's user.
func (s *Session) become(u *acl.User, authenticated bool) {
	s.user.Store(u)
	s.authenticated = authenticated
	s.conn.SetAuthenticated(authenticated)
	s.meet(s.srv.users.now.Load())
}

// beginner makes the session the default user, as a new connection is.
func (s *Session) beginner() {
	users := s.srv.users.now.Load()
	open := !users.MustAuthenticate()
	s.unproven = open && !s.srv.backend.Alone()
	s.become(users.Get([]byte(acl.DefaultName)), open)
}

// prove asks whether the session was rightly let in without a password: another node may
// have set one before the client connected. A node that finds no majority cannot tell.
func (s *Session) prove() {
	if s.srv.fresh() {
		s.proven()
	}
}

// proven is called when the session has done something that a majority confirmed.
func (s *Session) proven() {
	users := s.srv.users.now.Load()
	s.unproven = users.MustAuthenticate()
	s.meet(users)
}

// recheck is refusal for a command of an operator, or of a listener, that this node
// answers. It is called when the node has applied what was committed when the command
// came.
func (s *Session) recheck(cmd *command.Command, args [][]byte) string {
	switch {
	case s.srv.busy.text.Load() != nil:
		// A script holds the log up. Its end is what the client asks for, so the rights
		// are those that the node knows.
	case s.unproven:
		s.prove()
	case s.by != nil && cmd.Flags&(command.Admin|command.PubSub) != 0 && !s.srv.backend.Alone():
		s.srv.fresh()
	}
	if s.users == s.srv.users.now.Load() && !s.locked {
		return ""
	}
	return s.refusal(cmd, args)
}

// byCertificate makes the session the user whose name its client's certificate has, if
// tls-auth-clients-user says so. A name that is no user's leaves it the default user, and
// is in ACL LOG.
func (s *Session) byCertificate() {
	on, name := s.conn.Secure()
	if !on || name == "" || s.srv.config.String("tls-auth-clients-user") == "off" {
		return
	}
	u := s.srv.users.now.Load().Get([]byte(name))
	if u == nil || !u.On() {
		s.srv.denied(s, acl.LogEntry{Kind: acl.DeniedCertificate, Context: acl.TopLevel, Object: "", User: name})
		return
	}
	s.become(u, true)
}

// meet is called when the session sees other users than before.
func (s *Session) meet(users *acl.Users) {
	s.users, s.passed = users, false
	was := s.user.Load()
	u := users.Get([]byte(was.Name()))
	s.gone = u == nil || u.Since() != was.Since()
	if !s.gone {
		s.user.Store(u)
	}
	if s.unproven && users.MustAuthenticate() {
		s.unproven, s.authenticated = false, false
		s.conn.SetAuthenticated(false)
	}
	s.locked = !s.authenticated && users.MustAuthenticate()
	s.limited = s.gone || s.locked || !u.Unrestricted()
	s.by = nil
	by := command.Caller{User: was.Name(), Version: users.Version(), Unproven: s.unproven}
	if by.User == acl.DefaultName {
		by.User = ""
	}
	if by != (command.Caller{}) {
		s.by = &by
	}
}

// permitted reports whether the session's user may send a command, as far as this node
// knows. An event loop asks: to say no takes the cluster's word, and so a moment.
func (s *Session) permitted(cmd *command.Command, args [][]byte) bool {
	if cmd.Flags.Has(command.NoAuth) || s.locked || s.srv.backend.Alone() {
		return true // nothing has to be asked
	}
	_, s.passed = s.user.Load().Check(s.call(cmd, args))
	return s.passed
}

// denial returns the error for a command that the session's user may not send, or "". A
// command that is denied is in ACL LOG. Another node may have given the user the right a
// moment ago: so nothing is denied before this node knows what was committed.
func (s *Session) denial(cmd *command.Command, args [][]byte) string {
	if s.passed {
		s.passed = false
		return ""
	}
	d, ok := s.user.Load().Check(s.call(cmd, args))
	if !ok && !s.srv.backend.Alone() {
		s.srv.fresh()
		if users := s.srv.users.now.Load(); users != s.users {
			s.meet(users)
			s.dispatched() // the call is another one's
			d, ok = s.user.Load().Check(s.call(cmd, args))
		}
	}
	u := s.user.Load()
	switch {
	case s.gone:
		s.last = true
		return (&acl.Denial{Kind: acl.DeniedCommand, Cmd: cmd}).Reply(u)
	case ok:
		return ""
	case d.Kind == acl.DeniedOption && s.tx.open:
		s.tx.late = true
		return ""
	}
	s.lastCmd.Store(cmd) // the log shows it
	from := acl.TopLevel
	if s.tx.open {
		from = acl.InMulti
	}
	s.srv.deny(s, d, from)
	return d.Reply(u)
}

// denialInExec is denial for a command that the session answers in EXEC. It was allowed
// when MULTI queued the first one, if nobody has changed the users since.
func (s *Session) denialInExec(call *command.Call, queued *command.Caller) string {
	if users := s.srv.users.now.Load(); users != s.users {
		s.meet(users)
	}
	if s.by == queued || !s.limited || call.Cmd.Flags.Has(command.NoAuth) {
		return ""
	}
	d, ok := s.user.Load().Check(call)
	if ok && !s.gone {
		return ""
	}
	s.srv.deny(s, d, acl.InMulti)
	return fmt.Sprintf(reply.ErrNoPermExec, d.InExec())
}

// deny notes what was denied.
func (srv *Server) deny(s *Session, d acl.Denial, from acl.Context) {
	if d.Kind == acl.DeniedOption {
		return // as in Redis, where the command finds out
	}
	srv.denied(s, acl.LogEntry{Kind: d.Kind, Context: from, Object: d.Object(), User: s.user.Load().Name()})
}

func (srv *Server) denied(s *Session, e acl.LogEntry) {
	a := &srv.users
	a.denied[e.Kind].Add(1)
	now := time.Now()
	e.Client = s.info(now)
	a.logging.Lock()
	a.log.Add(now.UnixMilli(), int(min(a.limit.Load(), maxACLLog)), e)
	a.logging.Unlock()
}

// maxACLLog bounds the entries of ACL LOG, whatever the option says.
const maxACLLog = 1 << 20

// Denied takes a call of a client of this node that was denied where it was executed.
func (a *Audience) Denied(client uint64, _ *command.Call, d acl.Denial, from acl.Context) {
	srv := a.server.Load()
	if srv == nil {
		return
	}
	if s := srv.sessionByID(client); s != nil {
		srv.deny(s, d, from)
	}
}

// changeUsers is back when this node has applied the change. It returns the reply. The
// text of an error is the reply for the client. s is the session that asks for it; nil: it
// is none.
func (srv *Server) changeUsers(s *Session, how string, rest ...[]byte) (r []byte, err error) {
	args := append([][]byte{[]byte(srv.usersCmd.Name), []byte(how)}, rest...)
	if how != foundUsers {
		if err := srv.awaitUsers(); err != nil {
			return nil, err
		}
	}
	if s != nil {
		s.changing.Store(true)
		defer s.changing.Store(false)
	}
	if r, err = srv.write(srv.usersCmd, args); err != nil {
		return nil, err
	}
	srv.enforce()
	if s != nil && s.ended(srv.users.now.Load()) {
		s.last = true // behind the reply
	}
	return r, nil
}

// foundUsers is how a founder's users become those of the cluster.
const foundUsers = "FOUND"

// FoundUsers hands the users in a founder's file to the new cluster. They have no effect
// if any user was changed there before.
func (srv *Server) FoundUsers(list []*acl.User) error {
	_, err := srv.changeUsers(nil, foundUsers, linesOf(list, srv.users.book)...)
	return err
}

// linesOf are the arguments that make a list all users there are. There is at least one.
func linesOf(list []*acl.User, book *acl.Rulebook) (lines [][]byte) {
	if len(list) == 0 {
		list = []*acl.User{acl.Default(book)}
	}
	for _, u := range list {
		lines = append(lines, []byte(u.Line()))
	}
	return lines
}

// write runs a command that only nodes send. The text of an error is the reply for a
// client.
func (srv *Server) write(cmd *command.Command, args [][]byte) (r []byte, err error) {
	u := &command.Unit{Calls: []command.Call{command.NewCall(cmd, args, 0, nil)}, Bytes: argBytes(args)}
	u.W.Proto = reply.RESP2
	err = srv.backend.Write(u)
	if f := (*command.Failure)(nil); errors.As(err, &f) {
		return nil, errors.New(f.Text)
	}
	if err == nil && bytes.HasPrefix(u.W.Buf, []byte("-")) {
		err = errors.New(errorText(u.W.Buf))
	}
	return u.W.Buf, err
}

// hashed puts SHA-256 in the place of the passwords in rules. Nothing but the rules that
// this returns leaves the session.
func hashed(rules [][]byte) [][]byte {
	out := make([][]byte, len(rules))
	for i, rule := range rules {
		out[i] = rule
		if len(rule) == 0 {
			continue
		}
		sign := map[byte]string{'>': "#", '<': "!"}[rule[0]]
		if sign != "" {
			out[i] = []byte(sign + hashOf(rule[1:]))
		}
	}
	return out
}

func hashOf(password []byte) string {
	sum := sha256.Sum256(password)
	return hex.EncodeToString(sum[:])
}

// passwordRules are the rules by which the default user gets the password of requirepass.
func passwordRules(password string) [][]byte {
	last := "nopass"
	if password != "" {
		last = "#" + hashOf([]byte(password))
	}
	return [][]byte{[]byte("resetpass"), []byte(last)}
}
