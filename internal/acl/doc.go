// Package acl has the users of the cluster: what each of them may do, and the rules in
// which that is written. The rules, their errors and the texts are Redis's (ACL SETUSER).
//
// The package is pure. It knows neither sessions nor the log, and no clock. A User is an
// immutable value, which any number of goroutines may ask. A user is kept as its line
// (User.Line). All that is asked of it in a hurry is computed from that once.
package acl

import (
	"strings"

	"github.com/msredis/msredis/resp/command"
)

// Rulebook is what the meaning of rules depends on: the commands of the server with
// their categories. It is immutable.
type Rulebook struct {
	table      *command.Table
	categories map[string]bitset // by name, without '@'
}

// NewRulebook returns the rulebook of a table.
func NewRulebook(t *command.Table) *Rulebook {
	b := &Rulebook{table: t, categories: make(map[string]bitset)}
	for _, name := range command.Categories() {
		b.categories[name] = b.category("@" + name)
	}
	return b
}

// category returns the commands of a category. Those of a container are in every category
// that the container is in.
func (b *Rulebook) category(name string) bitset {
	set := b.none()
	for _, c := range b.table.All() {
		if contains(c.Categories, name) {
			b.include(set, c, true)
		}
	}
	return set
}

func contains(list []string, s string) bool {
	for _, have := range list {
		if have == s {
			return true
		}
	}
	return false
}

// none returns an empty set of commands.
func (b *Rulebook) none() bitset { return make(bitset, (b.table.Len()+63)/64) }

// include puts a command, and its subcommands, into a set, or takes them out.
func (b *Rulebook) include(set bitset, c *command.Command, in bool) {
	set.put(c.ID, in)
	for _, sub := range c.Subs {
		set.put(sub.ID, in)
	}
}

// command returns the command that a rule names, or nil. A container that is one
// command to Redis has no subcommands here. Commands that only nodes send have no name.
func (b *Rulebook) command(name string) *command.Command {
	if strings.Count(name, "|") > 1 {
		return nil
	}
	c := b.table.Named(name)
	if c == nil || c.Flags.Has(command.Internal) || c.Container != "" && c.Flags.Has(command.Undivided) {
		return nil
	}
	return c
}

// divided reports whether the subcommands of a command have rights of their own.
func divided(c *command.Command) bool {
	return c.IsContainer() && !c.Flags.Has(command.Undivided)
}

// bitset is a set of commands by their IDs.
type bitset []uint64

func (s bitset) has(id command.ID) bool { return s[id/64]&(1<<(id%64)) != 0 }

func (s bitset) put(id command.ID, in bool) {
	if in {
		s[id/64] |= 1 << (id % 64)
	} else {
		s[id/64] &^= 1 << (id % 64)
	}
}

// change puts all of t into the set, or takes them out.
func (s bitset) change(t bitset, in bool) {
	for i := range s {
		if in {
			s[i] |= t[i]
		} else {
			s[i] &^= t[i]
		}
	}
}
