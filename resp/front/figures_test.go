package front

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/msredis/msredis/resp"
)

func TestHistogram(t *testing.T) {
	previous := time.Duration(0)
	for i := range numBuckets {
		if i >= subBuckets && bucketEnd(i) <= previous {
			t.Fatalf("bucket %d ends at %v, the one before at %v", i, bucketEnd(i), previous)
		}
		previous = bucketEnd(i)
	}
	for _, d := range []time.Duration{0, 1, 1023, 1024, 1025, 2047, 2048, 10_000, time.Millisecond, time.Second, time.Hour} {
		i := bucketOf(d)
		if i < numBuckets-1 && d >= bucketEnd(i) {
			t.Errorf("%v is in bucket %d, which ends at %v", d, i, bucketEnd(i))
		}
		if i >= subBuckets && d < bucketEnd(i-1) {
			t.Errorf("%v is in bucket %d, but belongs into an earlier one", d, i)
		}
	}
	var h histogram
	for i := range 100 {
		h.add(time.Duration(i+1)*time.Millisecond, 1)
	}
	var s snapshot
	h.snapshot(&s)
	for p, want := range map[float64]time.Duration{50: 50 * time.Millisecond, 99: 99 * time.Millisecond} {
		if got := s.percentile(p); got < want || got > want+want/subBuckets {
			t.Errorf("p%v: got %v, want %v", p, got, want)
		}
	}
	points := s.cumulative()
	if last := points[len(points)-1]; last.Count != 100 || last.End < 100*time.Millisecond {
		t.Errorf("the distribution ends with %v", last)
	}
	// The names that a real LATENCY HISTOGRAM has.
	var labels []string
	for i := range 12 {
		labels = append(labels, fmt.Sprint(histogramLabel(time.Duration(baseNanos)<<i)))
	}
	if got, want := strings.Join(labels, " "), "1 2 4 8 16 33 66 132 264 528 1056 2113"; got != want {
		t.Errorf("labels: got %s, want %s", got, want)
	}
}

// stat returns what INFO commandstats says of a command, without the times.
func (c *testClient) stat(name string) string {
	c.t.Helper()
	for line := range strings.SplitSeq(c.pipeline("INFO commandstats"), "|") {
		if rest, ok := strings.CutPrefix(line, "cmdstat_"+name+":"); ok {
			var calls, usec, rejected, failed int
			var per float64
			if _, err := fmt.Sscanf(rest, "calls=%d,usec=%d,usec_per_call=%f,rejected_calls=%d,failed_calls=%d",
				&calls, &usec, &per, &rejected, &failed); err != nil {
				c.t.Fatalf("%s: %v", line, err)
			}
			return fmt.Sprintf("%d/%d/%d", calls, rejected, failed)
		}
	}
	return "none"
}

func TestCommandStats(t *testing.T) {
	ts := newTestServer(t)
	c := ts.connect(t)
	c.pipeline("SET a x", "INCR a", "GET a", "GET a", "GET", "PING", "PING a b", "NOSUCH")
	c.pipeline("MULTI", "INCR a", "GET a", "EXEC")
	c.pipeline("MULTI", "INCR a", "GET", "EXEC")
	c.pipeline("MULTI", "GET a", "PING", "EXEC")
	c.pipeline("WATCH a", "SET a 1", "MULTI", "SET b 1", "EXEC")
	for name, want := range map[string]string{
		"set":    "2/0/0",
		"incr":   "2/0/2",
		"get":    "4/2/0",
		"ping":   "3/0/1",
		"exec":   "4/0/1",
		"multi":  "4/0/0",
		"nosuch": "none",
		"del":    "none",
	} {
		if got := c.stat(name); got != want {
			t.Errorf("%s: calls/rejected/failed: got %s, want %s", name, got, want)
		}
	}
	if got := c.pipeline("INFO errorstats"); !strings.Contains(got, "|errorstat_ERR:count=6|") ||
		!strings.Contains(got, "|errorstat_EXECABORT:count=1|") {
		t.Errorf("errors: %s", got)
	}
	c.pipeline("CONFIG RESETSTAT")
	if got := c.stat("get"); got != "none" {
		t.Errorf("after RESETSTAT: %s", got)
	}
}

func TestSlowlog(t *testing.T) {
	ts := newTestServer(t)
	c := ts.connect(t)
	c.want("+OK|+OK|", "CONFIG SET slowlog-log-slower-than 0 slowlog-max-len 4", "CLIENT SETNAME bob")
	c.want("+OK|", "SLOWLOG RESET")
	long := strings.Repeat("x", 200)
	c.pipeline("SET a " + long)
	c.pipeline("DEL" + strings.Repeat(" k", 40))
	c.pipeline("AUTH default secret", "CONFIG SET requirepass secret slowlog-max-len 4")
	list := ts.logs.slow.newest(10)
	if len(list) != 4 {
		t.Fatalf("%d entries, want 4", len(list))
	}
	join := func(e logEntry) string {
		var s []string
		for _, a := range e.args {
			s = append(s, string(a))
		}
		return strings.Join(s, " ")
	}
	if got, want := join(list[0]), "CONFIG SET requirepass (redacted) slowlog-max-len 4"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := join(list[1]), "AUTH (redacted) (redacted)"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := join(list[2]), "DEL"+strings.Repeat(" k", 30)+" ... (10 more arguments)"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := join(list[3]), "SET a "+strings.Repeat("x", 128)+"... (72 more bytes)"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if e := list[3]; e.client != "bob" || e.addr != c.conn.RemoteAddr() {
		t.Errorf("entry %+v", e)
	}
	c.want("+OK|", "CONFIG SET slowlog-max-len 1")
	if n := ts.logs.slow.len(); n != 1 {
		t.Errorf("%d entries after the limit was lowered to 1", n)
	}
	c.want("+OK|+OK|:0|", "CONFIG SET slowlog-log-slower-than -1", "SLOWLOG RESET", "SLOWLOG LEN")
}

func TestLatencyMonitor(t *testing.T) {
	var l latencyMonitor
	l.threshold.Store(int64(10 * time.Millisecond))
	if l.wants(9*time.Millisecond) || !l.wants(10*time.Millisecond) {
		t.Error("the threshold is not where it was set")
	}
	start := time.Unix(1000, 0)
	l.add("command", start, 30*time.Millisecond)
	l.add("command", start, 20*time.Millisecond) // the same second
	for i := range maxLatencySamples + 5 {
		l.add("command", start.Add(time.Duration(i+1)*time.Second), 15*time.Millisecond)
	}
	e := l.event("command")
	if len(e.samples) != maxLatencySamples || e.max != 30 {
		t.Errorf("%d samples, max %d", len(e.samples), e.max)
	}
	if n := l.reset("nosuch", "command"); n != 1 || l.event("command") != nil {
		t.Errorf("reset: %d", n)
	}
	var b strings.Builder
	drawColumns(&b, []latencySample{{100, 1}, {160, 5}, {1000, 9}}, 1, 9, 1000)
	if got, want := b.String(), "  #\n  #\n ##\n_##\n110\n54s\nmm \n"; got != want {
		t.Errorf("graph:\n%s\nwant\n%s", got, want)
	}
}

func TestLatencyCommands(t *testing.T) {
	ts := newTestServer(t)
	c := ts.connect(t)
	c.want("+OK|", "CONFIG SET latency-monitor-threshold 1")
	c.want("+OK|", "DEBUG SLEEP 0.003")
	if got := c.pipeline("LATENCY LATEST"); !strings.HasPrefix(got, "*1|*4|$7|command|:") {
		t.Errorf("LATEST: %s", got)
	}
	if got := c.pipeline("LATENCY HISTORY command"); !strings.HasPrefix(got, "*1|*2|:") {
		t.Errorf("HISTORY: %s", got)
	}
	if got := c.pipeline("LATENCY DOCTOR"); !strings.Contains(got, "1. command: 1 latency spikes") {
		t.Errorf("DOCTOR: %s", got)
	}
	if got := c.pipeline("LATENCY GRAPH command"); !strings.Contains(got, "command - high ") {
		t.Errorf("GRAPH: %s", got)
	}
	c.want(":1|", "LATENCY RESET")
	c.pipeline("GET a", "GET a", "GET a")
	if got := c.pipeline("LATENCY HISTOGRAM get"); !strings.HasPrefix(got, "*2|$3|get|*4|$5|calls|:3|$14|histogram_usec|*2|:") {
		t.Errorf("HISTOGRAM: %s", got)
	}
	if got := c.pipeline("LATENCY HISTOGRAM client get"); !strings.HasPrefix(got, "*2|$3|get|") {
		t.Errorf("HISTOGRAM of a container: %s", got)
	}
}

// TestCollector holds that the figures are valid for a registry, and a few of
// their values.
func TestCollector(t *testing.T) {
	ts := newTestServer(t)
	c := ts.connect(t)
	c.pipeline("SET a x", "GET a", "GET a", "INCR a", "GET")
	registry := prometheus.NewPedanticRegistry()
	if err := registry.Register(ts.Collector()); err != nil {
		t.Fatal(err)
	}
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]float64{}
	for _, f := range families {
		for _, m := range f.Metric {
			name := f.GetName()
			for _, l := range m.Label {
				name += " " + l.GetValue()
			}
			switch {
			case m.Counter != nil:
				got[name] = m.Counter.GetValue()
			case m.Gauge != nil:
				got[name] = m.Gauge.GetValue()
			case m.Histogram != nil:
				got[name] = float64(m.Histogram.GetSampleCount())
			}
		}
	}
	for name, want := range map[string]float64{
		"msredis_commands_total get ok":        2,
		"msredis_commands_total get rejected":  1,
		"msredis_commands_total incr error":    1,
		"msredis_commands_total incr ok":       0,
		"msredis_command_duration_seconds get": 2,
		"msredis_error_replies_total ERR":      2,
		"msredis_connected_clients":            1,
		"msredis_pipeline_commands":            1,
	} {
		if v, ok := got[name]; !ok || v != want {
			t.Errorf("%s: got %v (%v), want %v", name, v, ok, want)
		}
	}
}

func TestErrorCodesAreBounded(t *testing.T) {
	var e errorStats
	for i := range 2 * maxErrorCodes {
		e.add(fmt.Sprintf("CODE%d text", i))
	}
	if total, counts := e.all(); total != 2*maxErrorCodes || len(counts) != maxErrorCodes {
		t.Errorf("total %d, %d codes", total, len(counts))
	}
}

func TestMeter(t *testing.T) {
	var m meter
	start := time.Unix(1000, 0)
	for _, step := range []struct {
		after time.Duration
		calls uint64
		want  float64
	}{{0, 0, 0}, {time.Second, 500, 500}, {time.Second + time.Millisecond, 600, 500}, {2 * time.Second, 600, 100}, {3 * time.Second, 10, 0}} {
		if got := m.measure(start.Add(step.after), step.calls); got != step.want {
			t.Errorf("after %v: got %v, want %v", step.after, got, step.want)
		}
	}
}

// TestResetFigures: CONFIG RESETSTAT sets to zero what others count, too.
func TestResetFigures(t *testing.T) {
	ts := newTestServer(t)
	wire := resp.Stats{Accepted: 5, BytesIn: 100, Reads: 7}
	ts.opt.Wire = func() resp.Stats { return wire }
	ts.backend.info.Hits, ts.backend.info.ExpiredKeys, ts.backend.info.ExpiredFields = 11, 13, 17
	c := ts.connect(t)
	shows := func(when string, fields ...string) {
		t.Helper()
		got := c.pipeline("INFO stats")
		for _, f := range fields {
			if !strings.Contains(got, "|"+f+"|") {
				t.Errorf("%s: no %s in %s", when, f, got)
			}
		}
	}
	shows("before", "total_connections_received:5", "total_net_input_bytes:100", "total_reads_processed:7", "keyspace_hits:11", "expired_keys:13", "expired_subkeys:17")
	c.pipeline("CONFIG RESETSTAT")
	wire.BytesIn, ts.backend.info.Hits, ts.backend.info.ExpiredKeys, ts.backend.info.ExpiredFields = 130, 12, 3, 21
	shows("after", "total_connections_received:0", "total_net_input_bytes:30", "total_reads_processed:0", "keyspace_hits:1", "expired_keys:0", "expired_subkeys:4")
}

// TestWatching: INFO and CLIENT LIST tell who watches how many keys.
func TestWatching(t *testing.T) {
	ts := newTestServer(t)
	a, b := ts.connect(t), ts.connect(t)
	a.pipeline("WATCH x y", "WATCH y z")
	b.pipeline("WATCH x")
	sees := func(clients, keys int) {
		t.Helper()
		if got, want := b.pipeline("INFO clients"), fmt.Sprintf("|watching_clients:%d|", clients); !strings.Contains(got, want) {
			t.Errorf("no %s in %s", want, got)
		}
		if got, want := b.pipeline("INFO clients"), fmt.Sprintf("|total_watched_keys:%d|", keys); !strings.Contains(got, want) {
			t.Errorf("no %s in %s", want, got)
		}
	}
	sees(2, 4)
	if got := b.pipeline("CLIENT LIST"); !strings.Contains(got, "fd=11 ") || !strings.Contains(got, " multi=-1 watch=3 qbuf=") {
		t.Errorf("CLIENT LIST: %s", got)
	}
	a.pipeline("UNWATCH")
	b.pipeline("MULTI", "EXEC")
	sees(0, 0)
}

// A snapshot that is taken in beside the data is what Redis calls asynchronous loading.
func TestInfoOfInstalling(t *testing.T) {
	t.Parallel()
	for _, installing := range []bool{false, true} {
		ts := newTestServer(t)
		ts.backend.info.Installing = installing
		want := "loading:0|async_loading:0|"
		if installing {
			want = "loading:0|async_loading:1|"
		}
		if got := ts.connect(t).pipeline("INFO persistence"); !strings.Contains(got, want) {
			t.Errorf("%q, want %q in it", got, want)
		}
	}
}
