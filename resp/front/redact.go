package front

import (
	"strings"

	"github.com/msredis/msredis/internal/options"
	"github.com/msredis/msredis/resp/command"
)

// redact replaces the secrets among the arguments of a command, for the slow
// log and for monitors, as Redis does.
func redact(cmd *command.Command, args [][]byte) [][]byte {
	if cmd.Secrets == nil {
		return args
	}
	secret := cmd.Secrets(args)
	out := make([][]byte, len(args))
	for i := range args {
		if out[i] = args[i]; secret(i) {
			out[i] = []byte("(redacted)")
		}
	}
	return out
}

// secretsFrom is for commands of which the arguments from the first on are secrets.
func secretsFrom(first int) func([][]byte) func(int) bool {
	return func([][]byte) func(int) bool { return func(i int) bool { return i >= first } }
}

func helloSecrets(args [][]byte) func(i int) bool {
	return func(i int) bool {
		return i > 2 && behind(args, i, 1, "auth") || i > 3 && behind(args, i, 2, "auth")
	}
}

func migrateSecrets(args [][]byte) func(i int) bool {
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
	return func(i int) bool {
		return i < keys && (i > 6 && behind(args, i, 1, "auth") ||
			i > 6 && behind(args, i, 1, "auth2") || i > 7 && behind(args, i, 2, "auth2"))
	}
}

func configSetSecrets(args [][]byte) func(i int) bool {
	return func(i int) bool {
		return i > 2 && i%2 == 1 && options.Secret(string(args[i-1]))
	}
}

// behind reports whether args[i] stands n places behind a word.
func behind(args [][]byte, i, n int, word string) bool {
	return strings.EqualFold(string(args[i-n]), word)
}
