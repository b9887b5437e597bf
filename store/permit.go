package store

import (
	"fmt"

	"github.com/msredis/msredis/internal/acl"
	"github.com/msredis/msredis/internal/mutant"
	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/resp/reply"
)

// A node checks a call when its client sends it, against the users that the node knows by
// then. Another node may have changed them since. The call has the version of the table
// that it was checked against. Where it is executed under another one it is checked again,
// on all nodes alike. So a change is in force for every call behind it in the log, and for
// every read that sees it.

// by is on whose behalf a call runs.
type by struct {
	client uint64
	tx     bool // within EXEC
}

// permits reports whether the caller of c may still make it. If not, it has answered.
func (s *Store) permits(users *acl.Users, c *command.Call, w *reply.Writer, b by) bool {
	if c.Caller().Version != users.Version() && !mutant.On(mutant.OldRights) {
		return s.permitsNow(users, c, w, b)
	}
	return true
}

func (s *Store) permitsNow(users *acl.Users, c *command.Call, w *reply.Writer, b by) bool {
	if c.Cmd.Flags.Has(command.Internal) || c.Caller().Node {
		return true
	}
	u, d, ok := users.Permits(c)
	if ok {
		if c.Caller().Unproven && users.MustAuthenticate() {
			w.Error(reply.ErrNoAuth)
			return false
		}
		return true
	}
	if s.opt.Accounts != nil && !w.Discard {
		from := acl.TopLevel
		if b.tx {
			from = acl.InMulti
		}
		s.opt.Accounts.Denied(b.client, c, d, from)
	}
	if b.tx && d.Kind != acl.DeniedOption {
		w.Error(fmt.Sprintf(reply.ErrNoPermExec, d.InExec()))
	} else {
		w.Error(d.Reply(u))
	}
	return false
}
