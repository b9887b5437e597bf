package acl

import (
	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/resp/reply"
)

// Since is the version of the table of users at which a user of that name came to be. A
// name may be given again, to another user: a connection of the first one has no right to
// be the second. It is no part of the user's line.
func (u *User) Since() uint64 { return u.since }

// WithSince returns the user with another Since.
func (u *User) WithSince(version uint64) *User {
	c := *u
	c.since = version
	return &c
}

// Permits checks a call with its caller. u is the user, or one without rights if there is
// none any more.
func (s *Users) Permits(c *command.Call) (u *User, d Denial, ok bool) {
	u = s.Caller(c.Caller())
	if u == nil {
		return &User{name: c.Caller().User}, Denial{Kind: DeniedCommand, Cmd: c.Cmd}, false
	}
	d, ok = u.Check(c)
	return u, d, ok
}

// Caller returns the user that a caller is, or nil if that one is gone.
func (s *Users) Caller(by *command.Caller) *User {
	name := by.User
	if name == "" {
		name = DefaultName
	}
	if u := s.byName[name]; u != nil && u.since <= by.Version {
		return u
	}
	return nil
}

// MustAuthenticate reports whether a connection has no rights before somebody has
// authenticated: the default user is off, or has a password.
func (s *Users) MustAuthenticate() bool {
	u := s.byName[DefaultName]
	return !u.on || !u.nopass
}

// InExec is the reason of reply.ErrNoPermExec.
func (d *Denial) InExec() string {
	switch d.Kind {
	case DeniedKey:
		return reply.NoPermExecKey
	case DeniedChannel:
		return reply.NoPermExecChannel
	}
	return reply.NoPermExecCommand
}
