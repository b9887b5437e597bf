package compat

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/msredis/msredis/internal/testcluster/wire"
)

// ParsePattern reads the notation.
func ParsePattern(s string) (*Pattern, error) {
	s = strings.TrimSpace(s)
	if s == "" {
		return nil, fmt.Errorf("empty reply")
	}
	if (s[0] == '+' || s[0] == '-') && len(s) > 1 && !strings.ContainsRune(`"/<`, rune(s[1])) && !strings.Contains(s, "\n") {
		return &Pattern{kind: wire.Kind(s[0]), text: s[1:]}, nil
	}
	p := &patternParser{rest: s}
	out, err := p.parse()
	if err == nil && p.skip() != "" {
		err = fmt.Errorf("text behind the reply: %q", p.rest)
	}
	return out, err
}

type patternParser struct{ rest string }

// skip drops white space and returns what is left.
func (p *patternParser) skip() string {
	p.rest = strings.TrimLeft(p.rest, " \t\n")
	return p.rest
}

// take drops prefix if it comes next.
func (p *patternParser) take(prefix string) bool {
	if !strings.HasPrefix(p.skip(), prefix) {
		return false
	}
	p.rest = p.rest[len(prefix):]
	return true
}

func (p *patternParser) parse() (*Pattern, error) {
	switch {
	case p.skip() == "":
		return nil, fmt.Errorf("reply ends too early")
	case p.take("unordered"):
		if p.skip() == "" {
			return &Pattern{form: unordered, kind: wire.Array}, nil
		}
		out, err := p.parse()
		if err == nil {
			out.form = unordered
		}
		return out, err
	case p.take("any"):
		return &Pattern{form: anything}, nil
	case p.take("(nil array)"):
		return &Pattern{kind: wire.NilArray}, nil
	case p.take("(nil)"):
		return &Pattern{kind: wire.NilBulk}, nil
	case p.take("["):
		return p.elements(wire.Array, "]")
	case p.take("{"):
		return p.elements(wire.Map, "}")
	case p.take("~["):
		return p.elements(wire.Set, "]")
	case p.take(">["):
		return p.elements(wire.Push, "]")
	}
	switch kind := wire.Kind(p.rest[0]); kind {
	case '"', '@':
		return p.text(wire.Bulk)
	case wire.Bulk, wire.Simple, wire.Error, wire.Integer:
		p.rest = p.rest[1:]
		return p.text(kind)
	case wire.Verbatim:
		return p.verbatim()
	case wire.Null, wire.Bool, wire.Double, wire.BigNumber:
		p.rest = p.rest[1:]
		return &Pattern{kind: kind, text: p.word()}, nil
	}
	return nil, fmt.Errorf("unknown notation %q", p.rest)
}

func (p *patternParser) elements(kind wire.Kind, end string) (*Pattern, error) {
	out := &Pattern{kind: kind}
	for !p.take(end) {
		if kind == wire.Map && len(out.elems)%2 == 1 && !p.take("=>") {
			return nil, fmt.Errorf("=> expected before %q", p.rest)
		}
		e, err := p.parse()
		if err != nil {
			return nil, err
		}
		out.elems = append(out.elems, *e)
	}
	return out, nil
}

// word reads up to white space or a closing bracket.
func (p *patternParser) word() string {
	end := strings.IndexAny(p.rest, " \t\n]}")
	if end < 0 {
		end = len(p.rest)
	}
	w := p.rest[:end]
	p.rest = p.rest[end:]
	return w
}

// text reads what follows the type character of a text or number.
func (p *patternParser) text(kind wire.Kind) (*Pattern, error) {
	switch {
	case strings.HasPrefix(p.rest, `"`):
		text, rest, err := unquote(p.rest)
		p.rest = rest
		return &Pattern{kind: kind, text: text}, err
	case strings.HasPrefix(p.rest, "/"):
		return p.regex(kind)
	case strings.HasPrefix(p.rest, "@sha256("):
		arg, rest, _ := strings.Cut(p.rest[len("@sha256("):], ")")
		p.rest = rest
		return &Pattern{form: hashed, kind: kind, text: arg}, nil
	case strings.HasPrefix(p.rest, "@repeat("):
		text, rest, _, err := generate(p.rest)
		p.rest = rest
		return &Pattern{kind: kind, text: text}, err
	}
	w := p.word()
	if name, ok := varName(w); ok {
		return &Pattern{form: capture, kind: kind, text: name}, nil
	}
	if lo, hi, ok := strings.Cut(w, ".."); ok {
		return parseInterval(kind, lo, hi)
	}
	return &Pattern{kind: kind, text: w}, nil
}

func (p *patternParser) regex(kind wire.Kind) (*Pattern, error) {
	for i := 1; i < len(p.rest); i++ {
		switch p.rest[i] {
		case '\\':
			i++
		case '/':
			re, err := regexp.Compile(`(?s)\A(?:` + strings.ReplaceAll(p.rest[1:i], `\/`, `/`) + `)\z`)
			p.rest = p.rest[i+1:]
			return &Pattern{form: regex, kind: kind, re: re}, err
		}
	}
	return nil, fmt.Errorf("expression without end: %q", p.rest)
}

// verbatim reads =txt:"…" or =txt:/…/; the format is part of the text.
func (p *patternParser) verbatim() (*Pattern, error) {
	format, rest, ok := strings.Cut(p.rest[1:], ":")
	if !ok {
		return nil, fmt.Errorf("verbatim string without format: %q", p.rest)
	}
	p.rest = rest
	out, err := p.text(wire.Verbatim)
	if err != nil {
		return nil, err
	}
	switch out.form {
	case regex:
		out.re, err = regexp.Compile(`(?s)\A` + format + `:` + strings.TrimPrefix(out.re.String(), `(?s)\A`))
	case literal:
		out.text = format + ":" + out.text
	default:
		err = fmt.Errorf("a verbatim string takes text or an expression")
	}
	return out, err
}

func parseInterval(kind wire.Kind, lo, hi string) (*Pattern, error) {
	a, err := number(lo)
	if err != nil {
		return nil, err
	}
	b, err := number(hi)
	return &Pattern{form: interval, kind: kind, lo: a, hi: b}, err
}

func number(s string) (int64, error) {
	if strings.HasPrefix(s, "@") {
		text, _, _, err := generate(s)
		if err != nil {
			return 0, err
		}
		s = text
	}
	return strconv.ParseInt(s, 10, 64)
}
