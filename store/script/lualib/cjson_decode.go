package lualib

import (
	"strings"
	"unicode/utf8"

	"github.com/msredis/msredis/internal/lua"
	"github.com/msredis/msredis/internal/redisnum"
)

// token is a kind of token, by the name that error texts show.
type token string

const (
	tokObjectBegin token = "T_OBJ_BEGIN"
	tokObjectEnd   token = "T_OBJ_END"
	tokArrayBegin  token = "T_ARR_BEGIN"
	tokArrayEnd    token = "T_ARR_END"
	tokString      token = "T_STRING"
	tokNumber      token = "T_NUMBER"
	tokBoolean     token = "T_BOOLEAN"
	tokNull        token = "T_NULL"
	tokColon       token = "T_COLON"
	tokComma       token = "T_COMMA"
	tokEnd         token = "T_END"
	// Bytes that are no token; the text says why.
	badToken   token = "invalid token"
	badNumber  token = "invalid number"
	badEscape  token = "invalid escape code"
	badUnicode token = "invalid unicode escape code"
	endsEarly  token = "unexpected end of string"
)

// decoder reads one JSON text. A byte 0 ends it, as it ends a string of C.
type decoder struct {
	call
	*json
	text  string
	pos   int
	depth int

	// The last token: its kind, where it begins (or is wrong), and its value.
	kind  token
	at    int
	value lua.LValue
}

func (j *json) decode(c call) int {
	c.oneArgument()
	d := decoder{call: c, json: j, text: c.string(1)}
	if len(d.text) >= 2 && (d.text[0] == 0 || d.text[1] == 0) {
		c.fail("JSON parser does not support UTF-16 or UTF-32")
	}
	d.next()
	v := d.parse(1)
	if d.next(); d.kind != tokEnd {
		d.unexpected("the end")
	}
	c.Push(v)
	return 1
}

func (d *decoder) unexpected(want string) {
	d.fail("Expected %s but found %s at character %d", want, string(d.kind), d.at+1)
}

// parse makes a value of the last token and what belongs to it.
func (d *decoder) parse(slots int) lua.LValue {
	d.Charge(1)
	switch d.kind {
	case tokString, tokNumber, tokBoolean:
		return d.value
	case tokNull:
		return d.null
	case tokObjectBegin:
		return d.object(slots)
	case tokArrayBegin:
		return d.array(slots)
	}
	d.unexpected("value")
	return lua.LNil
}

// descend enters an object or array; Redis has so many slots of its stack in use
// and needs some more.
func (d *decoder) descend(slots, more int) {
	d.depth++
	if d.depth > d.decodeDepth || slots+more > maxSlots {
		d.fail("Found too many nested data structures (%d) at character %d", d.depth, d.pos)
	}
}

func (d *decoder) object(slots int) lua.LValue {
	d.descend(slots, 3)
	t := d.NewTable()
	if d.next(); d.kind == tokObjectEnd {
		d.depth--
		return t
	}
	for {
		if d.kind != tokString {
			d.unexpected("object key string")
		}
		key := d.value
		if d.next(); d.kind != tokColon {
			d.unexpected("colon")
		}
		d.next()
		t.RawSet(key, d.parse(slots+2))
		switch d.next(); d.kind {
		case tokObjectEnd:
			d.depth--
			return t
		case tokComma:
			d.next()
		default:
			d.unexpected("comma or object end")
		}
	}
}

func (d *decoder) array(slots int) lua.LValue {
	d.descend(slots, 2)
	t := d.NewTable()
	if d.next(); d.kind == tokArrayEnd {
		d.depth--
		return t
	}
	for i := 1; ; i++ {
		t.RawSetInt(i, d.parse(slots+1))
		switch d.next(); d.kind {
		case tokArrayEnd:
			d.depth--
			return t
		case tokComma:
			d.next()
		default:
			d.unexpected("comma or array end")
		}
	}
}

// peek returns the byte at an offset from pos, 0 at the end.
func (d *decoder) peek(offset int) byte {
	if i := d.pos + offset; i < len(d.text) {
		return d.text[i]
	}
	return 0
}

// next reads the next token. It stays where it is at an error and at the end.
func (d *decoder) next() {
	for b := d.peek(0); b == ' ' || b == '\t' || b == '\n' || b == '\r'; b = d.peek(0) {
		d.pos++
	}
	d.at = d.pos
	single := func(kind token) {
		d.kind = kind
		d.pos++
	}
	word := func(word string, kind token, value lua.LValue) bool {
		if !strings.HasPrefix(d.text[d.pos:], word) {
			return false
		}
		d.kind, d.value = kind, value
		d.pos += len(word)
		return true
	}
	switch b := d.peek(0); {
	case b == 0:
		d.kind = tokEnd
	case b == '{':
		single(tokObjectBegin)
	case b == '}':
		single(tokObjectEnd)
	case b == '[':
		single(tokArrayBegin)
	case b == ']':
		single(tokArrayEnd)
	case b == ',':
		single(tokComma)
	case b == ':':
		single(tokColon)
	case b == '"':
		d.quoted()
	case b == '-' || isDigit(b):
		if d.decodeInvalid == 0 && d.notJSON() {
			d.kind = badNumber
			return
		}
		d.number()
	case word("true", tokBoolean, lua.LTrue), word("false", tokBoolean, lua.LFalse), word("null", tokNull, lua.LNil):
	case strings.IndexByte("+iInN", b) >= 0 && d.decodeInvalid != 0 && d.notJSON():
		d.number()
	default:
		d.kind = badToken
	}
}

// notJSON reports whether the text that begins here is read as a number by C, but is
// none in JSON. Examples are a sign in front, hexadecimal digits, a leading zero, inf,
// nan.
func (d *decoder) notJSON() bool {
	rest := d.text[d.pos:]
	if rest[0] == '+' {
		return true
	}
	rest = strings.TrimPrefix(rest, "-")
	switch {
	case rest == "":
		return false
	case rest[0] == '0':
		return len(rest) > 1 && (rest[1]|0x20 == 'x' || isDigit(rest[1]))
	case rest[0] <= '9':
		return false
	}
	return len(rest) >= 3 && (strings.EqualFold(rest[:3], "inf") || strings.EqualFold(rest[:3], "nan"))
}

func (d *decoder) number() {
	f, n, _ := redisnum.Strtod([]byte(d.text[d.pos:d.numberEnd()]))
	if n == 0 {
		d.kind = badNumber
		return
	}
	d.kind, d.value = tokNumber, lua.LNumber(f)
	d.pos += n
}

// numberEnd is where a number that begins here ends at the latest, so that a text
// of many numbers is not copied for each.
func (d *decoder) numberEnd() int {
	i := d.pos
	for i < len(d.text) && strings.IndexByte(" \t\r\n,:[]{}\"", d.text[i]) < 0 {
		i++
	}
	return i
}

// quoted reads a string.
func (d *decoder) quoted() {
	d.pos++
	var out []byte
	start := d.pos // of what is not in out yet
	bad := func(kind token) { d.kind, d.at = kind, d.pos }
	for {
		switch d.peek(0) {
		case 0:
			bad(endsEarly)
			return
		case '"':
			text := d.text[start:d.pos]
			if out != nil {
				text = string(append(out, text...))
			}
			d.pos++
			d.kind, d.value = tokString, lua.LString(text)
			return
		case '\\':
			out = append(out, d.text[start:d.pos]...)
			if d.peek(1) == 'u' {
				r, size, ok := d.unicode()
				if !ok {
					bad(badUnicode)
					return
				}
				out = utf8.AppendRune(out, r)
				d.pos += size
			} else {
				i := strings.IndexByte(`"\/bfnrt`, d.peek(1))
				if i < 0 {
					bad(badEscape)
					return
				}
				out = append(out, "\"\\/\b\f\n\r\t"[i])
				d.pos += 2
			}
			start = d.pos
		default:
			d.pos++
		}
	}
}

// unicode reads \uXXXX, or two of them that are a surrogate pair.
func (d *decoder) unicode() (r rune, size int, ok bool) {
	r, ok = d.hex4(2)
	if !ok || r&0xf800 != 0xd800 {
		return r, 6, ok
	}
	if r&0x400 != 0 || d.peek(6) != '\\' || d.peek(7) != 'u' {
		return 0, 0, false
	}
	low, ok := d.hex4(8)
	if !ok || low&0xfc00 != 0xdc00 {
		return 0, 0, false
	}
	return (r&0x3ff)<<10 + low&0x3ff + 0x10000, 12, true
}

func (d *decoder) hex4(offset int) (v rune, ok bool) {
	for i := range 4 {
		b := d.peek(offset + i)
		switch {
		case isDigit(b):
			b -= '0'
		case b|0x20 >= 'a' && b|0x20 <= 'f':
			b = b | 0x20 - 'a' + 10
		default:
			return 0, false
		}
		v = v<<4 | rune(b)
	}
	return v, true
}
