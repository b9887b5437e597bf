package command

import (
	"fmt"
	"strings"
)

// Arg is one element of a command's syntax, in the terms of COMMAND DOCS.
type Arg struct {
	Name  string
	Type  string // one of the Type constants
	Token string // literal word in front of it, or all of it for TypePureToken
	// Optional, Multiple: may be left out, may be repeated. MultipleToken: the
	// token is repeated with it.
	Optional, Multiple, MultipleToken bool

	KeySpec int   // TypeKey: index of the command's KeySpec
	Args    []Arg // TypeOneOf: the alternatives; TypeBlock: the elements
}

// The types of COMMAND DOCS that the syntax itself tells. Others follow from
// the name of an argument, see typeOf.
const (
	TypeKey       = "key"
	TypePureToken = "pure-token"
	TypeOneOf     = "oneof"
	TypeBlock     = "block"
)

// typeOf is the type of the value called name; most are strings. It only
// shows in COMMAND DOCS.
func typeOf(name string) string {
	switch name {
	case "key", "source", "destination", "newkey", "destkey", "key1", "key2":
		return TypeKey
	case "seconds", "milliseconds", "count", "offset", "start", "end", "stop", "increment", "decrement", "numkeys",
		"index", "bit", "protover", "cursor", "numreplicas", "numlocal", "db", "index1", "index2",
		"destination-db", "client-id", "maxage", "slot", "samples", "ttl-ms", "min-match-len":
		return "integer"
	case "timeout":
		return "double"
	case "unix-time-seconds", "unix-time-milliseconds":
		return "unix-time"
	case "pattern":
		return "pattern"
	}
	return "string"
}

// parseUsage reads the part of a usage line behind the command's name.
//
//	sequence = { element } [ "..." ]
//	element  = TOKEN | TOKEN value | TOKEN choice | value | choice | "[" alternatives "]"
//	choice   = "<" alternatives ">"
//	alternatives = sequence { "|" sequence }
//
// A TOKEN has no lower-case letter, a value has one. "key [key ...]" is one
// element that may be repeated.
func parseUsage(line string) ([]Arg, error) {
	p := usageParser{words: usageWords(line)}
	args, repeated := p.sequence()
	if p.err == nil && p.peek() != "" {
		p.fail("unexpected %q", p.peek())
	}
	if p.err == nil && repeated && len(args) > 0 {
		args[len(args)-1].Multiple = true
	}
	return args, p.err
}

// usageWords cuts at spaces and around brackets and bars.
func usageWords(line string) []string {
	var b strings.Builder
	for _, r := range line {
		if strings.ContainsRune("[]<>|", r) {
			b.WriteByte(' ')
			b.WriteRune(r)
			b.WriteByte(' ')
		} else {
			b.WriteRune(r)
		}
	}
	return strings.Fields(b.String())
}

type usageParser struct {
	words []string
	err   error
}

func (p *usageParser) peek() string {
	if len(p.words) == 0 {
		return ""
	}
	return p.words[0]
}

func (p *usageParser) next() string {
	word := p.peek()
	if word != "" {
		p.words = p.words[1:]
	}
	return word
}

func (p *usageParser) fail(format string, args ...any) {
	if p.err == nil {
		p.err = fmt.Errorf(format, args...)
	}
	p.words = nil
}

func isToken(word string) bool { return word == strings.ToUpper(word) }

// sequence reads elements up to a closing bracket, a bar or the end. repeated
// tells that it ended with "...".
func (p *usageParser) sequence() (args []Arg, repeated bool) {
	for {
		switch word := p.peek(); word {
		case "", "]", ">", "|":
			return args, repeated
		case "...":
			p.next()
			repeated = true
		case "[":
			p.next()
			a := p.alternatives("]")
			a.Optional = true
			args = fold(args, a)
		case "<":
			p.next()
			args = append(args, p.alternatives(">"))
		default:
			p.next()
			if isToken(word) {
				args = append(args, p.tokenArg(word))
			} else {
				args = append(args, Arg{Name: word, Type: typeOf(word)})
			}
		}
	}
}

// tokenArg reads what belongs to a token: a value, a choice, or nothing.
func (p *usageParser) tokenArg(token string) Arg {
	var a Arg
	switch next := p.peek(); {
	case next == "<":
		p.next()
		a = p.alternatives(">")
	case next == "" || next == "..." || strings.ContainsAny(next, "[]|>") || isToken(next):
		a = Arg{Name: strings.ToLower(token), Type: TypePureToken}
	default:
		p.next()
		a = Arg{Name: next, Type: typeOf(next)}
	}
	a.Token = token
	return a
}

// alternatives reads up to the closing bracket.
func (p *usageParser) alternatives(closing string) Arg {
	var list []Arg
	repeated := false
	for {
		seq, more := p.sequence()
		repeated = repeated || more
		if len(seq) == 0 {
			p.fail("nothing before %q", p.peek())
			return Arg{}
		}
		list = append(list, block(seq))
		switch word := p.next(); word {
		case "|":
		case closing:
			a := list[0]
			if len(list) > 1 {
				a = Arg{Name: joinNames(list), Type: TypeOneOf, Args: list}
			}
			a.Multiple = a.Multiple || repeated
			return a
		default:
			p.fail("%q instead of %q", word, closing)
			return Arg{}
		}
	}
}

// block makes one element of a sequence. A token in front of several values
// belongs to all of them.
func block(seq []Arg) Arg {
	if len(seq) == 1 {
		return seq[0]
	}
	b := Arg{Type: TypeBlock, Args: seq}
	if seq[0].Token != "" && seq[0].Type != TypePureToken && seq[1].Token == "" {
		b.Token, seq[0].Token = seq[0].Token, ""
	}
	b.Name = joinNames(seq)
	return b
}

func joinNames(args []Arg) string {
	names := make([]string, len(args))
	for i, a := range args {
		names[i] = a.Name
	}
	return strings.Join(names, "_")
}

// fold appends the optional element a to args. If a repeats the elements in
// front of it, the two become one that may be repeated.
func fold(args []Arg, a Arg) []Arg {
	if !a.Multiple {
		return append(args, a)
	}
	again := []Arg{a}
	if a.Type == TypeBlock {
		again = a.Args
	}
	n := len(args) - len(again)
	if n < 0 {
		return append(args, a)
	}
	if a.Token != "" && a.Token != args[n].Token {
		return append(args, a)
	}
	for i := range again {
		if args[n+i].Name != again[i].Name || args[n+i].Type != again[i].Type {
			return append(args, a)
		}
	}
	folded := block(args[n:len(args):len(args)])
	folded.Multiple = true
	folded.MultipleToken = a.Token != ""
	return append(args[:n:n], folded)
}

// words returns the least number of arguments that a takes, and whether that is
// also the most.
func (a *Arg) words() (n int, fixed bool) {
	fixed = true
	switch a.Type {
	case TypePureToken:
		n = 1
	case TypeOneOf:
		for i := range a.Args {
			m, same := a.Args[i].words()
			fixed = fixed && same && (i == 0 || m == n)
			if i == 0 || m < n {
				n = m
			}
		}
	case TypeBlock:
		for i := range a.Args {
			m, same := a.Args[i].words()
			n += m
			fixed = fixed && same
		}
	default:
		n = 1
	}
	if a.Token != "" && a.Type != TypePureToken {
		n++
	}
	if a.Optional {
		return 0, false
	}
	return n, fixed && !a.Multiple
}

// arity counts the name's words in.
func arity(args []Arg, name int) int {
	n, fixed := name, true
	for i := range args {
		m, same := args[i].words()
		n += m
		fixed = fixed && same
	}
	if !fixed {
		return -n
	}
	return n
}
