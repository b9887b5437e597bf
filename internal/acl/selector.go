package acl

import (
	"bytes"
	"maps"
	"slices"
	"strings"

	"github.com/msredis/msredis/internal/glob"
	"github.com/msredis/msredis/resp/command"
)

// selector is one set of rights: commands, keys and channels.
type selector struct {
	all         bool     // begins with +@all, else with -@all
	rules       []string // "+get", "-@write", "+select|0": what follows, in order
	allKeys     bool
	allChannels bool
	keys        []keyPattern
	channels    []pattern

	// These follow from all and rules.
	commands  bitset
	everyOne  bool                    // all commands are in the set
	firstArgs map[command.ID][]string // the first arguments with which others are allowed
}

// keyPattern allows keys to be read, to be written, or both.
type keyPattern struct {
	pattern
	rights rights
}

// rights are what may be done with a key.
type rights uint8

const (
	read rights = 1 << iota
	write
)

// rightsOf returns what a command needs that uses a key so.
func rightsOf(f command.KeyFlags) (r rights) {
	if f&command.KeyAccess != 0 {
		r |= read
	}
	if f&(command.KeyInsert|command.KeyDelete|command.KeyUpdate) != 0 {
		r |= write
	}
	return r
}

func newSelector(allChannels bool) *selector { return &selector{allChannels: allChannels} }

func (s *selector) clone() *selector {
	c := *s
	c.rules, c.keys, c.channels = slices.Clone(s.rules), slices.Clone(s.keys), slices.Clone(s.channels)
	c.commands, c.firstArgs = nil, nil
	return &c
}

// compile computes which commands the rules allow.
func (s *selector) compile(b *Rulebook) {
	s.commands, s.firstArgs = b.none(), nil
	if s.all {
		for _, c := range b.table.All() {
			s.commands.put(c.ID, true)
		}
	}
	for _, rule := range s.rules {
		s.obey(b, rule[1:], rule[0] == '+')
	}
	s.everyOne = true
	for _, c := range b.table.All() {
		s.everyOne = s.everyOne && s.commands.has(c.ID)
	}
}

// obey changes the commands as one rule says. A rule that names what this version does
// not know changes nothing.
func (s *selector) obey(b *Rulebook, what string, allow bool) {
	if category, ok := strings.CutPrefix(what, "@"); ok {
		if set := b.categories[category]; set != nil {
			s.commands.change(set, allow)
			maps.DeleteFunc(s.firstArgs, func(id command.ID, _ []string) bool { return set.has(id) })
		}
		return
	}
	if c := b.command(what); c != nil {
		b.include(s.commands, c, allow)
		for _, one := range withSubs(c) {
			delete(s.firstArgs, one.ID)
		}
		return
	}
	name, first, ok := strings.Cut(what, "|")
	if c := b.command(name); ok && c != nil && !divided(c) {
		if s.firstArgs == nil {
			s.firstArgs = make(map[command.ID][]string)
		}
		for _, one := range withSubs(c) {
			s.firstArgs[one.ID] = append(s.firstArgs[one.ID], first)
		}
	}
}

func withSubs(c *command.Command) []*command.Command {
	return append([]*command.Command{c}, c.Subs...)
}

// note adds a rule about commands to the text. It takes the place of earlier rules about
// the same, and of those about subcommands of the same.
func (s *selector) note(what string, allow bool) {
	what = lower(what)
	s.rules = slices.DeleteFunc(s.rules, func(old string) bool {
		return old[1:] == what || strings.HasPrefix(old[1:], what+"|")
	})
	sign := "-"
	if allow {
		sign = "+"
	}
	s.rules = append(s.rules, sign+what)
}

// unrestricted reports whether the selector allows everything.
func (s *selector) unrestricted() bool { return s.everyOne && s.allKeys && s.allChannels }

// commandText is the rules about commands as ACL GETUSER shows them.
func (s *selector) commandText() string {
	first := "-@all"
	if s.all {
		first = "+@all"
	}
	return strings.Join(append([]string{first}, s.rules...), " ")
}

func (s *selector) keyRules() (rules []string) {
	if s.allKeys {
		return []string{"~*"}
	}
	for _, k := range s.keys {
		switch k.rights {
		case read:
			rules = append(rules, "%R~"+string(k.text))
		case write:
			rules = append(rules, "%W~"+string(k.text))
		default:
			rules = append(rules, "~"+string(k.text))
		}
	}
	return rules
}

func (s *selector) channelRules() (rules []string) {
	if s.allChannels {
		return []string{"&*"}
	}
	for _, c := range s.channels {
		rules = append(rules, "&"+string(c.text))
	}
	return rules
}

// describe is the selector as a line has it.
func (s *selector) describe() string {
	words := s.keyRules()
	if !s.allChannels {
		words = append(words, "resetchannels")
	}
	words = append(words, s.channelRules()...)
	return strings.Join(append(words, s.commandText()), " ")
}

// pattern is a glob pattern for the names of keys or channels. The common forms need no
// matcher.
type pattern struct {
	text []byte
	head int // so many bytes at the beginning mean themselves
	form form
}

type form uint8

const (
	general form = iota
	literal      // no character of the text means anything else
	prefix       // literal but for a '*' at the end
)

func newPattern(text []byte) pattern {
	p := pattern{text: bytes.Clone(text), head: bytes.IndexAny(text, `*?[\`)}
	switch {
	case p.head < 0:
		p.form, p.head = literal, len(text)
	case p.head == len(text)-1 && text[p.head] == '*':
		p.form = prefix
	}
	return p
}

// matches reports whether the pattern covers a name. As in Redis "*" does not cover the
// empty name.
func (p *pattern) matches(name []byte) bool {
	if !bytes.HasPrefix(name, p.text[:p.head]) {
		return false
	}
	switch p.form {
	case literal:
		return len(name) == p.head
	case prefix:
		return len(name) > 0
	}
	return glob.Match(p.text, name, false)
}

// lower folds the case of ASCII letters, as C does.
func lower(s string) string {
	b := []byte(s)
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}
