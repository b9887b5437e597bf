package front

import (
	"math/bits"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/msredis/msredis/resp/command"
)

// stats counts what the sessions of a server do.
type stats struct {
	commands  []commandStats // by command.ID
	errors    errorStats
	pipelines sizes
}

// commandStats are the figures of one command.
//
// A call's latency is what its client waited for: the time of its unit, from the
// pipeline's arrival to its replies. Its cost is an even share among the calls of the
// unit. If one of them writes, it is a share of that time. Else it is a share of the
// time in the store, which other clients' reads share. Clocks are read once per unit,
// not per call: a clock costs about as much as a GET.
type commandStats struct {
	calls    atomic.Uint64
	nanos    atomic.Uint64 // sum of the costs
	rejected atomic.Uint64 // refused before they ran
	failed   atomic.Uint64 // ran and answered an error
	latency  histogram
}

func newStats(commands int) *stats {
	return &stats{commands: make([]commandStats, commands)}
}

func (s *stats) of(cmd *command.Command) *commandStats { return &s.commands[cmd.ID] }

// ran adds n calls of one command that shared a unit.
func (c *commandStats) ran(n int, cost, latency time.Duration) {
	c.calls.Add(uint64(n))
	c.nanos.Add(uint64(max(cost, 0)) * uint64(n))
	c.latency.add(latency, uint64(n))
}

// totalCalls returns the calls of all commands, and what they cost.
func (s *stats) totalCalls() (n, nanos uint64) {
	for i := range s.commands {
		n += s.commands[i].calls.Load()
		nanos += s.commands[i].nanos.Load()
	}
	return n, nanos
}

// reset is CONFIG RESETSTAT.
func (s *stats) reset() {
	for i := range s.commands {
		c := &s.commands[i]
		c.calls.Store(0)
		c.nanos.Store(0)
		c.rejected.Store(0)
		c.failed.Store(0)
		c.latency.reset()
	}
	s.errors.reset()
	s.pipelines.reset()
}

// maxErrorCodes bounds the codes that are counted apart, as Redis 7.2 does: a
// code can come from a client (a script's error_reply).
const maxErrorCodes = 128

// errorStats counts error replies by their code, the first word.
type errorStats struct {
	mu     sync.Mutex
	total  uint64
	counts map[string]uint64
}

func (e *errorStats) add(text string) { e.addN(text, 1) }

// addN is add for n errors at once. A negative n takes back errors that were added
// before.
func (e *errorStats) addN(text string, n int) {
	code, _, _ := strings.Cut(text, " ")
	e.mu.Lock()
	defer e.mu.Unlock()
	had, known := e.counts[code]
	if n < 0 {
		back := min(uint64(-n), had) // CONFIG RESETSTAT may have come in between
		if e.total -= back; had == back {
			delete(e.counts, code)
		} else {
			e.counts[code] = had - back
		}
		return
	}
	e.total += uint64(n)
	if e.counts == nil {
		e.counts = map[string]uint64{}
	}
	if known || len(e.counts) < maxErrorCodes {
		e.counts[strings.Clone(code)] = had + uint64(n)
	}
}

func (e *errorStats) reset() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.total, e.counts = 0, nil
}

// all returns the total and a copy of the counts.
func (e *errorStats) all() (total uint64, counts map[string]uint64) {
	e.mu.Lock()
	defer e.mu.Unlock()
	counts = make(map[string]uint64, len(e.counts))
	for code, n := range e.counts {
		counts[code] = n
	}
	return e.total, counts
}

// sizes counts sizes in buckets that end at powers of two: bucket i has those
// above 2^(i-1) and up to 2^i.
type sizes struct {
	buckets [sizeBuckets]atomic.Uint64
	sum     atomic.Uint64
}

const sizeBuckets = 17 // up to 65536; what is larger is in the last one, too

func (s *sizes) add(n int) {
	s.buckets[min(bits.Len(uint(max(n, 1)-1)), sizeBuckets-1)].Add(1)
	s.sum.Add(uint64(n))
}

func (s *sizes) reset() {
	for i := range s.buckets {
		s.buckets[i].Store(0)
	}
	s.sum.Store(0)
}
