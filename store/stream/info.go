package stream

import (
	"github.com/msredis/msredis/resp/reply"
	"github.com/msredis/msredis/store/keyspace"
)

// inspect returns the stream of argument 2, nil if the error is answered.
func inspect(c *keyspace.Ctx) *Stream {
	e := c.Lookup(c.Args[2])
	if e == nil {
		c.W.Error(reply.ErrNoSuchKey)
		return nil
	}
	s, _ := Of(c, e)
	return s
}

func xinfoHelp(c *keyspace.Ctx) { replyHelp(c, xinfoHelpText) }

var xinfoHelpText = []string{
	"XINFO <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
	"CONSUMERS <key> <groupname>",
	"    Show consumers of <groupname>.",
	"GROUPS <key>",
	"    Show the stream consumer groups.",
	"STREAM <key> [FULL [COUNT <count>]",
	"    Show information about the stream.",
	"HELP",
	"    Print this help.",
}

func xinfoConsumers(c *keyspace.Ctx) {
	s := inspect(c)
	if s == nil {
		return
	}
	g := s.groupNamed(c.Args[3])
	if g == nil {
		c.W.Error(reply.NoGroupOf(c.Args[3], c.Args[2]))
		return
	}
	f := fields{c.W}
	c.W.Array(len(g.consumers))
	for _, m := range g.consumers {
		c.W.Map(4)
		f.bulk("name", m.name)
		f.int("pending", int64(m.pending.len()))
		f.int("idle", max(since(c.Clock, m.seen), 0))
		inactive := int64(never)
		if m.active != never {
			inactive = since(c.Clock, m.active)
		}
		f.int("inactive", inactive)
	}
}

func xinfoGroups(c *keyspace.Ctx) {
	s := inspect(c)
	if s == nil {
		return
	}
	f := fields{c.W}
	c.W.Array(len(s.groups))
	for _, g := range s.groups {
		c.W.Map(6)
		f.bulk("name", g.name)
		f.int("consumers", int64(len(g.consumers)))
		f.int("pending", int64(g.pending.len()))
		f.id("last-delivered-id", g.last)
		f.progress(s, g)
	}
}

// fields writes the fields of maps.
type fields struct{ w *reply.Writer }

func (f fields) int(name string, n int64) {
	f.w.BulkString(name)
	f.w.Int(n)
}

func (f fields) bulk(name string, b []byte) {
	f.w.BulkString(name)
	f.w.Bulk(b)
}

func (f fields) id(name string, id ID) {
	f.w.BulkString(name)
	replyID(f.w, id)
}

// progress tells how much of s a group has read.
func (f fields) progress(s *Stream, g *group) {
	f.w.BulkString("entries-read")
	if g.read == unknown {
		f.w.Null()
	} else {
		f.w.Int(g.read)
	}
	f.w.BulkString("lag")
	if n, ok := s.lag(g); ok {
		f.w.Int(n)
	} else {
		f.w.Null()
	}
}

// defaultCount is how many entries XINFO STREAM FULL shows of each list.
const defaultCount = 10

func xinfoStream(c *keyspace.Ctx) {
	s := inspect(c)
	if s == nil {
		return
	}
	options := c.Args[3:]
	full := len(options) > 0
	count := int64(defaultCount)
	if full {
		if n := len(options); n != 1 && n != 3 || !c.Is(3, "FULL") || n == 3 && !c.Is(4, "COUNT") {
			c.W.Error(reply.SubcommandSyntax(c.Cmd.Container, c.Args[1]))
			return
		}
		if len(options) == 3 {
			var ok bool
			if count, ok = c.Int(5); !ok {
				return
			}
			if count < 0 {
				count = defaultCount
			}
		}
	}
	if full {
		c.W.Map(9)
	} else {
		c.W.Map(10)
	}
	f := fields{c.W}
	f.int("length", int64(s.length))
	f.int("radix-tree-keys", int64(s.chunks.len()))
	f.int("radix-tree-nodes", int64(s.radixNodes()))
	f.id("last-generated-id", s.last)
	f.id("max-deleted-entry-id", s.maxDeleted)
	f.int("entries-added", int64(s.added))
	f.id("recorded-first-entry-id", s.first)
	if !full {
		f.int("groups", int64(len(s.groups)))
		s.replyEdge(c.W, "first-entry", s.first)
		s.replyEdge(c.W, "last-entry", s.top)
		return
	}
	c.W.BulkString("entries")
	s.replyRange(c.W, minID, maxID, count, false)
	c.W.BulkString("groups")
	c.W.Array(len(s.groups))
	for _, g := range s.groups {
		f.group(s, g, count)
	}
}

func (s *Stream) replyEdge(w *reply.Writer, name string, id ID) {
	w.BulkString(name)
	if s.length == 0 {
		w.Null()
		return
	}
	k, _, _ := s.find(id)
	k.reply(w)
}

// group tells all of a group, but not more than count pending entries (0: all)
// and as many of each consumer.
func (f fields) group(s *Stream, g *group, count int64) {
	w := f.w
	w.Map(7)
	f.bulk("name", g.name)
	f.id("last-delivered-id", g.last)
	f.progress(s, g)
	f.int("pel-count", int64(g.pending.len()))
	f.pending(&g.pending, count, func(p *nack) {
		w.Array(4)
		replyID(w, p.id)
		w.Bulk(p.owner.name)
	})
	w.BulkString("consumers")
	w.Array(len(g.consumers))
	for _, m := range g.consumers {
		w.Map(5)
		f.bulk("name", m.name)
		f.int("seen-time", m.seen)
		f.int("active-time", m.active)
		f.int("pel-count", int64(m.pending.len()))
		f.pending(&m.pending, count, func(p *nack) {
			w.Array(3)
			replyID(w, p.id)
		})
	}
}

func (f fields) pending(list *ordered[*nack], count int64, head func(p *nack)) {
	n := int64(list.len())
	if count > 0 {
		n = min(n, count)
	}
	f.w.BulkString("pending")
	f.w.Array(int(n))
	list.each(minID, func(p *nack) bool {
		if n--; n < 0 {
			return false
		}
		head(p)
		f.w.Int(p.time)
		f.w.Int(int64(p.count))
		return true
	})
}
