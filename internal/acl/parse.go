package acl

import (
	"bytes"
	"fmt"
)

// Parse returns the user of a line that User.Line has made. A rule may name a command
// that this version does not know. It is kept and has no effect: for a time, nodes of two
// versions have the same users.
func Parse(line string, b *Rulebook) (*User, error) {
	words := bytes.Split([]byte(line), []byte(" "))
	if len(words) < 2 || string(words[0]) != "user" {
		return nil, fmt.Errorf("acl: no line of a user: %q", line)
	}
	merged, err := merge(words[2:])
	if err != nil {
		return nil, err
	}
	c := change{User: New(string(words[1]), b, false), book: b, lenient: true}
	for _, rule := range merged {
		if reason := c.apply(rule); reason != "" {
			return nil, &RuleError{string(text(rule)), reason}
		}
	}
	c.finish(b)
	return c.User, nil
}

// splitArgs cuts a text into words as Redis cuts lines of its configuration: words may be
// quoted. It is not ok if a quote is not closed, or a word goes on behind it.
func splitArgs(s []byte) (words [][]byte, ok bool) {
	for {
		for len(s) > 0 && isSpace(s[0]) {
			s = s[1:]
		}
		if len(s) == 0 {
			return words, true
		}
		word := []byte{}
		for len(s) > 0 && !isSpace(s[0]) {
			if s[0] != '"' && s[0] != '\'' {
				word, s = append(word, s[0]), s[1:]
				continue
			}
			if word, s, ok = unquote(word, s); !ok {
				return nil, false
			}
		}
		words = append(words, word)
	}
}

func isSpace(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' }

// unquote appends what is quoted at the beginning of s to word, and returns the rest of s.
func unquote(word, s []byte) (_, rest []byte, ok bool) {
	quote, i := s[0], 1
	for ; i < len(s) && s[i] != quote; i++ {
		if s[i] != '\\' || i+1 == len(s) {
			word = append(word, s[i])
			continue
		}
		switch next := s[i+1]; {
		case quote == '\'' && next != '\'':
			word = append(word, '\\')
			continue
		case next == 'x' && i+3 < len(s) && isHex(s[i+2]) && isHex(s[i+3]):
			word = append(word, unhex(s[i+2])<<4|unhex(s[i+3]))
			i += 3
			continue
		default:
			word = append(word, unescape(next))
		}
		i++
	}
	if i == len(s) || i+1 < len(s) && !isSpace(s[i+1]) {
		return nil, nil, false
	}
	return word, s[i+1:], true
}

func unescape(c byte) byte {
	switch c {
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	case 'b':
		return '\b'
	case 'a':
		return '\a'
	}
	return c
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

func unhex(c byte) byte {
	switch {
	case c >= 'a':
		return c - 'a' + 10
	case c >= 'A':
		return c - 'A' + 10
	}
	return c - '0'
}
