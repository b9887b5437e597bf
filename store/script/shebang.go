package script

import (
	"fmt"
	"strings"

	"github.com/msredis/msredis/internal/quoted"
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
	words, ok := quoted.Split(body[:end])
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
