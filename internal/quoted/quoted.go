// Package quoted cuts texts into words as Redis does: lines of its configuration, inline
// commands, the first lines of scripts, and selectors of users. It also writes words so
// that they are read back as they were.
//
// The rules are those of Redis's sdssplitargs. Words stand between blanks, and may be
// quoted. In double quotes \n \r \t \b \a \xHH and \ before any other byte are understood,
// in single quotes only \'. Quotes may begin in the middle of a word (a"b c") but end it. A
// vertical tab or a form feed is a blank in front of a word and behind quotes, and else
// part of a word. A zero byte ends the text.
package quoted

import "bytes"

// Split returns the words of a text. It is not ok if a quote is not closed, or a word goes
// on behind it.
func Split(text string) (words []string, ok bool) {
	list, ok := SplitBytes([]byte(text))
	for _, word := range list {
		words = append(words, string(word))
	}
	return words, ok
}

// SplitBytes is Split for bytes. No word shares memory with the text.
func SplitBytes(text []byte) (words [][]byte, ok bool) {
	if end := bytes.IndexByte(text, 0); end >= 0 {
		text = text[:end]
	}
	for {
		for len(text) > 0 && isBlank(text[0]) {
			text = text[1:]
		}
		if len(text) == 0 {
			return words, true
		}
		var word []byte
		if word, text, ok = next(text); !ok {
			return nil, false
		}
		words = append(words, word)
	}
}

// next takes the first word of text, which does not start with a blank.
func next(text []byte) (word, rest []byte, ok bool) {
	word = []byte{}
	for i, c := range text {
		switch c {
		case ' ', '\t', '\r', '\n':
			return word, text[i:], true
		case '"', '\'':
			word, rest, ok = unquote(word, text[i+1:], c)
			return word, rest, ok && (len(rest) == 0 || isBlank(rest[0]))
		}
		word = append(word, c)
	}
	return word, nil, true
}

// unquote appends to word what stands in text up to the closing quote.
func unquote(word, text []byte, quote byte) (_, rest []byte, ok bool) {
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case c == quote:
			return word, text[i+1:], true
		case c != '\\' || i+1 == len(text) || quote == '\'' && text[i+1] != '\'':
			word = append(word, c)
		default:
			b, n := escape(text[i+1:])
			word = append(word, b)
			i += n
		}
	}
	return nil, nil, false
}

// escape returns what the n bytes behind a backslash, at the start of text, stand for.
func escape(text []byte) (b byte, n int) {
	if text[0] == 'x' && len(text) >= 3 {
		high, ok1 := digit(text[1])
		low, ok2 := digit(text[2])
		if ok1 && ok2 {
			return high<<4 | low, 3
		}
	}
	if i := bytes.IndexByte([]byte(letters), text[0]); i >= 0 {
		return meanings[i], 1
	}
	return text[0], 1
}

// The letters behind a backslash that mean something, and what they mean.
const (
	letters  = "nrtba"
	meanings = "\n\r\t\b\a"
)

// digit returns the value of a hexadecimal digit.
func digit(c byte) (v byte, ok bool) {
	switch {
	case '0' <= c && c <= '9':
		return c - '0', true
	case 'a' <= c|0x20 && c|0x20 <= 'f':
		return c | 0x20 - 'a' + 10, true
	}
	return 0, false
}

func isBlank(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' }

// Append appends a word in double quotes, with all but printable ASCII escaped, as Redis's
// sdscatrepr does. Split reads it back.
func Append(dst, word []byte) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	for _, c := range word {
		i := bytes.IndexByte([]byte(meanings), c)
		switch {
		case i >= 0:
			dst = append(dst, '\\', letters[i])
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c < ' ' || c > '~':
			dst = append(dst, '\\', 'x', hex[c>>4], hex[c&15])
		default:
			dst = append(dst, c)
		}
	}
	return append(dst, '"')
}
