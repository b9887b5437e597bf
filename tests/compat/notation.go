package compat

import (
	"crypto/sha256"
	"fmt"
	"strings"

	"github.com/msredis/msredis/internal/testcluster/wire"
)

// Replies up to these sizes are written in full and on one line.
const (
	maxLiteral = 512 // bytes of a string
	maxLine    = 96  // characters of an aggregate
)

// Format writes a reply in the notation of the scripts. Every type looks
// different:
//
//	+OK   -ERR text   :1   "bulk"   (nil)   (nil array)
//	["array" :2]   {"map" => :1}   ~["set"]   >["push"]
//	_   #t   ,3.25   (12345   =txt:"verbatim"
//
// Bytes that are not printable ASCII are escaped as redis-cli does. Long
// strings become @repeat("x",1048576) or @sha256(length,digest).
func Format(v wire.Value) string {
	switch v.Kind {
	case wire.Simple, wire.Error:
		if plainLine(v.Text) {
			return string(v.Kind) + v.Text
		}
	}
	line := formatLine(v)
	if len(line) <= maxLine || !v.Aggregate() {
		return line
	}
	var b strings.Builder
	formatBlock(&b, v, "")
	return b.String()
}

func formatLine(v wire.Value) string {
	switch v.Kind {
	case wire.Simple, wire.Error:
		if plainWord(v.Text) {
			return string(v.Kind) + v.Text
		}
		return string(v.Kind) + quote(v.Text)
	case wire.Bulk:
		return formatBulk(v.Text)
	case wire.Verbatim:
		format, text, _ := strings.Cut(v.Text, ":")
		return "=" + format + ":" + formatBulk(text)
	case wire.NilBulk:
		return "(nil)"
	case wire.NilArray:
		return "(nil array)"
	case wire.Array, wire.Set, wire.Push, wire.Map:
		open, end := brackets(v.Kind)
		parts := make([]string, 0, len(v.Elems))
		for i := 0; i < len(v.Elems); i++ {
			part := formatLine(v.Elems[i])
			if v.Kind == wire.Map {
				i++
				part += " => " + formatLine(v.Elems[i])
			}
			parts = append(parts, part)
		}
		return open + strings.Join(parts, " ") + end
	}
	return string(v.Kind) + v.Text
}

func brackets(k wire.Kind) (open, end string) {
	switch k {
	case wire.Map:
		return "{", "}"
	case wire.Set, wire.Push:
		return string(k) + "[", "]"
	}
	return "[", "]"
}

// formatBlock writes an aggregate with one element a line.
func formatBlock(b *strings.Builder, v wire.Value, indent string) {
	if line := formatLine(v); !v.Aggregate() || len(line)+len(indent) <= maxLine {
		b.WriteString(line)
		return
	}
	open, end := brackets(v.Kind)
	inner := indent + "  "
	b.WriteString(open + "\n")
	for i := 0; i < len(v.Elems); i++ {
		b.WriteString(inner)
		formatBlock(b, v.Elems[i], inner)
		if v.Kind == wire.Map {
			i++
			b.WriteString(" => ")
			formatBlock(b, v.Elems[i], inner)
		}
		b.WriteByte('\n')
	}
	b.WriteString(indent + end)
}

func formatBulk(s string) string {
	if len(s) <= maxLiteral {
		return quote(s)
	}
	if strings.Count(s, s[:1]) == len(s) {
		return fmt.Sprintf("@repeat(%s,%d)", quote(s[:1]), len(s))
	}
	return fmt.Sprintf("@sha256(%d,%s)", len(s), digest(s))
}

// digest is enough of a SHA-256 to tell strings apart.
func digest(s string) string {
	sum := sha256.Sum256([]byte(s))
	return fmt.Sprintf("%x", sum[:12])
}

// quote writes s as redis-cli does.
func quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			b.WriteByte('\\')
			b.WriteByte(c)
		case c == '\n':
			b.WriteString(`\n`)
		case c == '\r':
			b.WriteString(`\r`)
		case c == '\t':
			b.WriteString(`\t`)
		case c == '\a':
			b.WriteString(`\a`)
		case c == '\b':
			b.WriteString(`\b`)
		case c >= ' ' && c < 0x7f:
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, `\x%02x`, c)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// plainWord: may stand unquoted inside an aggregate.
func plainWord(s string) bool {
	for i := 0; i < len(s); i++ {
		c := s[i]
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '-' || c == '.') {
			return false
		}
	}
	return s != ""
}

// plainLine: may stand unquoted when it is the whole reply.
func plainLine(s string) bool {
	if s == "" || len(s) > maxLiteral || strings.TrimSpace(s) != s || strings.ContainsRune(`"/<`, rune(s[0])) {
		return false
	}
	for i := 0; i < len(s); i++ {
		if s[i] < ' ' || s[i] >= 0x7f {
			return false
		}
	}
	return true
}
