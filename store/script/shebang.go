package script

import (
	"fmt"
	"strings"

	"github.com/msredis/msredis/resp/reply"
)

// shebang is the first line of a script.
type shebang struct {
	flags  flags
	length int // of the line, without its end
}

// parseEval reads the first line of a script for EVAL, which need not have one.
func parseEval(body string) (s shebang, errText string) {
	if !strings.HasPrefix(body, "#!") {
		return shebang{flags: flagCompat}, ""
	}
	end := strings.IndexByte(body, '\n')
	if end < 0 {
		return s, reply.ErrScriptShebang
	}
	s.length = end
	words, ok := splitArgs(body[:end])
	if !ok || len(words) == 0 {
		return s, reply.ErrScriptEngine
	}
	if words[0] != "#!lua" {
		return s, fmt.Sprintf(reply.ErrScriptEngineIs, words[0])
	}
	for _, word := range words[1:] {
		list, ok := strings.CutPrefix(word, "flags=")
		if !ok {
			return s, fmt.Sprintf(reply.ErrScriptOption, word)
		}
		for _, name := range strings.Split(list, ",") {
			if list == "" {
				break
			}
			f, ok := flagOf(name)
			if !ok {
				return s, fmt.Sprintf(reply.ErrScriptFlag, name)
			}
			s.flags |= f
		}
	}
	return s, ""
}

// splitArgs is Redis's sdssplitargs: words, perhaps in quotes.
func splitArgs(line string) (words []string, ok bool) {
	i := 0
	for {
		for i < len(line) && isSpace(line[i]) {
			i++
		}
		if i == len(line) {
			return words, true
		}
		var b strings.Builder
		quote := byte(0)
		for ; ; i++ {
			if i == len(line) {
				if quote != 0 {
					return nil, false
				}
				break
			}
			c := line[i]
			switch {
			case quote == 0 && isSpace(c):
			case quote == 0 && (c == '"' || c == '\''):
				quote = c
				continue
			case quote != 0 && c == '\\' && i+1 < len(line) && (quote == '"' || line[i+1] == '\''):
				i++
				b.WriteByte(unescaped(line[i]))
				continue
			case quote != 0 && c == quote:
				if i+1 < len(line) && !isSpace(line[i+1]) {
					return nil, false
				}
				i++
				quote = 0
			default:
				b.WriteByte(c)
				continue
			}
			break
		}
		words = append(words, b.String())
	}
}

func unescaped(c byte) byte {
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

func isSpace(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' }
