package command

import (
	"github.com/msredis/msredis/internal/glob"
	"github.com/msredis/msredis/resp/reply"
)

// This file writes the replies of COMMAND and its subcommands, except COMMAND
// DOCS. Arguments begin behind the words of the command's own name; commands
// that are Hidden are not listed, but are found when they are asked for.

// visible returns the commands that are listed, without subcommands.
func (t *Table) visible() []*Command {
	list := make([]*Command, 0, len(t.top))
	for _, c := range t.top {
		if c.Visible() {
			list = append(list, c)
		}
	}
	return list
}

// WriteCount answers COMMAND COUNT.
func (t *Table) WriteCount(w *reply.Writer) { w.Int(int64(len(t.visible()))) }

// WriteInfo answers COMMAND INFO names, and COMMAND if there are none.
func (t *Table) WriteInfo(w *reply.Writer, names [][]byte) {
	if len(names) == 0 {
		list := t.visible()
		w.Array(len(list))
		for _, c := range list {
			c.writeInfo(w)
		}
		return
	}
	w.Array(len(names))
	for _, name := range names {
		if c := t.Named(string(name)); c != nil && c.Flags&Internal == 0 {
			c.writeInfo(w)
		} else {
			w.Null()
		}
	}
}

func (c *Command) writeInfo(w *reply.Writer) {
	first, last, step := c.LegacyRange()
	w.Array(10)
	w.BulkString(c.FullName)
	w.Int(int64(c.Arity))
	writeStatusSet(w, c.Flags.Names())
	w.Int(int64(first))
	w.Int(int64(last))
	w.Int(int64(step))
	writeStatusSet(w, c.Categories)
	w.Set(len(c.Tips))
	for _, tip := range c.Tips {
		w.BulkString(tip)
	}
	w.Set(len(c.KeySpecs))
	for i := range c.KeySpecs {
		c.KeySpecs[i].writeInfo(w)
	}
	subs := c.shownSubs()
	if len(subs) == 0 {
		w.Set(0)
		return
	}
	w.Array(len(subs))
	for _, sub := range subs {
		sub.writeInfo(w)
	}
}

// shownSubs returns the subcommands that are shown with their container. It leaves out
// subcommands that are Hidden while the container is not (DEBUG's, which for Redis is
// one command).
func (c *Command) shownSubs() []*Command {
	var list []*Command
	for _, sub := range c.Subs {
		if sub.Visible() || !c.Visible() {
			list = append(list, sub)
		}
	}
	return list
}

func writeStatusSet(w *reply.Writer, names []string) {
	w.Set(len(names))
	for _, name := range names {
		w.Simple(name)
	}
}

func (k *KeySpec) writeInfo(w *reply.Writer) {
	if k.Notes != "" {
		w.Map(4)
		w.BulkString("notes")
		w.BulkString(k.Notes)
	} else {
		w.Map(3)
	}
	w.BulkString("flags")
	writeStatusSet(w, k.Flags.Names())

	w.BulkString("begin_search")
	w.Map(2)
	w.BulkString("type")
	switch {
	case k.Unknown:
		w.BulkString("unknown")
		w.BulkString("spec")
		w.Map(0)
	case k.Keyword != "":
		w.BulkString("keyword")
		w.BulkString("spec")
		w.Map(2)
		w.BulkString("keyword")
		w.BulkString(k.Keyword)
		w.BulkString("startfrom")
		w.Int(int64(k.From))
	default:
		w.BulkString("index")
		w.BulkString("spec")
		w.Map(1)
		w.BulkString("index")
		w.Int(int64(max(k.First, k.NumKeys)))
	}

	w.BulkString("find_keys")
	w.Map(2)
	w.BulkString("type")
	if k.Unknown {
		w.BulkString("unknown")
		w.BulkString("spec")
		w.Map(0)
		return
	}
	if k.NumKeys > 0 {
		w.BulkString("keynum")
		w.BulkString("spec")
		w.Map(3)
		w.BulkString("keynumidx")
		w.Int(0)
		w.BulkString("firstkey")
		w.Int(1)
		w.BulkString("keystep")
		w.Int(int64(k.step()))
		return
	}
	w.BulkString("range")
	w.BulkString("spec")
	w.Map(3)
	w.BulkString("lastkey")
	w.Int(int64(k.relativeLast()))
	w.BulkString("keystep")
	w.Int(int64(k.step()))
	w.BulkString("limit")
	w.Int(int64(k.Limit))
}

// relativeLast is the last key counted from the first, or from the end.
func (k *KeySpec) relativeLast() int {
	if k.Keyword != "" || k.Last < 0 {
		return k.Last
	}
	return k.last() - k.First
}

// WriteList answers COMMAND LIST [FILTERBY MODULE name | ACLCAT category |
// PATTERN pattern].
func (t *Table) WriteList(w *reply.Writer, args [][]byte) {
	match, ok := listFilter(args)
	if !ok {
		w.Error(reply.ErrSyntax)
		return
	}
	var names []string
	take := func(c *Command) {
		if c.Visible() && match(c) {
			names = append(names, c.FullName)
		}
	}
	for _, c := range t.top {
		take(c)
		for _, sub := range c.Subs {
			take(sub)
		}
	}
	w.Strings(names)
}

// listFilter reads the arguments of COMMAND LIST.
func listFilter(args [][]byte) (match func(*Command) bool, ok bool) {
	if len(args) == 0 {
		return func(*Command) bool { return true }, true
	}
	if len(args) != 3 || !Is(args[0], "FILTERBY") {
		return nil, false
	}
	filter := args[2]
	switch {
	case Is(args[1], "MODULE"):
		return func(*Command) bool { return false }, true
	case Is(args[1], "ACLCAT"):
		return func(c *Command) bool { return c.InCategory(filter) }, true
	case Is(args[1], "PATTERN"):
		return func(c *Command) bool { return glob.Match(filter, []byte(c.FullName), true) }, true
	}
	return nil, false
}

// InCategory reports whether the command has an ACL category, given without
// '@' and in any case.
func (c *Command) InCategory(name []byte) bool {
	for _, category := range c.Categories {
		if Is(name, category[1:]) {
			return true
		}
	}
	return false
}

// hasKeys reports whether the command can have keys at all.
func (c *Command) hasKeys() bool {
	for _, k := range c.KeySpecs {
		if k.Flags&KeyNotKey == 0 {
			return true
		}
	}
	return false
}

// WriteGetKeys answers COMMAND GETKEYS args, and COMMAND GETKEYSANDFLAGS with
// withFlags. args is a whole command.
func (t *Table) WriteGetKeys(w *reply.Writer, args [][]byte, withFlags bool) {
	c, _ := t.Resolve(args)
	switch {
	case c == nil:
		w.Error(reply.ErrGetKeysUnknown)
		return
	case !c.hasKeys():
		w.Error(reply.ErrGetKeysNone)
		return
	case !c.ArityOK(len(args)):
		w.Error(reply.ErrGetKeysArity)
		return
	}
	if k := c.KeySpecs; len(k) == 1 && k[0].Keyword == "STREAMS" {
		// Redis looks for the word wherever it stands; see streamsOption for why
		// that is not how keys are found else.
		anywhere := *c
		anywhere.KeySpecs = []KeySpec{k[0]}
		anywhere.KeySpecs[0].Keyword = "streams"
		c = &anywhere
	}
	call := NewCall(c, args, 0, nil)
	f := call.Footprint()
	if (f.Faulty() || f.Len() == 0) && !c.Flags.Has(NoMandatoryKeys) {
		w.Error(reply.ErrGetKeysArgs)
		return
	}
	w.Array(f.Len())
	for i := range f.Len() {
		k := f.Key(i)
		if withFlags {
			w.Array(2)
		}
		w.Bulk(args[k.Pos])
		if withFlags {
			writeStatusSet(w, k.Flags.Names())
		}
	}
}
