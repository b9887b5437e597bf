package command

import (
	"fmt"
	"strings"
)

// Table holds all commands of a process. It is immutable after NewTable.
type Table struct {
	byName map[string]*Command // without subcommands
	byID   []*Command          // with subcommands, each behind its container
	top    []*Command          // without subcommands, in the order of their rows
}

// maxName bounds the names of rows, so that Lookup can fold the case of a
// client's argument on the stack.
const maxName = 64

// NewTable puts rows together, checks them and derives what follows from them.
// An error names the row and what is wrong with it.
func NewTable(specs ...[]Spec) (*Table, error) {
	t := &Table{byName: make(map[string]*Command)}
	var subs []*Command
	for _, list := range specs {
		for i := range list {
			c, err := newCommand(&list[i])
			if err != nil {
				return nil, fmt.Errorf("command table: row %q: %w", list[i].FullName(), err)
			}
			if c.Container != "" {
				subs = append(subs, c)
				continue
			}
			if t.byName[c.Name] != nil {
				return nil, fmt.Errorf("command table: row %q: there are two", c.Name)
			}
			t.byName[c.Name] = c
			t.top = append(t.top, c)
		}
	}
	for _, c := range subs {
		container := t.byName[c.Container]
		switch {
		case container == nil:
			return nil, fmt.Errorf("command table: row %q: there is no row for its container", c.FullName)
		case container.bySub[c.Name] != nil:
			return nil, fmt.Errorf("command table: row %q: there are two", c.FullName)
		case container.bySub == nil:
			container.bySub = make(map[string]*Command)
		}
		container.bySub[c.Name] = c
		container.Subs = append(container.Subs, c)
	}
	for _, c := range t.top {
		c.deriveContainer()
		t.number(c)
		for _, sub := range c.Subs {
			t.number(sub)
		}
	}
	return t, nil
}

func (t *Table) number(c *Command) {
	c.ID = ID(len(t.byID))
	t.byID = append(t.byID, c)
}

// FullName is the name of a row's command: "get", "client|list".
func (s *Spec) FullName() string {
	if s.Container != "" {
		return s.Container + "|" + s.Name
	}
	return s.Name
}

// Len is the number of commands, subcommands included; IDs are below it.
func (t *Table) Len() int { return len(t.byID) }

// All returns every command, each subcommand behind its container, in the order
// of IDs. The slice must not be changed.
func (t *Table) All() []*Command { return t.byID }

// ByID returns the command numbered id.
func (t *Table) ByID(id ID) *Command { return t.byID[id] }

// Lookup returns the command called name, in any case, or nil. It does not look
// into containers, and does not allocate.
func (t *Table) Lookup(name []byte) *Command { return lookup(t.byName, name) }

// Resolve returns the command that args call: a subcommand where args[0] is a
// container and there is an args[1]. If there is none it returns nil, and the
// container if it was the subcommand that is unknown. args must not be empty.
func (t *Table) Resolve(args [][]byte) (cmd, container *Command) {
	cmd = lookup(t.byName, args[0])
	if cmd == nil || len(cmd.Subs) == 0 || len(args) == 1 {
		return cmd, nil
	}
	if sub := lookup(cmd.bySub, args[1]); sub != nil {
		return sub, nil
	}
	return nil, cmd
}

// Named returns the command with a full name such as "get" or "client|list", in
// any case, or nil.
func (t *Table) Named(full string) *Command {
	name, sub, isSub := strings.Cut(full, "|")
	c := lookup(t.byName, []byte(name))
	if c == nil || !isSub {
		return c
	}
	return lookup(c.bySub, []byte(sub))
}

func lookup(m map[string]*Command, name []byte) *Command {
	if len(name) > maxName {
		return nil
	}
	var folded [maxName]byte
	for i, b := range name {
		if 'A' <= b && b <= 'Z' {
			b += 'a' - 'A'
		}
		folded[i] = b
	}
	return m[string(folded[:len(name)])]
}
