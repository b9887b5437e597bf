package command

import (
	"slices"
	"strings"
	"time"

	"github.com/msredis/msredis/internal/redisnum"
)

// Wait is how a command waits for keys. The command itself, with its handler in the
// store, is what it does without waiting: at its place in the log, and in a
// transaction.
type Wait struct {
	// Parse reads the arguments, whose number the command allows. ok is false
	// if the command does not wait, be it because something is wrong with its
	// arguments: then it is run as any other.
	Parse func(args [][]byte) (a Awaited, ok bool)
	// Only returns the arguments for a try of one key, which is ready.
	Only func(args [][]byte, key []byte) [][]byte
	// NeedsKey: where none of the keys exists there is nothing to be had, and
	// nothing else to be said.
	NeedsKey bool
	// Refusal makes of the error that a try ended with what the client is told; ""
	// if it waits on.
	Refusal func(text string) string
	// FromNow, if set, finds the arguments that stand for the last ID that a
	// stream has when the client begins to wait.
	FromNow func(args [][]byte) []LastID
	// Option, if set, reports whether the option is there without which the
	// command never waits. Scripts may not give it. Every other command that waits
	// does in a script what it does without waiting.
	Option func(args [][]byte) bool
}

// MayWait reports whether a command with these arguments waits if there is
// nothing.
func (w *Wait) MayWait(args [][]byte) bool {
	if w == nil {
		return false
	}
	_, ok := w.Parse(args)
	return ok
}

// Awaited is what a command waits for.
type Awaited struct {
	Keys    [][]byte
	Timeout time.Duration // 0: none
	Kind    string        // of the value, as TYPE prints it
	// Group sets apart clients of one key that may find different elements: those of the
	// consumer groups of a stream.
	Group string
	// Each: what serves one client is there for the others as well.
	Each bool
	// Gone: the client also wants to know that the key is gone or holds a value
	// of another kind.
	Gone bool
}

// LastID is an argument that stands for the last ID of a stream.
type LastID struct {
	At     int // its position
	Stream int // the position of the stream's key
}

// The kinds of values that clients wait for, as TYPE prints them.
const (
	kindList   = "list"
	kindZSet   = "zset"
	kindStream = "stream"
)

// The ways to wait, for the rows of the families.
var (
	WaitPopList  = waitPop(kindList)
	WaitPopZSet  = waitPop(kindZSet)
	WaitMPopList = waitMPop(kindList, "left", "right")
	WaitMPopZSet = waitMPop(kindZSet, "min", "max")
	WaitMove     = waitMove(5)
	WaitMoveTail = waitMove(3) // BRPOPLPUSH, which names no ends
	WaitStreams  = waitStreams(false)
	WaitGroup    = waitStreams(true)
)

// otherKind is the Refusal of a command that was not woken by a key of another
// kind: the client waits on.
func otherKind(text string) string {
	if strings.HasPrefix(text, "WRONGTYPE ") {
		return ""
	}
	return text
}

// anyError is the Refusal of a command for which every error is the answer.
func anyError(text string) string { return text }

// waitPop is the way of "BLPOP key [key ...] timeout".
func waitPop(kind string) *Wait {
	return &Wait{
		NeedsKey: true,
		Parse: func(args [][]byte) (a Awaited, ok bool) {
			last := len(args) - 1
			a.Keys, a.Kind = args[1:last], kind
			a.Timeout, ok = inSeconds(args[last])
			return a, ok
		},
		Only: func(args [][]byte, key []byte) [][]byte {
			return [][]byte{args[0], key, args[len(args)-1]}
		},
		Refusal: otherKind,
	}
}

// waitMPop is the way of "BLMPOP timeout numkeys key [key ...] <LEFT | RIGHT> [COUNT
// count]".
func waitMPop(kind, oneEnd, otherEnd string) *Wait {
	return &Wait{
		NeedsKey: true,
		Parse: func(args [][]byte) (a Awaited, ok bool) {
			n, isInt := redisnum.ParseInt(args[2])
			if !isInt || n <= 0 || n > int64(len(args)-4) {
				return a, false
			}
			rest := args[3+n:]
			if end := strings.ToLower(string(rest[0])); end != oneEnd && end != otherEnd {
				return a, false
			}
			if len(rest) > 1 {
				if len(rest) != 3 || !strings.EqualFold(string(rest[1]), "count") {
					return a, false
				}
				if count, isInt := redisnum.ParseInt(rest[2]); !isInt || count <= 0 {
					return a, false
				}
			}
			a.Keys, a.Kind = args[3:3+n], kind
			a.Timeout, ok = inSeconds(args[1])
			return a, ok
		},
		Only: func(args [][]byte, key []byte) [][]byte {
			n, _ := redisnum.ParseInt(args[2])
			return slices.Concat([][]byte{args[0], args[1], []byte("1"), key}, args[3+n:])
		},
		Refusal: otherKind,
	}
}

// waitMove is the form of "BLMOVE source destination <LEFT | RIGHT> <LEFT | RIGHT>
// timeout" and of the like without the ends. timeout is the position of the timeout.
func waitMove(timeout int) *Wait {
	return &Wait{
		NeedsKey: true,
		Parse: func(args [][]byte) (a Awaited, ok bool) {
			for _, end := range args[3:timeout] {
				if end := strings.ToLower(string(end)); end != "left" && end != "right" {
					return a, false
				}
			}
			a.Keys, a.Kind = args[1:2], kindList
			a.Timeout, ok = inSeconds(args[timeout])
			return a, ok
		},
		Only: func(args [][]byte, _ []byte) [][]byte { return args },
		// It was woken by a list, so it is the destination that is of another
		// kind: that ends the waiting.
		Refusal: anyError,
	}
}

// maxWait is the longest time that is told from for ever: some centuries.
const maxWait = 1 << 62 * time.Nanosecond

// inSeconds reads a timeout.
func inSeconds(arg []byte) (timeout time.Duration, ok bool) {
	ms, errText := SecondsTimeout(arg)
	return inMillis(ms), errText == ""
}

// inMillis makes a timeout of a number of milliseconds.
func inMillis(ms int64) time.Duration {
	if ms > int64(maxWait/time.Millisecond) {
		return maxWait
	}
	return time.Duration(ms) * time.Millisecond
}
