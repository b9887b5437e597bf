package front

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/resp/reply"
)

// How much of a command is kept: Redis's own numbers.
const (
	logArgs   = 32  // arguments of an entry
	logArgLen = 128 // bytes of an argument
)

// logEntry is one command of a log.
type logEntry struct {
	id     int64
	at     time.Time
	value  int64    // what was too much: microseconds, or bytes
	args   [][]byte // trimmed copies
	addr   string
	client string // its name
}

// commandLogs are the logs of COMMANDLOG. SLOWLOG is about the first.
type commandLogs struct {
	slow          commandLog // a threshold in nanoseconds
	largeRequests commandLog // in bytes, like the next
	largeReplies  commandLog
}

// named returns the log that COMMANDLOG calls so, nil if there is none.
func (l *commandLogs) named(kind []byte) *commandLog {
	switch strings.ToLower(string(kind)) {
	case "slow":
		return &l.slow
	case "large-request":
		return &l.largeRequests
	case "large-reply":
		return &l.largeReplies
	}
	return nil
}

// commandLog keeps the last commands that took more than a threshold of something.
type commandLog struct {
	// threshold: a command with at least so much is logged; negative: none is.
	// Checked on the hot path, hence apart.
	threshold atomic.Int64

	mu      sync.Mutex
	entries []logEntry // the newest last
	limit   int
	nextID  int64
}

func (l *commandLog) wants(value int64) bool {
	limit := l.threshold.Load()
	return limit >= 0 && value >= limit
}

func (l *commandLog) setLimit(n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.limit = n
	l.trim()
}

// trim drops the oldest entries above the limit. The slice creeps forward in
// its array, which append reallocates now and then: amortised one move an entry.
func (l *commandLog) trim() {
	if drop := len(l.entries) - l.limit; drop > 0 {
		clear(l.entries[:drop])
		l.entries = l.entries[drop:]
	}
}

func (l *commandLog) add(at time.Time, value int64, args [][]byte, addr, client string) {
	trimmed := trimArgs(args)
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.limit == 0 {
		return
	}
	l.entries = append(l.entries, logEntry{
		id: l.nextID, at: at, value: value, args: trimmed, addr: addr, client: client,
	})
	l.nextID++
	l.trim()
}

// trimArgs copies what is kept of args.
func trimArgs(args [][]byte) [][]byte {
	kept := args
	if len(args) > logArgs {
		kept = args[:logArgs-1]
	}
	out := make([][]byte, 0, len(kept)+1)
	for _, a := range kept {
		if len(a) > logArgLen {
			out = append(out, fmt.Appendf(nil, "%s... (%d more bytes)", a[:logArgLen], len(a)-logArgLen))
			continue
		}
		out = append(out, append([]byte{}, a...))
	}
	if more := len(args) - len(kept); more > 0 {
		out = append(out, fmt.Appendf(nil, "... (%d more arguments)", more))
	}
	return out
}

// newest returns up to n entries, the newest first.
func (l *commandLog) newest(n int) []logEntry {
	l.mu.Lock()
	defer l.mu.Unlock()
	n = min(n, len(l.entries))
	out := make([]logEntry, n)
	for i := range out {
		out[i] = l.entries[len(l.entries)-1-i]
	}
	return out
}

func (l *commandLog) len() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.entries)
}

func (l *commandLog) reset() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.entries = nil
}

// wireBytes is the length of a command as it came.
func wireBytes(args [][]byte) int64 {
	n := int64(3 + digits(len(args)))
	for _, a := range args {
		n += int64(5 + digits(len(a)) + len(a))
	}
	return n
}

// maxWireFactor is how many times longer an argument that is not empty is on the wire.
const maxWireFactor = 7

func digits(n int) int {
	d := 1
	for ; n > 9; n /= 10 {
		d++
	}
	return d
}

// noteSize enters a command into the logs of large requests and replies.
func (s *Session) noteSize(cmd *command.Command, args [][]byte, replied int, now time.Time) {
	if cmd.Flags&command.SkipSlowlog != 0 {
		return
	}
	logs := &s.srv.logs
	if n := wireBytes(args); logs.largeRequests.wants(n) {
		logs.largeRequests.add(now, n, redact(cmd, args), s.conn.RemoteAddr(), s.clientName())
	}
	if n := int64(replied); logs.largeReplies.wants(n) {
		logs.largeReplies.add(now, n, redact(cmd, args), s.conn.RemoteAddr(), s.clientName())
	}
}

// mayBeLarge reports whether a call of the unit may be in these logs. Of most units
// none is.
func (s *Session) mayBeLarge() bool {
	logs, u := &s.srv.logs, s.unit
	return logs.largeReplies.wants(int64(len(u.W.Buf)-s.base)) ||
		logs.largeRequests.wants(int64(maxWireFactor*(u.Bytes+len(u.Calls))))
}

// noteSizes is noteSize for the calls of the unit.
func (s *Session) noteSizes(now time.Time) {
	out := s.unit.W.Buf[min(s.base, len(s.unit.W.Buf)):]
	if sent, _ := s.unit.W.Sent(); sent > 0 {
		// Its parts are gone, so the sizes in a transaction are not known.
		if call := &s.unit.Calls[0]; call.Tx == nil {
			s.noteSize(call.Cmd, call.Args, sent+len(out), now)
		}
		return
	}
	for i := range s.unit.Calls {
		call := &s.unit.Calls[i]
		size := reply.Len(out)
		n, elements, ran := openArray(out[:size])
		out = out[size:]
		switch {
		case call.Cmd == nil:
		case call.Tx == nil:
			s.noteSize(call.Cmd, call.Args, size, now)
		case ran && n == len(call.Tx.Calls):
			for j := range call.Tx.Calls {
				inner := &call.Tx.Calls[j]
				size := reply.Len(elements)
				s.noteSize(inner.Cmd, inner.Args, size, now)
				elements = elements[size:]
			}
		}
	}
}
