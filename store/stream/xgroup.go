package stream

import (
	"github.com/msredis/msredis/resp/reply"
	"github.com/msredis/msredis/store/keyspace"
)

// grouping is what the subcommands of XGROUP have in common.
type grouping struct {
	e          *keyspace.Entry
	s          *Stream
	g          *group
	key, name  []byte
	makeStream bool
	read       int64 // ENTRIESREAD
}

// options are those that a subcommand of XGROUP takes.
type options struct{ makeStream, entriesRead, needsGroup bool }

// openGroup reads the options of a subcommand of XGROUP and looks for the key and
// the group. It answers the error itself.
func openGroup(c *keyspace.Ctx, o options) (x grouping, ok bool) {
	x.key, x.name, x.read = c.Args[2], c.Args[3], unknown
	for i := 5; i < len(c.Args); i++ {
		switch {
		case o.makeStream && c.Is(i, "MKSTREAM"):
			x.makeStream = true
		case o.entriesRead && c.Is(i, "ENTRIESREAD") && i+1 < len(c.Args):
			i++
			if x.read, ok = c.Int(i); !ok {
				return x, false
			}
			if x.read < unknown {
				c.W.Error(reply.ErrGroupRead)
				return x, false
			}
		default:
			c.W.Error(reply.SubcommandSyntax(c.Cmd.Container, c.Args[1]))
			return x, false
		}
	}
	x.e = c.Lookup(x.key)
	if x.s, ok = Of(c, x.e); !ok {
		return x, false
	}
	if x.s != nil {
		x.g = x.s.groupNamed(x.name)
	}
	switch {
	case x.makeStream:
	case x.s == nil:
		c.W.Error(reply.ErrGroupNoKey)
		return x, false
	case o.needsGroup && x.g == nil:
		c.W.Error(reply.NoGroupOf(x.name, x.key))
		return x, false
	}
	return x, true
}

// maxCreateArgs is with how many arguments XGROUP CREATE still looks at them,
// however often an option is repeated.
const maxCreateArgs = 8

func xgroupCreate(c *keyspace.Ctx) {
	x, ok := openGroup(c, options{makeStream: true, entriesRead: true})
	if !ok {
		return
	}
	if len(c.Args) > maxCreateArgs {
		c.W.Error(reply.SubcommandSyntax(c.Cmd.Container, c.Args[1]))
		return
	}
	var id ID
	if string(cString(c.Args[4])) != "$" {
		if id, ok = strictID(c, 4); !ok {
			return
		}
	} else if x.s != nil {
		id = x.s.last
	}
	switch {
	case x.g != nil:
		c.W.Error(reply.ErrGroupExists)
		return
	case x.s == nil:
		s := New()
		s.addGroup(x.name, id, x.read)
		c.Set(x.key, s, false)
	default:
		c.Edit(x.e)
		x.s.addGroup(x.name, id, x.read)
	}
	c.W.OK()
	c.Notify('t', "xgroup-create", x.key)
}

func xgroupSetID(c *keyspace.Ctx) {
	x, ok := openGroup(c, options{entriesRead: true, needsGroup: true})
	if !ok {
		return
	}
	if n := len(c.Args); n != 5 && n != 7 {
		c.W.Error(reply.SubcommandSyntax(c.Cmd.Container, c.Args[1]))
		return
	}
	id := x.s.last
	if string(cString(c.Args[4])) != "$" {
		if id, ok = anyID(c, 4, 0); !ok {
			return
		}
	}
	c.Edit(x.e)
	x.g = x.s.takeGroup(x.g)
	x.g.last, x.g.read = id, x.read
	c.W.OK()
	c.Notify('t', "xgroup-setid", x.key)
}

func xgroupDestroy(c *keyspace.Ctx) {
	x, ok := openGroup(c, options{})
	switch {
	case !ok:
	case x.g == nil:
		c.W.Int(0)
	default:
		c.Edit(x.e)
		x.s.dropGroup(x.name)
		c.Signal(x.e) // those who wait for the group hear of it
		c.W.Int(1)
		c.Notify('t', "xgroup-destroy", x.key)
	}
}

func xgroupCreateConsumer(c *keyspace.Ctx) {
	x, ok := openGroup(c, options{needsGroup: true})
	switch {
	case !ok:
	case x.g.consumer(c.Args[4]) != nil:
		c.W.Int(0)
	default:
		c.Edit(x.e)
		x.s.addConsumer(x.s.takeGroup(x.g), c.Args[4], c.Now)
		c.W.Int(1)
		c.Notify('t', "xgroup-createconsumer", x.key)
	}
}

func xgroupDelConsumer(c *keyspace.Ctx) {
	x, ok := openGroup(c, options{needsGroup: true})
	if !ok {
		return
	}
	m := x.g.consumer(c.Args[4])
	if m == nil {
		c.W.Int(0)
		return
	}
	c.Edit(x.e)
	x.s.dropConsumer(x.s.takeGroup(x.g), m)
	c.W.Int(int64(m.pending.len()))
	c.Notify('t', "xgroup-delconsumer", x.key)
}

func xgroupHelp(c *keyspace.Ctx) { replyHelp(c, xgroupHelpText) }

func replyHelp(c *keyspace.Ctx, lines []string) {
	c.W.Array(len(lines))
	for _, line := range lines {
		c.W.Simple(line)
	}
}

var xgroupHelpText = []string{
	"XGROUP <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
	"CREATE <key> <groupname> <id|$> [option]",
	"    Create a new consumer group. Options are:",
	"    * MKSTREAM",
	"      Create the empty stream if it does not exist.",
	"    * ENTRIESREAD entries_read",
	"      Set the group's entries_read counter (internal use).",
	"CREATECONSUMER <key> <groupname> <consumer>",
	"    Create a new consumer in the specified group.",
	"DELCONSUMER <key> <groupname> <consumer>",
	"    Remove the specified consumer.",
	"DESTROY <key> <groupname>",
	"    Remove the specified group.",
	"SETID <key> <groupname> <id|$> [ENTRIESREAD entries_read]",
	"    Set the current group ID and entries_read counter.",
	"HELP",
	"    Print this help.",
}
