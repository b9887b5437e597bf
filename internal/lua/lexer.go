package lua

import (
	"fmt"
	"strings"
)

// token is the kind of a token: a character, or one of the kinds below.
type token int

const (
	tEOF token = iota + 256
	tName
	tString
	tNumber
	tConcat // ..
	tDots   // ...
	tEq
	tGe
	tLe
	tNe
	tAnd
	tBreak
	tDo
	tElse
	tElseif
	tEnd
	tFalse
	tFor
	tFunction
	tIf
	tIn
	tLocal
	tNil
	tNot
	tOr
	tRepeat
	tReturn
	tThen
	tTrue
	tUntil
	tWhile
)

var tokenNames = []string{"<eof>", "<name>", "<string>", "<number>", "..", "...", "==", ">=", "<=", "~=",
	"and", "break", "do", "else", "elseif", "end", "false", "for", "function", "if", "in", "local", "nil", "not", "or",
	"repeat", "return", "then", "true", "until", "while"}

var keywords = func() map[string]token {
	m := map[string]token{}
	for t := tAnd; t <= tWhile; t++ {
		m[tokenNames[t-tEOF]] = t
	}
	return m
}()

func (t token) String() string {
	switch {
	case t >= tEOF:
		return tokenNames[t-tEOF]
	case t < 32 || t == 127:
		return fmt.Sprintf("char(%d)", int(t))
	}
	return string([]byte{byte(t)})
}

// lexer cuts a chunk into tokens.
type lexer struct {
	chunk string // its name, for messages
	src   string
	pos   int

	line  int // where pos is
	last  int // where the last token taken was
	tok   token
	text  string  // of a name or string
	num   float64 // of a number
	start int     // of the token in src
	end   int

	ahead        bool // a token was looked at ahead
	aTok         token
	aText        string
	aNum         float64
	aStart, aEnd int
	aLine        int
}

// syntaxError is what the lexer and the parser panic with.
type syntaxError struct{ text string }

func (x *lexer) fail(format string, args ...any) {
	panic(syntaxError{fmt.Sprintf("%s:%d: %s", x.chunk, x.line, fmt.Sprintf(format, args...))})
}

// failNear is fail with the token that it is about.
func (x *lexer) failNear(t token, from, to int, text string) {
	near := t.String()
	if t == tName || t == tString || t == tNumber {
		near = x.src[from:min(to, len(x.src))]
	}
	x.fail("%s near '%s'", text, cString(near))
}

// cString cuts a text where C would: before a zero byte.
func cString(s string) string {
	if i := strings.IndexByte(s, 0); i >= 0 {
		return s[:i]
	}
	return s
}

func (x *lexer) failHere(text string) { x.failNear(x.tok, x.start, x.end, text) }

// next takes the next token.
func (x *lexer) next() {
	x.last = x.line
	if x.ahead {
		x.ahead = false
		x.tok, x.text, x.num, x.start, x.end, x.line = x.aTok, x.aText, x.aNum, x.aStart, x.aEnd, x.aLine
		return
	}
	x.tok = x.scan()
	x.end = x.pos
}

// peek looks at the token behind the current one.
func (x *lexer) peek() token {
	tok, text, num, start, end, line := x.tok, x.text, x.num, x.start, x.end, x.line
	t := x.scan()
	x.ahead = true
	x.aTok, x.aText, x.aNum, x.aStart, x.aEnd, x.aLine = t, x.text, x.num, x.start, x.pos, x.line
	x.tok, x.text, x.num, x.start, x.end, x.line = tok, text, num, start, end, line
	return t
}

func (x *lexer) at(i int) byte {
	if i < len(x.src) {
		return x.src[i]
	}
	return 0
}

// newline steps over an end of line.
func (x *lexer) newline() {
	c := x.src[x.pos]
	x.pos++
	if d := x.at(x.pos); x.pos < len(x.src) && (d == '\n' || d == '\r') && d != c {
		x.pos++
	}
	x.line++
}

func (x *lexer) scan() token {
	for x.pos < len(x.src) {
		x.start = x.pos
		c := x.src[x.pos]
		switch {
		case c == '\n' || c == '\r':
			x.newline()
			continue
		case isSpace(c):
			x.pos++
			continue
		case c == '-':
			if x.at(x.pos+1) != '-' {
				x.pos++
				return '-'
			}
			x.comment()
			continue
		case c == '[':
			level := x.bracket()
			if level >= 0 {
				x.long(level, tString)
				return tString
			}
			if level < -1 {
				x.end = x.pos
				x.failNear(tString, x.start, x.pos, "invalid long string delimiter")
			}
			x.pos++
			return '['
		case c == '=' || c == '<' || c == '>' || c == '~':
			x.pos++
			if x.at(x.pos) == '=' && x.pos < len(x.src) {
				x.pos++
				return map[byte]token{'=': tEq, '<': tLe, '>': tGe, '~': tNe}[c]
			}
			return token(c)
		case c == '"' || c == '\'':
			x.quoted(c)
			return tString
		case c == '.':
			switch {
			case strings.HasPrefix(x.src[x.pos:], "..."):
				x.pos += 3
				return tDots
			case strings.HasPrefix(x.src[x.pos:], ".."):
				x.pos += 2
				return tConcat
			case isDigit(x.at(x.pos + 1)):
				x.number()
				return tNumber
			}
			x.pos++
			return '.'
		case isDigit(c):
			x.number()
			return tNumber
		case isAlpha(c) || c == '_':
			for x.pos < len(x.src) && (isAlpha(x.src[x.pos]) || isDigit(x.src[x.pos]) || x.src[x.pos] == '_') {
				x.pos++
			}
			x.text = x.src[x.start:x.pos]
			if t, ok := keywords[x.text]; ok {
				return t
			}
			return tName
		}
		x.pos++
		return token(c)
	}
	x.start = x.pos
	return tEOF
}

func (x *lexer) comment() {
	x.pos += 2
	if x.at(x.pos) == '[' {
		if level := x.bracket(); level >= 0 {
			x.long(level, tEOF)
			return
		}
	}
	for x.pos < len(x.src) && x.src[x.pos] != '\n' && x.src[x.pos] != '\r' {
		x.pos++
	}
}

// bracket returns the number of '=' in a long bracket that opens at pos. It returns -1
// if it is none, less if there are '=' and no second bracket. It does not move.
func (x *lexer) bracket() int {
	i := x.pos + 1
	for x.at(i) == '=' {
		i++
	}
	n := i - x.pos - 1
	if x.at(i) == '[' {
		return n
	}
	return -n - 1
}

// long reads what is between long brackets.
func (x *lexer) long(level int, t token) {
	what := "comment"
	if t == tString {
		what = "string"
	}
	x.pos += level + 2
	if c := x.at(x.pos); x.pos < len(x.src) && (c == '\n' || c == '\r') {
		x.newline()
	}
	var b strings.Builder
	closing := "]" + strings.Repeat("=", level) + "]"
	for x.pos < len(x.src) {
		switch c := x.src[x.pos]; {
		case c == ']' && strings.HasPrefix(x.src[x.pos:], closing):
			x.pos += len(closing)
			x.text = b.String()
			return
		case c == '[' && level == 0 && x.at(x.pos+1) == '[':
			x.pos += 2
			x.failNear('[', 0, 0, "nesting of [[...]] is deprecated")
		case c == '\n' || c == '\r':
			x.newline()
			b.WriteByte('\n')
		default:
			b.WriteByte(c)
			x.pos++
		}
	}
	x.failNear(tEOF, 0, 0, "unfinished long "+what)
}

func (x *lexer) quoted(quote byte) {
	x.pos++
	var b strings.Builder
	for {
		if x.pos >= len(x.src) {
			x.failNear(tEOF, 0, 0, "unfinished string")
		}
		c := x.src[x.pos]
		switch c {
		case quote:
			x.pos++
			x.text = b.String()
			return
		case '\n', '\r':
			x.failNear(tString, x.start, x.pos, "unfinished string")
		case '\\':
			x.escape(&b)
		default:
			b.WriteByte(c)
			x.pos++
		}
	}
}

func (x *lexer) escape(b *strings.Builder) {
	from := x.pos
	x.pos++
	if x.pos >= len(x.src) {
		return // the caller finds the end
	}
	c := x.src[x.pos]
	if i := strings.IndexByte("abfnrtv", c); i >= 0 {
		b.WriteByte("\a\b\f\n\r\t\v"[i])
		x.pos++
		return
	}
	switch {
	case c == '\n' || c == '\r':
		b.WriteByte('\n')
		x.newline()
	case isDigit(c):
		n := 0
		for i := 0; i < 3 && isDigit(x.at(x.pos)); i++ {
			n = n*10 + int(x.src[x.pos]-'0')
			x.pos++
		}
		if n > 255 {
			x.failNear(tString, x.start, from, "escape sequence too large")
		}
		b.WriteByte(byte(n))
	default:
		b.WriteByte(c)
		x.pos++
	}
}

func (x *lexer) number() {
	for isDigit(x.at(x.pos)) || x.at(x.pos) == '.' {
		x.pos++
	}
	if c := x.at(x.pos); c == 'e' || c == 'E' {
		x.pos++
		if c := x.at(x.pos); c == '+' || c == '-' {
			x.pos++
		}
	}
	for c := x.at(x.pos); isDigit(c) || isAlpha(c) || c == '_'; c = x.at(x.pos) {
		x.pos++
	}
	n, ok := parseNumber(x.src[x.start:x.pos])
	if !ok {
		x.failNear(tNumber, x.start, x.pos, "malformed number")
	}
	x.num = n
}
