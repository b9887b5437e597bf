package command

import (
	"slices"
	"strings"
	"time"

	"github.com/msredis/msredis/internal/redisnum"
)

// waitStreams is the way of XREAD and XREADGROUP, which wait if they are told to
// (BLOCK). XREAD is a read: what wakes one client is there for all. Of the
// consumers of a group one gets it, as with lists; and they are told when their
// group is gone.
func waitStreams(group bool) *Wait {
	w := &Wait{
		Parse: func(args [][]byte) (a Awaited, ok bool) {
			r, ok := parseReading(args, group)
			a.Keys, a.Timeout = args[r.streams:r.streams+r.n], r.timeout
			a.Kind, a.Group, a.Each, a.Gone = kindStream, r.group, !group, group
			return a, ok && r.block
		},
		Only: func(args [][]byte, key []byte) [][]byte {
			r, _ := parseReading(args, group)
			i := r.streams
			for string(args[i]) != string(key) {
				i++
			}
			return slices.Concat(args[:r.streams], [][]byte{key, args[i+r.n]})
		},
		Refusal: otherKind,
		Option:  hasBlock,
	}
	if group { // what it waits for may be gone: any error is its answer, as since Redis 7.2
		w.Refusal = anyError
	} else {
		w.FromNow = fromNow
	}
	return w
}

// reading has the arguments of XREAD and XREADGROUP that matter here. streams is the
// position of the first of n names. The IDs follow them.
type reading struct {
	group      string
	block      bool
	timeout    time.Duration
	streams, n int
}

// parseReading reads the arguments. ok is false if the command would answer an
// error because of their form.
func parseReading(args [][]byte, group bool) (r reading, ok bool) {
	for i := 1; i < len(args); i++ {
		more := len(args) - 1 - i
		switch option := strings.ToLower(string(args[i][:min(len(args[i]), len("streams")+1)])); {
		case option == "block" && more > 0:
			i++
			ms, errText := MillisTimeout(args[i])
			if errText != "" {
				return reading{}, false
			}
			r.block, r.timeout = true, inMillis(ms)
		case option == "count" && more > 0:
			i++
			if _, isInt := redisnum.ParseInt(args[i]); !isInt {
				return reading{}, false
			}
		case option == "streams" && more > 0:
			if more%2 != 0 || group && r.group == "" {
				return reading{}, false
			}
			r.streams, r.n = i+1, more/2
			return r, true
		case option == "group" && group && more > 1:
			r.group = "g" + string(args[i+1]) // not empty, whatever its name
			i += 2
		case option == "noack" && group:
		default:
			return reading{}, false
		}
	}
	return reading{}, false
}

// fromNow finds the IDs "$" of an XREAD: what the client waits for is what comes
// after it has begun to.
func fromNow(args [][]byte) (list []LastID) {
	r, _ := parseReading(args, false)
	for i := r.streams + r.n; i < len(args); i++ {
		if string(args[i]) == "$" {
			list = append(list, LastID{At: i, Stream: i - r.n})
		}
	}
	return list
}

// hasBlock reports whether XREAD or XREADGROUP has the option BLOCK, which comes
// before STREAMS.
func hasBlock(args [][]byte) bool {
	for _, a := range args[1:] {
		switch {
		case Is(a, "BLOCK"):
			return true
		case Is(a, "STREAMS"):
			return false
		}
	}
	return false
}
