package storetest

import (
	"fmt"
	"strings"

	"github.com/msredis/msredis/internal/acl"
	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/store/keyspace"
	"github.com/msredis/msredis/store/tables"
)

// SharedRows are commands on the tables that all nodes share, for the tests of
// the store: SHARED SET, DEL, CLEAR, GET and LIST. A table is named by its number.
var SharedRows = []keyspace.Row{
	shared("set", "id name value", command.Write|command.WholeKeyspace, func(c *keyspace.Ctx, id tables.ID) {
		if id == tables.Users {
			putUser(c, string(c.Args[3]), c.Args[4])
		} else {
			c.ChangeTable(id).Set(string(c.Args[3]), c.Args[4])
		}
		c.W.OK()
	}),
	shared("del", "id name", command.Write|command.WholeKeyspace, func(c *keyspace.Ctx, id tables.ID) {
		n := c.Table(id).Len()
		if id == tables.Users {
			c.ChangeUsers([]string{string(c.Args[3])}, nil)
		} else {
			c.ChangeTable(id).Delete(string(c.Args[3]))
		}
		c.W.Int(int64(n - c.Table(id).Len()))
	}),
	shared("clear", "id", command.Write|command.WholeKeyspace, func(c *keyspace.Ctx, id tables.ID) {
		if id == tables.Users {
			var all []string
			for _, u := range c.Users().All() {
				all = append(all, u.Name())
			}
			c.ChangeUsers(all, nil)
		} else {
			c.ChangeTable(id).Clear()
		}
		c.W.OK()
	}),
	shared("get", "id name", command.ReadOnly, func(c *keyspace.Ctx, id tables.ID) {
		value, ok := c.Table(id).Get(string(c.Args[3]))
		if !ok {
			c.W.Null()
			return
		}
		c.W.Bulk(value)
	}),
	shared("list", "id from", command.ReadOnly, func(c *keyspace.Ctx, id tables.ID) {
		t := c.Table(id)
		var names []string
		t.Each(string(c.Args[3]), func(name string, value []byte) bool {
			names = append(names, name)
			return true
		})
		c.W.Array(len(names) + 2)
		c.W.Int(int64(t.Version()))
		c.W.Int(t.Bytes())
		for _, name := range names {
			c.W.BulkString(name)
		}
	}),
}

// putUser makes a user whose rights have the value in them: the table of users has
// nothing else.
func putUser(c *keyspace.Ctx, name string, value []byte) {
	u, err := acl.New(name, c.Rules(), false).With([][]byte{fmt.Appendf(nil, "~%x", value)}, c.Rules(), false)
	if err != nil {
		panic(err)
	}
	c.ChangeUsers(nil, []*acl.User{u})
}

func shared(name, args string, flags command.Flags, run func(c *keyspace.Ctx, id tables.ID)) keyspace.Row {
	return keyspace.Row{Spec: command.Spec{
		Name: name, Container: "shared", Usage: "SHARED " + strings.ToUpper(name) + " " + args, Since: "1.0.0", Group: command.GroupServer,
		Summary: "For tests of the shared tables", Complexity: "O(1)", Flags: flags,
		Tables: command.TableSettings | command.TableScripts | command.TableFunctions | command.TableUsers,
	}, Run: func(c *keyspace.Ctx) {
		id, ok := c.Int(2)
		if ok {
			run(c, tables.ID(id))
		}
	}}
}
