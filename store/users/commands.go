// Package users changes the users of the cluster. No client sends its one command. ACL
// SETUSER, DELUSER and LOAD on any node become calls of it. So do the users in the files
// of a founder when a cluster is founded. No password is in its arguments, only their
// SHA-256.
package users

import (
	"slices"

	"github.com/msredis/msredis/internal/acl"
	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/resp/reply"
	"github.com/msredis/msredis/store/keyspace"
)

// Rows are the commands of this package.
var Rows = []keyspace.Row{
	{Spec: command.Spec{
		Name: "users", Since: "1.0.0", Group: command.GroupServer,
		Usage:      "USERS <SET | DEL | LOAD | FOUND> argument [argument ...]",
		Summary:    "Change users of the cluster, on all nodes at this place of the log",
		Complexity: "O(N) where N is the number of users",
		Flags: command.Write | command.Admin | command.NoScript | command.Loading | command.Stale |
			command.WholeKeyspace | command.Internal | command.Hidden,
		Tables: command.TableUsers | command.TableSettings,
	}, Run: change},
}

// change changes all that it is told, or nothing:
//
//	SET name rule …   makes a user, or changes one
//	DEL name …        answers how many there were
//	LOAD line …       the lines are all users from here on, and the default user
//	FOUND line …      LOAD, if no user was ever changed before
func change(c *keyspace.Ctx) {
	switch {
	case c.Is(1, "SET"):
		set(c)
	case c.Is(1, "DEL"):
		del(c)
	case c.Is(1, "FOUND") && c.Users().Version() > 0:
		c.W.OK()
	case c.Is(1, "FOUND"), c.Is(1, "LOAD"):
		load(c)
	default:
		c.W.Error(reply.ErrSyntax)
	}
}

func set(c *keyspace.Ctx) {
	name, rules := c.Args[2], c.Args[3:]
	allChannels := c.Settings().ACLPubsubDefault == 1
	u := c.Users().Get(name)
	if u == nil {
		u = acl.New(string(name), c.Rules(), allChannels)
	}
	u, err := u.With(rules, c.Rules(), allChannels)
	switch {
	case !acl.ValidName(name):
		c.W.Error(reply.ErrACLUserName)
	case err != nil:
		c.W.Error(err.Error())
	default:
		c.ChangeUsers(nil, []*acl.User{u})
		c.W.OK()
	}
}

func del(c *keyspace.Ctx) {
	var gone []string
	for _, name := range c.Args[2:] {
		switch u := c.Users().Get(name); {
		case string(name) == acl.DefaultName:
			c.W.Error(reply.ErrACLDefault)
			return
		case u != nil && !slices.Contains(gone, u.Name()):
			gone = append(gone, u.Name())
		}
	}
	if len(gone) > 0 {
		c.ChangeUsers(gone, nil)
	}
	c.W.Int(int64(len(gone)))
}

func load(c *keyspace.Ctx) {
	var put []*acl.User
	named := map[string]bool{}
	for _, line := range c.Args[2:] {
		u, err := acl.Parse(string(line), c.Rules())
		if err != nil {
			c.W.Error("ERR " + err.Error())
			return
		}
		put, named[u.Name()] = append(put, u), true
	}
	if !named[acl.DefaultName] {
		put = append(put, acl.Default(c.Rules()))
	}
	var gone []string
	for _, u := range c.Users().All() {
		if u.Name() != acl.DefaultName && !named[u.Name()] {
			gone = append(gone, u.Name())
		}
	}
	c.ChangeUsers(gone, put)
	c.W.OK()
}
