package options

import (
	"strconv"
	"strings"
)

// splitWords cuts a line of a configuration file into words. As in redis.conf, a word
// may be quoted. In double quotes \n \r \t \b \a \xHH and \ before any other byte are
// understood, in single quotes only \'. It fails if a quote is not closed, or closed in
// the middle of a word.
func splitWords(line string) ([]string, bool) {
	var words []string
	for {
		line = strings.TrimLeft(line, " \t\r\n\v\f")
		if line == "" {
			return words, true
		}
		word, rest, ok := nextWord(line)
		if !ok {
			return nil, false
		}
		words = append(words, word)
		line = rest
	}
}

// nextWord takes the first word of s, which does not start with a blank. Quotes
// may begin in the middle of a word (a"b c") but must end it.
func nextWord(s string) (word, rest string, ok bool) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch c := s[i]; c {
		case ' ', '\t', '\r', '\n', 0:
			return b.String(), s[i+1:], true
		case '"', '\'':
			n, closed := unquote(&b, s[i+1:], c)
			rest = s[i+1+n:]
			if !closed || rest != "" && !strings.ContainsRune(" \t\r\n\v\f", rune(rest[0])) {
				return "", "", false
			}
			return b.String(), rest, true
		default:
			b.WriteByte(c)
		}
	}
	return b.String(), "", true
}

// unquote appends to b what stands in s up to the closing quote and returns how
// much of s it took.
func unquote(b *strings.Builder, s string, quote byte) (n int, closed bool) {
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == quote:
			return i + 1, true
		case s[i] != '\\' || i+1 == len(s):
			b.WriteByte(s[i])
		case quote == '\'':
			if s[i+1] == '\'' {
				i++
			}
			b.WriteByte(s[i])
		default:
			i += escape(b, s[i+1:])
		}
	}
	return len(s), false
}

// escape appends the byte that the escape sequence at the start of s, behind
// its backslash, stands for and returns the length of the sequence.
func escape(b *strings.Builder, s string) int {
	if s[0] == 'x' && len(s) >= 3 {
		if n, err := strconv.ParseUint(s[1:3], 16, 8); err == nil {
			b.WriteByte(byte(n))
			return 3
		}
	}
	if i := strings.IndexByte("nrtba", s[0]); i >= 0 {
		b.WriteByte("\n\r\t\b\a"[i])
	} else {
		b.WriteByte(s[0])
	}
	return 1
}

// quoteWord writes s so that splitWords reads it back as one word: in double
// quotes, with all but printable ASCII escaped.
func quoteWord(s string) string {
	const hex = "0123456789abcdef"
	b := []byte{'"'}
	for i := 0; i < len(s); i++ {
		c := s[i]
		if j := strings.IndexByte("\n\r\t\b\a", c); j >= 0 {
			b = append(b, '\\', "nrtba"[j])
			continue
		}
		switch {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c < ' ' || c > '~':
			b = append(b, '\\', 'x', hex[c>>4], hex[c&15])
		default:
			b = append(b, c)
		}
	}
	return string(append(b, '"'))
}
