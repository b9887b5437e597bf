package resp

import "bytes"

// splitInline cuts an inline command into arguments by the rules of Redis's
// sdssplitargs. Arguments are words between spaces. Double quotes take the escapes \n
// \r \t \b \a \xHH, single quotes \' alone. It returns false if quotes are not closed
// or are followed by anything but space.
func splitInline(line []byte) (args [][]byte, ok bool) {
	i := 0
	for {
		for i < len(line) && isSpace(line[i]) {
			i++
		}
		if i == len(line) {
			return args, true
		}
		var arg []byte
		if arg, i, ok = inlineArg(line, i); !ok {
			return nil, false
		}
		args = append(args, arg)
	}
}

// inlineArg reads one argument from position i on. Quotes may begin in the
// middle of it.
func inlineArg(line []byte, i int) (arg []byte, next int, ok bool) {
	arg = []byte{}
	for i < len(line) && !isSpace(line[i]) {
		switch line[i] {
		case '"':
			arg, i, ok = doubleQuoted(arg, line, i+1)
		case '\'':
			arg, i, ok = singleQuoted(arg, line, i+1)
		default:
			arg = append(arg, line[i])
			i++
			continue
		}
		if !ok || i < len(line) && !isSpace(line[i]) {
			return nil, 0, false
		}
	}
	return arg, i, true
}

func doubleQuoted(arg, line []byte, i int) ([]byte, int, bool) {
	for ; i < len(line); i++ {
		switch {
		case line[i] == '"':
			return arg, i + 1, true
		case line[i] == '\\' && i+3 < len(line) && line[i+1] == 'x' && isHex(line[i+2]) && isHex(line[i+3]):
			arg = append(arg, hexValue(line[i+2])<<4|hexValue(line[i+3]))
			i += 3
		case line[i] == '\\' && i+1 < len(line):
			i++
			c := line[i]
			if at := bytes.IndexByte([]byte("nrtba"), c); at >= 0 {
				c = "\n\r\t\b\a"[at]
			}
			arg = append(arg, c)
		default:
			arg = append(arg, line[i])
		}
	}
	return nil, 0, false
}

func singleQuoted(arg, line []byte, i int) ([]byte, int, bool) {
	for ; i < len(line); i++ {
		switch {
		case line[i] == '\'':
			return arg, i + 1, true
		case line[i] == '\\' && i+1 < len(line) && line[i+1] == '\'':
			i++
			arg = append(arg, '\'')
		default:
			arg = append(arg, line[i])
		}
	}
	return nil, 0, false
}

func isSpace(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' }

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'f'
}

func hexValue(c byte) byte {
	if c <= '9' {
		return c - '0'
	}
	return c | 0x20 - 'a' + 10
}
