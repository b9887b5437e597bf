package front

import (
	"bytes"
	"slices"
	"strings"
	"time"

	"github.com/msredis/msredis/internal/blocking"
	"github.com/msredis/msredis/internal/redisnum"
	"github.com/msredis/msredis/resp/command"
)

// waitForm is how a command waits. The command itself, with its handler in the
// store, is what it does without waiting: at its place in the log, and in a
// transaction.
type waitForm struct {
	// parse reads the arguments, whose number the command allows. ok is false
	// if the command does not wait, be it because something is wrong with its
	// arguments: then it is run as any other.
	parse func(args [][]byte) (w wait, ok bool)
	// only returns the arguments for a try of one key, which is ready.
	only func(args [][]byte, key []byte) [][]byte
	// needsKey: where none of the keys exists there is nothing to be had, and
	// nothing else to be said.
	needsKey bool
	// prepare, if set, is called before the first try. It may change b.args, and
	// returns the error if there is one.
	prepare func(b *blocked, db int) (errText string)
	// retry, if set, makes of the reply to a try, which is not null, what the
	// client is told; nil if it waits on. Without it, the client waits on when
	// the key holds a value of another kind, as it would not have been woken.
	// gone tells that it was woken because the key was gone.
	retry func(reply []byte, gone bool) []byte
}

// mayWait reports whether a command with these arguments waits if there is
// nothing.
func (f *waitForm) mayWait(args [][]byte) bool {
	if f == nil {
		return false
	}
	_, ok := f.parse(args)
	return ok
}

// wait is what a command waits for.
type wait struct {
	keys    [][]byte
	want    blocking.Want
	timeout time.Duration // 0: none
}

// The kinds of values that clients wait for, as TYPE prints them.
const (
	kindList = "list"
	kindZSet = "zset"
)

// waitForms are the commands that wait, by name.
var waitForms = map[string]*waitForm{
	"blpop":      popForm(kindList),
	"brpop":      popForm(kindList),
	"bzpopmin":   popForm(kindZSet),
	"bzpopmax":   popForm(kindZSet),
	"blmpop":     mpopForm(kindList, "left", "right"),
	"bzmpop":     mpopForm(kindZSet, "min", "max"),
	"blmove":     moveForm(5),
	"brpoplpush": moveForm(3),
	"xread":      streamForm(false),
	"xreadgroup": streamForm(true),
}

// popForm is that of "BLPOP key [key ...] timeout".
func popForm(kind string) *waitForm {
	return &waitForm{
		needsKey: true,
		parse: func(args [][]byte) (w wait, ok bool) {
			last := len(args) - 1
			w.keys, w.want.Kind = args[1:last], kind
			w.timeout, ok = inSeconds(args[last])
			return w, ok
		},
		only: func(args [][]byte, key []byte) [][]byte {
			return [][]byte{args[0], key, args[len(args)-1]}
		},
	}
}

// mpopForm is that of "BLMPOP timeout numkeys key [key ...] <LEFT | RIGHT> [COUNT
// count]".
func mpopForm(kind, oneEnd, otherEnd string) *waitForm {
	return &waitForm{
		needsKey: true,
		parse: func(args [][]byte) (w wait, ok bool) {
			n, isInt := redisnum.ParseInt(args[2])
			if !isInt || n <= 0 || n > int64(len(args)-4) {
				return w, false
			}
			rest := args[3+n:]
			if end := strings.ToLower(string(rest[0])); end != oneEnd && end != otherEnd {
				return w, false
			}
			if len(rest) > 1 {
				if len(rest) != 3 || !strings.EqualFold(string(rest[1]), "count") {
					return w, false
				}
				if count, isInt := redisnum.ParseInt(rest[2]); !isInt || count <= 0 {
					return w, false
				}
			}
			w.keys, w.want.Kind = args[3:3+n], kind
			w.timeout, ok = inSeconds(args[1])
			return w, ok
		},
		only: func(args [][]byte, key []byte) [][]byte {
			n, _ := redisnum.ParseInt(args[2])
			return slices.Concat([][]byte{args[0], args[1], []byte("1"), key}, args[3+n:])
		},
	}
}

// moveForm is that of "BLMOVE source destination <LEFT | RIGHT> <LEFT | RIGHT>
// timeout" and of the like without the ends; timeout is the position of it.
func moveForm(timeout int) *waitForm {
	return &waitForm{
		needsKey: true,
		parse: func(args [][]byte) (w wait, ok bool) {
			for _, end := range args[3:timeout] {
				if end := strings.ToLower(string(end)); end != "left" && end != "right" {
					return w, false
				}
			}
			w.keys, w.want.Kind = args[1:2], kindList
			w.timeout, ok = inSeconds(args[timeout])
			return w, ok
		},
		only: func(args [][]byte, _ []byte) [][]byte { return args },
		// It was woken by a list, so it is the destination that is of another
		// kind: that ends the waiting.
		retry: func(reply []byte, _ bool) []byte { return reply },
	}
}

// maxWait is the longest time that is told from for ever: some centuries.
const maxWait = 1 << 62 * time.Nanosecond

// inSeconds reads a timeout.
func inSeconds(arg []byte) (timeout time.Duration, ok bool) {
	ms, errText := command.SecondsTimeout(arg)
	return inMillis(ms), errText == ""
}

// inMillis makes a timeout of a number of milliseconds.
func inMillis(ms int64) time.Duration {
	if ms > int64(maxWait/time.Millisecond) {
		return maxWait
	}
	return time.Duration(ms) * time.Millisecond
}

var wrongType = []byte("-WRONGTYPE ")

// outcome makes of the reply to a try what the client is told, nil if it waits
// on.
func (f *waitForm) outcome(reply []byte, gone bool) []byte {
	switch {
	case isNull(reply):
		return nil
	case f.retry != nil:
		return f.retry(reply, gone)
	case bytes.HasPrefix(reply, wrongType):
		return nil
	}
	return reply
}

// isNull reports whether a reply is one of the three nulls.
func isNull(reply []byte) bool {
	return len(reply) > 0 && (reply[0] == '_' || len(reply) > 2 && reply[1] == '-' && (reply[0] == '*' || reply[0] == '$'))
}
