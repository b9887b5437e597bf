package keyspace

import (
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/msredis/msredis/internal/acl"
	"github.com/msredis/msredis/internal/invariants"
	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/store/tables"
)

// The table of users has a line of each (acl.User.Line). In front of it is the version of
// the table at which the name was given, as a uvarint; see acl.User.Since. The default
// user is there even if the table does not have it.

// SetRules says what the rules of users mean, and makes the users ready for use. It is an
// error if one of them cannot be read.
func (ks *Keyspace) SetRules(b *acl.Rulebook) error {
	users, err := usersOf(ks.tables.Table(tables.Users), b)
	if err == nil {
		ks.rules = b
		ks.users.Store(users)
	}
	return err
}

func usersOf(t tables.Reader, b *acl.Rulebook) (*acl.Users, error) {
	list := []*acl.User{acl.Default(b)} // one of the table replaces it
	var err error
	t.Each("", func(name string, value []byte) bool {
		since, n := binary.Uvarint(value)
		if n <= 0 {
			err = fmt.Errorf("keyspace: the user %q is damaged", name)
			return false
		}
		var u *acl.User
		if u, err = acl.Parse(string(value[n:]), b); err != nil {
			return false
		}
		list = append(list, u.WithSince(since))
		return true
	})
	if err != nil {
		return nil, err
	}
	return acl.NewUsers(t.Version(), list), nil
}

// Users returns the users. The holder of a shard's lock sees those that belong to its
// content. Any other goroutine sees those of a moment ago, at the earliest.
func (ks *Keyspace) Users() *acl.Users { return ks.users.Load() }

// Users returns the users at this place of the log.
func (c *Ctx) Users() *acl.Users {
	if c.views != nil {
		return c.views.users
	}
	return c.ks.Users()
}

// Rules returns what the rules of users mean.
func (c *Ctx) Rules() *acl.Rulebook { return c.ks.rules }

// Caller returns who makes the call.
func (c *Ctx) Caller() *command.Caller { return c.by }

// ChangeUsers takes the users of some names away, and then adds others or replaces them.
// A user that replaces one of its name is the same one with other rights.
func (c *Ctx) ChangeUsers(gone []string, put []*acl.User) {
	t := c.ChangeTable(tables.Users)
	list := slices.Clone(c.ks.Users().All())
	since := map[string]uint64{}
	for _, u := range list {
		since[u.Name()] = u.Since()
	}
	for _, name := range gone {
		t.Delete(name)
		delete(since, name)
	}
	list = slices.DeleteFunc(list, func(u *acl.User) bool { _, ok := since[u.Name()]; return !ok })
	for _, u := range put {
		first, ok := since[u.Name()]
		if !ok && u.Name() != acl.DefaultName {
			first = t.Version() + 1
		}
		since[u.Name()] = first
		list = append(list, u.WithSince(first))
		t.Set(u.Name(), append(binary.AppendUvarint(nil, first), u.Line()...))
	}
	if _, ok := since[acl.DefaultName]; !ok {
		list = append(list, acl.Default(c.ks.rules))
	}
	c.ks.users.Store(acl.NewUsers(t.Version(), list))
}

// checkUsers panics if the users are not those of their table.
func (ks *Keyspace) checkUsers() {
	if !invariants.Enabled {
		return
	}
	users, err := usersOf(ks.tables.Table(tables.Users), ks.rules)
	same := func(a, b *acl.User) bool { return a.Line() == b.Line() && a.Since() == b.Since() }
	if err != nil || users.Version() != ks.Users().Version() || !slices.EqualFunc(users.All(), ks.Users().All(), same) {
		panic("keyspace: a handler changed the table of users itself")
	}
}
