package front

import (
	"slices"
	"strings"
	"time"

	"github.com/msredis/msredis/internal/blocking"
	"github.com/msredis/msredis/internal/redisnum"
	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/resp/reply"
)

const kindStream = "stream"

// streamForm is that of XREAD and XREADGROUP, which wait if they are told to
// (BLOCK). XREAD is a read: what wakes one client is there for all. Of the
// consumers of a group one gets it, as with lists; and they are told when their
// group is gone.
func streamForm(group bool) *waitForm {
	f := &waitForm{
		parse: func(args [][]byte) (w wait, ok bool) {
			r, ok := parseReading(args, group)
			w.keys, w.timeout = args[r.streams:r.streams+r.n], r.timeout
			w.want = blocking.Want{Kind: kindStream, Group: r.group, Each: !group, Gone: group}
			return w, ok && r.block
		},
		only: func(args [][]byte, key []byte) [][]byte {
			r, _ := parseReading(args, group)
			i := r.streams
			for string(args[i]) != string(key) {
				i++
			}
			return slices.Concat(args[:r.streams], [][]byte{key, args[i+r.n]})
		},
	}
	if group {
		f.retry = groupOutcome
	} else {
		f.prepare = resolveDollars
	}
	return f
}

// reading is what matters here of the arguments of XREAD and XREADGROUP: streams
// is the position of the first of n names; the IDs follow them.
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
			ms, errText := command.MillisTimeout(args[i])
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

// resolveDollars replaces the IDs "$" of an XREAD by those that they stand for
// now: what the client waits for is what comes after it has begun to.
func resolveDollars(b *blocked, db int) (errText string) {
	r, _ := parseReading(b.args, false)
	s := b.session
	u := &command.Unit{Client: s.id}
	var at []int
	for i := r.streams + r.n; i < len(b.args); i++ {
		if string(b.args[i]) == "$" {
			at = append(at, i)
			u.Calls = append(u.Calls, command.Call{
				Cmd: s.srv.table.Named("xinfo|stream"), DB: db,
				Args: [][]byte{[]byte("XINFO"), []byte("STREAM"), b.args[i-r.n]},
			})
		}
	}
	if len(at) == 0 {
		return ""
	}
	if err := s.srv.backend.Read(u); err != nil {
		return failureText(err)
	}
	args := slices.Clone(b.args)
	rest := u.W.Buf
	for _, i := range at {
		size := replyLen(rest)
		if id := lastID(rest[:size]); id != nil {
			args[i] = id
		}
		rest = rest[size:]
	}
	b.args = args
	return ""
}

// lastID finds the last ID of a stream in the reply to XINFO STREAM. Of a key
// that does not exist it is 0-0; of one that holds something else, nil.
func lastID(info []byte) []byte {
	if len(info) > 0 && info[0] == '-' {
		if errorText(info) == reply.ErrNoSuchKey {
			return []byte("0-0")
		}
		return nil
	}
	_, rest, _ := openArray(info)
	for len(rest) > 0 {
		name := bulkText(rest[:replyLen(rest)])
		rest = rest[replyLen(rest):]
		size := replyLen(rest)
		if string(name) == "last-generated-id" {
			return slices.Clone(bulkText(rest[:size]))
		}
		rest = rest[size:]
	}
	return nil
}

// groupOutcome makes of the reply to the try of a consumer what it is told.
func groupOutcome(r []byte, gone bool) []byte {
	switch text := errorText(r); {
	case r[0] != '-':
		return r
	case strings.HasPrefix(text, "WRONGTYPE "), gone && strings.HasPrefix(text, "NOGROUP "):
		return errorReply(reply.ErrStreamGone)
	case strings.HasPrefix(text, "NOGROUP "):
		return errorReply(reply.ErrGroupGone)
	}
	return r
}
