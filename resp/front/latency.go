package front

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/msredis/msredis/resp/reply"
)

// The events of the latency monitor: a command took latency-monitor-threshold
// or longer.
const (
	eventCommand     = "command"
	eventFastCommand = "fast-command" // one that is O(1) or O(log n)
)

// maxLatencySamples is how many samples an event keeps, as in Redis.
const maxLatencySamples = 160

// latencySample is the worst latency of one second.
type latencySample struct {
	at int64 // Unix seconds
	ms int64
}

// latencyEvent is what is kept of one event.
type latencyEvent struct {
	samples []latencySample // oldest first
	max     int64           // milliseconds, since the last reset
}

// latencyMonitor keeps the latency spikes of the last time.
type latencyMonitor struct {
	threshold atomic.Int64 // nanoseconds; 0: off

	mu     sync.Mutex
	events map[string]*latencyEvent
}

func (l *latencyMonitor) wants(took time.Duration) bool {
	limit := l.threshold.Load()
	return limit > 0 && int64(took) >= limit
}

func (l *latencyMonitor) add(event string, at time.Time, took time.Duration) {
	ms := took.Milliseconds()
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.events == nil {
		l.events = map[string]*latencyEvent{}
	}
	e := l.events[event]
	if e == nil {
		e = &latencyEvent{}
		l.events[event] = e
	}
	e.max = max(e.max, ms)
	if n := len(e.samples); n > 0 && e.samples[n-1].at == at.Unix() {
		e.samples[n-1].ms = max(e.samples[n-1].ms, ms)
		return
	}
	if len(e.samples) == maxLatencySamples {
		e.samples = slices.Delete(e.samples, 0, 1)
	}
	e.samples = append(e.samples, latencySample{at.Unix(), ms})
}

// event returns a copy of what is kept of an event, nil if it never happened.
func (l *latencyMonitor) event(name string) *latencyEvent {
	l.mu.Lock()
	defer l.mu.Unlock()
	e := l.events[name]
	if e == nil {
		return nil
	}
	return &latencyEvent{samples: slices.Clone(e.samples), max: e.max}
}

// names returns the events that happened, sorted.
func (l *latencyMonitor) names() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var names []string
	for name := range l.events {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// reset forgets the named events, or all, and returns how many there were.
func (l *latencyMonitor) reset(names ...string) (n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(names) == 0 {
		n = len(l.events)
		l.events = nil
		return n
	}
	for _, name := range names {
		if l.events[name] != nil {
			delete(l.events, name)
			n++
		}
	}
	return n
}

func latencyLatestCommand(s *Session, _ [][]byte, w *reply.Writer) {
	mark, n := w.Later(), 0
	for _, name := range s.srv.latency.names() {
		e := s.srv.latency.event(name)
		if e == nil {
			continue
		}
		last := e.samples[len(e.samples)-1]
		w.Array(4)
		w.BulkString(name)
		w.Int(last.at)
		w.Int(last.ms)
		w.Int(e.max)
		n++
	}
	w.CloseArray(mark, n)
}

func latencyHistoryCommand(s *Session, args [][]byte, w *reply.Writer) {
	e := s.srv.latency.event(string(args[2]))
	if e == nil {
		w.Array(0)
		return
	}
	w.Array(len(e.samples))
	for _, sample := range e.samples {
		w.Array(2)
		w.Int(sample.at)
		w.Int(sample.ms)
	}
}

func latencyResetCommand(s *Session, args [][]byte, w *reply.Writer) {
	names := make([]string, 0, len(args))
	for _, arg := range args[2:] {
		names = append(names, string(arg))
	}
	w.Int(int64(s.srv.latency.reset(names...)))
}

func latencyDoctorCommand(s *Session, _ [][]byte, w *reply.Writer) {
	names := s.srv.latency.names()
	if len(names) == 0 {
		if s.srv.latency.threshold.Load() == 0 {
			w.Verbatim("txt", "Latency monitoring is disabled. CONFIG SET latency-monitor-threshold <milliseconds> enables it.\n")
		} else {
			w.Verbatim("txt", "No latency spike was observed.\n")
		}
		return
	}
	var b strings.Builder
	b.WriteString("Latency spikes were observed:\n\n")
	for i, name := range names {
		e := s.srv.latency.event(name)
		if e == nil {
			continue
		}
		sum := int64(0)
		for _, sample := range e.samples {
			sum += sample.ms
		}
		fmt.Fprintf(&b, "%d. %s: %d latency spikes (average %dms). Worst all time event %dms.\n",
			i+1, name, len(e.samples), sum/int64(len(e.samples)), e.max)
	}
	b.WriteString("\nA command's latency includes the fsync on a majority and the round trip to it. SLOWLOG GET" +
		" shows the commands; compare the fsync and commit times in INFO raft and the metrics.\n")
	w.Verbatim("txt", b.String())
}

// latencyGraphCommand draws the samples of an event as columns, the newest on
// the right, each with its age below.
func latencyGraphCommand(s *Session, args [][]byte, w *reply.Writer) {
	e := s.srv.latency.event(string(args[2]))
	if e == nil {
		w.Error(fmt.Sprintf(reply.ErrNoSamples, args[2]))
		return
	}
	low, high := int64(math.MaxInt64), int64(0)
	for _, sample := range e.samples {
		low, high = min(low, sample.ms), max(high, sample.ms)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s - high %d ms, low %d ms (all time high %d ms)\n", args[2], high, low, e.max)
	b.WriteString(strings.Repeat("-", graphColumns) + "\n")
	drawColumns(&b, e.samples, low, high, time.Now().Unix())
	w.Verbatim("txt", b.String())
}

// Size of the graph, in characters.
const (
	graphColumns = 80
	graphRows    = 4
)

func drawColumns(b *strings.Builder, samples []latencySample, low, high, now int64) {
	samples = samples[max(0, len(samples)-graphColumns):]
	var ages []string
	longest := 0
	for _, sample := range samples {
		age := shortAge(now - sample.at)
		ages = append(ages, age)
		longest = max(longest, len(age))
	}
	for row := graphRows - 1; row >= 0; row-- {
		for _, sample := range samples {
			// The height in half rows, from 0 to 2*graphRows-1.
			height := int64(0)
			if high > low {
				height = (sample.ms - low) * (2*graphRows - 1) / (high - low)
			}
			switch filled := height - int64(2*row); {
			case filled > 0:
				b.WriteByte('#')
			case filled == 0:
				b.WriteByte('_')
			case row == 0:
				b.WriteByte('_')
			default:
				b.WriteByte(' ')
			}
		}
		b.WriteByte('\n')
	}
	for i := range longest {
		for _, age := range ages {
			if i < len(age) {
				b.WriteByte(age[i])
			} else {
				b.WriteByte(' ')
			}
		}
		b.WriteByte('\n')
	}
}

// shortAge writes a number of seconds as Redis labels the columns: 5s 3m 2h 1d.
func shortAge(seconds int64) string {
	switch {
	case seconds < 60:
		return fmt.Sprintf("%ds", seconds)
	case seconds < 3600:
		return fmt.Sprintf("%dm", seconds/60)
	case seconds < 86400:
		return fmt.Sprintf("%dh", seconds/3600)
	}
	return fmt.Sprintf("%dd", seconds/86400)
}
