package acl

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/msredis/msredis/internal/quoted"
	"github.com/msredis/msredis/resp/reply"
)

// RuleError is a rule that cannot be applied.
type RuleError struct {
	// Rule is the rule as Redis repeats it: a selector in one piece, and nothing behind a
	// zero byte. It may have a password.
	Rule string
	// Reason is one of those of package reply. It is empty if Rule is a parenthesis that
	// is not closed.
	Reason string
}

// Error implements error: it is the reply to ACL SETUSER.
func (e *RuleError) Error() string {
	if e.Reason == "" {
		return fmt.Sprintf(reply.ErrACLParenthesis, e.Rule)
	}
	return fmt.Sprintf(reply.ErrACLModifier, e.Rule, e.Reason)
}

// With returns the user as ACL SETUSER changes it: all rules are applied, or none.
// allChannels is the option acl-pubsub-default, for rules that begin anew. The error is
// a *RuleError.
func (u *User) With(rules [][]byte, b *Rulebook, allChannels bool) (*User, error) {
	merged, err := merge(rules)
	if err != nil {
		return nil, err
	}
	c := change{User: u.clone(), book: b, allChannels: allChannels}
	for _, rule := range merged {
		if reason := c.apply(rule); reason != "" {
			return nil, &RuleError{string(text(rule)), reason}
		}
	}
	c.end(b)
	return c.User, nil
}

// end completes the user.
func (c *change) end(b *Rulebook) {
	for _, s := range c.selectors {
		s.simplify()
	}
	c.finish(b)
}

// simplify makes one form of what a line shows alike: all keys to read and to write.
func (s *selector) simplify() {
	for _, k := range s.keys {
		if k.rights == read|write && string(k.text) == "*" {
			s.allKeys, s.keys = true, nil
			return
		}
	}
}

// merge puts the selectors together that stand in several arguments.
func merge(rules [][]byte) ([][]byte, error) {
	var merged [][]byte
	start, selector := -1, []byte(nil)
	for i, rule := range rules {
		switch {
		case start >= 0:
			selector = append(append(selector, ' '), text(rule)...)
			if bytes.HasSuffix(rule, []byte(")")) {
				merged, start = append(merged, selector), -1
			}
		case bytes.HasPrefix(rule, []byte("(")) && !bytes.HasSuffix(rule, []byte(")")):
			start, selector = i, bytes.Clone(rule)
		default:
			merged = append(merged, rule)
		}
	}
	if start >= 0 {
		return nil, &RuleError{Rule: string(text(rules[start]))}
	}
	return merged, nil
}

// text is what C takes for the string: the bytes before a zero byte.
func text(rule []byte) []byte {
	before, _, _ := bytes.Cut(rule, []byte{0})
	return before
}

// change is a user on its way to another one.
type change struct {
	*User
	book        *Rulebook
	allChannels bool
	lenient     bool // rules about unknown commands are kept; see Parse
}

// apply applies one rule. The result is the reason why it cannot be, or empty.
func (c *change) apply(rule []byte) (reason string) {
	switch word := lower(string(text(rule))); {
	case len(rule) == 0:
	case word == "on", word == "off":
		c.on = word == "on"
	case word == "skip-sanitize-payload", word == "sanitize-payload":
		c.unchecked = word == "skip-sanitize-payload"
	case word == "nopass", word == "resetpass":
		c.nopass, c.passwords = word == "nopass", nil
	case word == "clearselectors":
		c.selectors = c.selectors[:1]
	case word == "reset":
		*c.User = User{name: c.name, selectors: []*selector{newSelector(c.allChannels)}}
	case rule[0] == '>', rule[0] == '#', rule[0] == '<', rule[0] == '!':
		return c.password(rule)
	case rule[0] == '(' && rule[len(rule)-1] == ')':
		s := newSelector(c.allChannels)
		reason = c.addSelector(s, rule[1:len(rule)-1])
		c.selectors = append(c.selectors, s)
	default:
		return c.right(c.selectors[0], rule)
	}
	return reason
}

// password adds a password, or takes one away.
func (c *change) password(rule []byte) (reason string) {
	var h hash
	if rule[0] == '>' || rule[0] == '<' {
		h = sha256.Sum256(rule[1:])
	} else if !parseHash(&h, rule[1:]) {
		return reply.ACLHash
	}
	i := slices.Index(c.passwords, h)
	switch add := rule[0] == '>' || rule[0] == '#'; {
	case add:
		c.nopass = false
		if i < 0 {
			c.passwords = append(c.passwords, h)
		}
	case i < 0:
		return reply.ACLNoPassword
	default:
		c.passwords = slices.Delete(c.passwords, i, i+1)
	}
	return ""
}

// parseHash reads a hash, which has small letters only.
func parseHash(h *hash, s []byte) bool {
	if len(s) != hex.EncodedLen(len(h)) || bytes.ContainsAny(s, "ABCDEF") {
		return false
	}
	_, err := hex.Decode(h[:], s)
	return err == nil
}

// addSelector applies the rules between two parentheses.
//
// The text may have quotes, as a line of Redis's configuration. No rule may have one, or
// end with a parenthesis: its selector could not be read back from the user's line, or as
// another one.
func (c *change) addSelector(s *selector, rules []byte) (reason string) {
	words, ok := quoted.SplitBytes(text(rules))
	if !ok {
		return reply.ACLSyntax
	}
	for _, word := range words {
		if bytes.ContainsAny(word, `"'`) || bytes.HasSuffix(word, []byte(")")) {
			return reply.ACLSyntax
		}
		if reason := c.right(s, word); reason != "" {
			return reason
		}
	}
	return ""
}

// right changes one right of a selector.
func (c *change) right(s *selector, rule []byte) (reason string) {
	switch word := lower(string(text(rule))); {
	case word == "allkeys", word == "~*", word == "resetkeys":
		s.allKeys, s.keys = word != "resetkeys", nil
	case word == "allchannels", word == "&*", word == "resetchannels":
		s.allChannels, s.channels = word != "resetchannels", nil
	case word == "allcommands", word == "+@all", word == "nocommands", word == "-@all":
		s.all, s.rules = word == "allcommands" || word == "+@all", nil
	case word == "":
		return reply.ACLSyntax
	case word[0] == '~', word[0] == '%':
		return s.addKeys(rule)
	case word[0] == '&':
		return s.addChannels(rule[1:])
	case word[0] == '+', word[0] == '-':
		return c.commands(s, word[1:], word[0] == '+')
	default:
		return reply.ACLSyntax
	}
	return ""
}

// addKeys adds a pattern of keys.
func (s *selector) addKeys(rule []byte) (reason string) {
	if s.allKeys {
		return reply.ACLAfterAllKeys
	}
	r, rest := read|write, rule[1:]
	if rule[0] == '%' {
		if r, rest = parseRights(rest); r == 0 {
			return reply.ACLSyntax
		}
	}
	if hasSpaces(rest) {
		return reply.ACLSyntax
	}
	i := slices.IndexFunc(s.keys, func(k keyPattern) bool { return bytes.Equal(k.text, rest) })
	if i < 0 {
		i = len(s.keys)
		s.keys = append(s.keys, keyPattern{pattern: newPattern(rest)})
	}
	s.keys[i].rights |= r
	return ""
}

// parseRights reads "RW~" before a pattern. 0: it is no such thing.
func parseRights(rule []byte) (r rights, rest []byte) {
	for i, c := range rule {
		switch {
		case (c == 'R' || c == 'r') && r&read == 0:
			r |= read
		case (c == 'W' || c == 'w') && r&write == 0:
			r |= write
		case c == '~':
			return r, rule[i+1:]
		default:
			return 0, nil
		}
	}
	return r, nil
}

// addChannels adds a pattern of channels.
func (s *selector) addChannels(p []byte) (reason string) {
	switch {
	case s.allChannels:
		return reply.ACLAfterAllChannels
	case hasSpaces(p):
		return reply.ACLSyntax
	case !slices.ContainsFunc(s.channels, func(c pattern) bool { return bytes.Equal(c.text, p) }):
		s.channels = append(s.channels, newPattern(p))
	}
	return ""
}

// commands allows commands, or takes them away: a command, a subcommand, a category, or a
// command with one first argument.
func (c *change) commands(s *selector, what string, allow bool) (reason string) {
	if name, ok := strings.CutPrefix(what, "@"); ok {
		if c.book.categories[name] == nil && !c.lenient {
			return reply.ACLUnknown
		}
		s.note(what, allow)
		return ""
	}
	if cmd := c.book.command(what); cmd != nil {
		s.note(what, allow)
		return ""
	}
	at := strings.LastIndexByte(what, '|')
	if at < 0 || !allow {
		return c.unknown(s, what, allow)
	}
	switch cmd, first := c.book.command(what[:at]), what[at+1:]; {
	case cmd == nil:
		return c.unknown(s, what, allow)
	case cmd.Container != "":
		return reply.ACLFirstArg
	case first == "":
		return reply.ACLSyntax
	case divided(cmd):
		return c.unknown(s, what, allow)
	case hasSpaces([]byte(first)):
		return reply.ACLSyntax // it could not be read back
	}
	s.note(what, allow)
	return ""
}

// unknown is the end of a rule about a command that this version does not know.
func (c *change) unknown(s *selector, what string, allow bool) (reason string) {
	if !c.lenient {
		return reply.ACLUnknown
	}
	s.note(what, allow)
	return ""
}

// hasSpaces reports whether s could not be one word of a line.
func hasSpaces(s []byte) bool { return bytes.ContainsAny(s, " \t\n\v\f\r\x00") }

// ValidName reports whether a user may have a name.
func ValidName(name []byte) bool { return !hasSpaces(name) }
