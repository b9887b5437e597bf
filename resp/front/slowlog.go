package front

import (
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// How much of a slow command is kept: Redis's own numbers.
const (
	slowlogArgs   = 32  // arguments of an entry
	slowlogArgLen = 128 // bytes of an argument
)

// slowEntry is one command of the slow log.
type slowEntry struct {
	id     int64
	at     time.Time
	took   time.Duration
	args   [][]byte // trimmed copies
	addr   string
	client string // its name
}

// slowlog keeps the last commands that took longer than the threshold.
type slowlog struct {
	// threshold in nanoseconds: what takes at least that long is logged;
	// negative: nothing is. Checked on the hot path, hence apart.
	threshold atomic.Int64

	mu      sync.Mutex
	entries []slowEntry // the newest last
	limit   int
	nextID  int64
}

func (l *slowlog) wants(took time.Duration) bool {
	limit := l.threshold.Load()
	return limit >= 0 && int64(took) >= limit
}

func (l *slowlog) setLimit(n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.limit = n
	l.trim()
}

// trim drops the oldest entries above the limit. The slice creeps forward in
// its array, which append reallocates now and then: amortised one move an entry.
func (l *slowlog) trim() {
	if drop := len(l.entries) - l.limit; drop > 0 {
		clear(l.entries[:drop])
		l.entries = l.entries[drop:]
	}
}

func (l *slowlog) add(at time.Time, took time.Duration, args [][]byte, addr, client string) {
	trimmed := trimArgs(args)
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.limit == 0 {
		return
	}
	l.entries = append(l.entries, slowEntry{
		id: l.nextID, at: at, took: took, args: trimmed, addr: addr, client: client,
	})
	l.nextID++
	l.trim()
}

// trimArgs copies what is kept of args.
func trimArgs(args [][]byte) [][]byte {
	kept := args
	if len(args) > slowlogArgs {
		kept = args[:slowlogArgs-1]
	}
	out := make([][]byte, 0, len(kept)+1)
	for _, a := range kept {
		if len(a) > slowlogArgLen {
			out = append(out, fmt.Appendf(nil, "%s... (%d more bytes)", a[:slowlogArgLen], len(a)-slowlogArgLen))
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
func (l *slowlog) newest(n int) []slowEntry {
	l.mu.Lock()
	defer l.mu.Unlock()
	n = min(n, len(l.entries))
	out := make([]slowEntry, n)
	for i := range out {
		out[i] = l.entries[len(l.entries)-1-i]
	}
	return out
}

func (l *slowlog) len() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.entries)
}

func (l *slowlog) reset() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.entries = nil
}
