package command

import "github.com/msredis/msredis/resp/reply"

// WriteDocs answers COMMAND DOCS names; without names it shows all commands.
// Names that do not exist are left out.
func (t *Table) WriteDocs(w *reply.Writer, names [][]byte) {
	list := t.visible()
	if len(names) > 0 {
		list = list[:0]
		for _, name := range names {
			if c := t.Named(string(name)); c != nil && c.Flags&Internal == 0 {
				list = append(list, c)
			}
		}
	}
	writeDocsOf(w, list)
}

func writeDocsOf(w *reply.Writer, list []*Command) {
	w.Map(len(list))
	for _, c := range list {
		w.BulkString(c.FullName)
		c.writeDocs(w)
	}
}

func (c *Command) writeDocs(w *reply.Writer) {
	texts := [...]struct{ name, text string }{
		{"summary", c.Summary},
		{"since", c.Since},
		{"group", string(c.Group)},
		{"complexity", c.Complexity},
	}
	n := 0
	for _, t := range texts {
		n += one(t.text != "")
	}
	n += 2*one(c.Deprecated != "") + one(c.ReplacedBy != "") + one(len(c.Args) > 0) + one(len(c.shownSubs()) > 0)
	w.Map(n)
	for _, t := range texts {
		if t.text != "" {
			w.BulkString(t.name)
			w.BulkString(t.text)
		}
	}
	if c.Deprecated != "" {
		w.BulkString("doc_flags")
		writeStatusSet(w, []string{"deprecated"})
		w.BulkString("deprecated_since")
		w.BulkString(c.Deprecated)
	}
	if c.ReplacedBy != "" {
		w.BulkString("replaced_by")
		w.BulkString(c.ReplacedBy)
	}
	if len(c.Args) > 0 {
		w.BulkString("arguments")
		writeArgs(w, c.Args)
	}
	if subs := c.shownSubs(); len(subs) > 0 {
		w.BulkString("subcommands")
		writeDocsOf(w, subs)
	}
}

func writeArgs(w *reply.Writer, args []Arg) {
	w.Array(len(args))
	for i := range args {
		a := &args[i]
		var flags []string
		if a.Optional {
			flags = append(flags, "optional")
		}
		if a.Multiple {
			flags = append(flags, "multiple")
		}
		if a.MultipleToken {
			flags = append(flags, "multiple_token")
		}
		kind := a.Type
		isKey := kind == TypeKey && a.KeySpec >= 0
		if kind == TypeKey && !isKey {
			kind = "string" // a row with NoKeys
		}
		w.Map(2 + one(isKey) + one(a.Token != "") + one(len(flags) > 0) + one(len(a.Args) > 0))
		w.BulkString("name")
		w.BulkString(a.Name)
		w.BulkString("type")
		w.BulkString(kind)
		if isKey {
			w.BulkString("key_spec_index")
			w.Int(int64(a.KeySpec))
		}
		if a.Token != "" {
			w.BulkString("token")
			w.BulkString(a.Token)
		}
		if len(flags) > 0 {
			w.BulkString("flags")
			writeStatusSet(w, flags)
		}
		if len(a.Args) > 0 {
			w.BulkString("arguments")
			writeArgs(w, a.Args)
		}
	}
}

// one counts a condition.
func one(yes bool) int {
	if yes {
		return 1
	}
	return 0
}
