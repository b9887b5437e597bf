package front

import "strings"

// redact replaces the secrets among the arguments of a command, for the slow
// log, as Redis does.
func redact(name string, args [][]byte) [][]byte {
	var secret func(i int) bool
	switch name {
	case "auth":
		secret = func(i int) bool { return i > 0 }
	case "acl|setuser", "acl|deluser", "acl|getuser":
		secret = func(i int) bool { return i > 1 }
	case "hello":
		secret = func(i int) bool {
			return i > 2 && behind(args, i, 1, "auth") || i > 3 && behind(args, i, 2, "auth")
		}
	case "migrate":
		keys := len(args)
		for i := 6; i < keys; i++ {
			switch {
			case behind(args, i+1, 1, "auth"):
				i++
			case behind(args, i+1, 1, "auth2"):
				i += 2
			case behind(args, i+1, 1, "keys"):
				keys = i
			}
		}
		secret = func(i int) bool {
			return i < keys && (i > 6 && behind(args, i, 1, "auth") ||
				i > 6 && behind(args, i, 1, "auth2") || i > 7 && behind(args, i, 2, "auth2"))
		}
	case "config|set":
		secret = func(i int) bool {
			return i > 2 && i%2 == 1 && secretOption(string(args[i-1]))
		}
	default:
		return args
	}
	out := make([][]byte, len(args))
	for i := range args {
		if out[i] = args[i]; secret(i) {
			out[i] = []byte("(redacted)")
		}
	}
	return out
}

// behind reports whether args[i] stands n places behind a word.
func behind(args [][]byte, i, n int, word string) bool {
	return strings.EqualFold(string(args[i-n]), word)
}

func secretOption(name string) bool {
	switch strings.ToLower(name) {
	case "requirepass", "masterauth", "masteruser", "tls-key-file-pass", "tls-client-key-file-pass":
		return true
	}
	return false
}
