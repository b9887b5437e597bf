package compat

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// splitArgs splits a command line as redis-cli does: words, "strings" with escapes and
// 'strings'. A bare word may be a generator. @repeat(x,1048576) is one, @unix(+60) and
// @unixms(-5) are others (the test's clock, in seconds or milliseconds). <name> is a
// value captured from an earlier reply. vars nil: leave them alone.
func splitArgs(line string, vars Vars) ([]string, error) {
	var args []string
	for {
		line = strings.TrimLeft(line, " \t")
		if line == "" {
			return args, nil
		}
		arg, rest, err := nextArg(line, vars)
		if err != nil {
			return nil, err
		}
		if rest != "" && rest[0] != ' ' && rest[0] != '\t' {
			return nil, fmt.Errorf("no space behind %q", arg)
		}
		args, line = append(args, arg), rest
	}
}

func nextArg(line string, vars Vars) (arg, rest string, err error) {
	switch line[0] {
	case '"':
		return unquote(line)
	case '\'':
		arg, rest, ok := strings.Cut(line[1:], "'")
		if !ok {
			return "", "", fmt.Errorf("unbalanced quotes in %q", line)
		}
		return arg, rest, nil
	case '@':
		if arg, rest, ok, err := generate(line); ok || err != nil {
			return arg, rest, err
		}
	}
	end := strings.IndexAny(line, " \t")
	if end < 0 {
		end = len(line)
	}
	arg, rest = line[:end], line[end:]
	if name, ok := varName(arg); ok && vars != nil {
		v, bound := vars[name]
		if !bound {
			return "", "", fmt.Errorf("%s was not captured by an earlier reply", arg)
		}
		arg = v
	}
	return arg, rest, nil
}

// unquote reads a "string" at the start of s.
func unquote(s string) (text, rest string, err error) {
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"':
			return b.String(), s[i+1:], nil
		case c == '\\' && i+1 < len(s):
			i++
			switch s[i] {
			case 'n':
				b.WriteByte('\n')
			case 'r':
				b.WriteByte('\r')
			case 't':
				b.WriteByte('\t')
			case 'a':
				b.WriteByte('\a')
			case 'b':
				b.WriteByte('\b')
			case 'x':
				var x byte
				if i+2 >= len(s) {
					return "", "", fmt.Errorf("bad escape in %q", s)
				}
				if _, err := fmt.Sscanf(s[i+1:i+3], "%02x", &x); err != nil {
					return "", "", fmt.Errorf("bad escape in %q", s)
				}
				b.WriteByte(x)
				i += 2
			default:
				b.WriteByte(s[i])
			}
		default:
			b.WriteByte(c)
		}
	}
	return "", "", fmt.Errorf("unbalanced quotes in %q", s)
}

func varName(s string) (string, bool) {
	if len(s) > 2 && s[0] == '<' && s[len(s)-1] == '>' && plainWord(s[1:len(s)-1]) {
		return s[1 : len(s)-1], true
	}
	return "", false
}

// generate expands a generator at the start of s; ok is false if there is none.
func generate(s string) (text, rest string, ok bool, err error) {
	name, arg, found := strings.Cut(s, "(")
	if !found || (name != "@repeat" && name != "@unix" && name != "@unixms") {
		return "", s, false, nil
	}
	body, rest, err := generatorArgs(arg)
	if err != nil {
		return "", "", true, fmt.Errorf("generator %q: %w", s, err)
	}
	if name == "@repeat" {
		if len(body) != 2 {
			return "", "", true, fmt.Errorf("@repeat(text,count) has two arguments")
		}
		n, err := strconv.Atoi(body[1])
		if err != nil || n < 0 || n*len(body[0]) > 1<<29 {
			return "", "", true, fmt.Errorf("@repeat: bad count %q", body[1])
		}
		return strings.Repeat(body[0], n), rest, true, nil
	}
	offset, err := strconv.ParseInt(body[0], 10, 64)
	now := time.Now()
	if name == "@unix" {
		return strconv.FormatInt(now.Unix()+offset, 10), rest, true, err
	}
	return strconv.FormatInt(now.UnixMilli()+offset, 10), rest, true, err
}

func generatorArgs(s string) (args []string, rest string, err error) {
	for {
		var arg string
		if strings.HasPrefix(s, `"`) {
			if arg, s, err = unquote(s); err != nil {
				return nil, "", err
			}
		} else {
			end := strings.IndexAny(s, ",)")
			if end < 0 {
				return nil, "", fmt.Errorf("no closing bracket")
			}
			arg, s = s[:end], s[end:]
		}
		args = append(args, arg)
		if s == "" {
			return nil, "", fmt.Errorf("no closing bracket")
		}
		end := s[0]
		s = s[1:]
		if end == ')' {
			return args, s, nil
		}
	}
}
