package main

import (
	"bufio"
	"encoding/xml"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/msredis/msredis/internal/testcluster"
)

func TestMain(m *testing.M) { testcluster.Main(m) }

const benchmarkOutput = `====== SET ======
  20000 requests completed in 0.51 seconds
  5 parallel clients

Latency by percentile distribution:
0.000% <= 0.111 milliseconds (cumulative count 1)
50.000% <= 0.287 milliseconds (cumulative count 10012)
99.805% <= 1.103 milliseconds (cumulative count 19961)
99.902% <= 1.303 milliseconds (cumulative count 19981)
100.000% <= 2.047 milliseconds (cumulative count 20000)

Cumulative distribution of latencies:
0.000% <= 0.103 milliseconds (cumulative count 0)
100.000% <= 2.103 milliseconds (cumulative count 20000)

Summary:
  throughput summary: 39215.69 requests per second
  latency summary (msec):
          avg       min       p50       p95       p99       max
        0.301     0.104     0.287     0.503     0.751     2.047
`

func TestParseBenchmark(t *testing.T) {
	t.Parallel()
	got, err := parseBenchmark(benchmarkOutput)
	if err != nil {
		t.Fatal(err)
	}
	if want := (sample{rate: 39215.69, p50: 0.287, p99: 0.751, p999: 1.303, max: 2.047}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if got, err := parseBenchmark(strings.Replace(benchmarkOutput, "39215.69", "inf", 1)); err != nil || !math.IsInf(got.rate, 1) {
		t.Errorf("a run shorter than a millisecond: %+v, %v", got, err)
	}
	for _, bad := range []string{"", "Error from server: ERR no", strings.Replace(benchmarkOutput, "0.287     0.503", "", 1)} {
		if _, err := parseBenchmark(bad); err == nil {
			t.Errorf("no error for %q", bad)
		}
	}
}

func TestParseStat(t *testing.T) {
	t.Parallel()
	got, err := parseStat([]byte("42 (a name) with ) S 1 42 42 0 -1 4194560 1 2 3 4 150 50 25 75 20 0 7 0"))
	if err != nil || got != 3 {
		t.Errorf("got %v, %v; want 3 s", got, err)
	}
	if _, err := parseStat([]byte("42 (x) S 1")); err == nil {
		t.Error("a short line is no error")
	}
}

func TestCPUTicks(t *testing.T) {
	t.Parallel()
	if idle, all := cpuTicks("cpu  10 0 20 60 10 0 0 0 0 0\ncpu0 1 1 1 1\n"); idle != 70 || all != 100 {
		t.Errorf("got %v of %v", idle, all)
	}
}

func TestFigureIn(t *testing.T) {
	t.Parallel()
	const page = "# HELP a_total x\na_total_more 7\na_total 1.5e3\n"
	if got := figureIn(page, "a_total"); got != 1500 {
		t.Errorf("got %v", got)
	}
	if got := figureIn(page, "b"); !math.IsNaN(got) {
		t.Errorf("got %v for what is not there", got)
	}
}

func TestReplaceBetween(t *testing.T) {
	t.Parallel()
	const old = "head\n<!-- bench: begin -->\n\nold\n\n<!-- bench: end -->\ntail\n"
	got, err := replaceBetween(old, "bench", "new\n")
	if want := strings.Replace(old, "old", "new", 1); err != nil || got != want {
		t.Errorf("got %q, %v", got, err)
	}
	if _, err := replaceBetween(old, "other", ""); err == nil {
		t.Error("a section that is not there is no error")
	}
}

// TestPages: every section that -update writes is in its page, once, and no figure
// there is of a tree with changes.
func TestPages(t *testing.T) {
	t.Parallel()
	for _, section := range []string{targetSection, mainSection, "bench-collections", "bench-three", "bench-apply", "bench-memory", "bench-elements", "bench-stalls"} {
		text, err := os.ReadFile(filepath.Join("..", "..", pageOf(section)))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := replaceBetween(string(text), section, "new"); err != nil {
			t.Errorf("%s: %v", pageOf(section), err)
		}
		if n := strings.Count(string(text), "<!-- "+section+": begin -->"); n != 1 {
			t.Errorf("%s: section %s is there %d times", pageOf(section), section, n)
		}
		if err := mustBeClean(string(text)); err != nil {
			t.Errorf("%s has figures of a tree with changes", pageOf(section))
		}
	}
	if mustBeClean("msredis 741e391-dirty go1.26.8") == nil || mustBeClean("msredis 953867a go1.26.8") != nil {
		t.Error("mustBeClean does not tell a tree with changes from another")
	}
}

func TestSkipReply(t *testing.T) {
	t.Parallel()
	in := bufio.NewReader(strings.NewReader("+OK\r\n:1\r\n$-1\r\n*-1\r\n$5\r\nhe\r\no\r\n*2\r\n*1\r\n+a\r\n$1\r\nb\r\n-ERR no\r\n"))
	for i := range 6 {
		if err := skipReply(in); err != nil {
			t.Fatalf("reply %d: %v", i, err)
		}
	}
	if err := skipReply(in); err == nil || !strings.Contains(err.Error(), "ERR no") {
		t.Errorf("an error reply gives %v", err)
	}
	if err := skipReply(in); err != io.EOF {
		t.Errorf("the end gives %v", err)
	}
}

// Every target is about a point that is measured, and so is each of its series.
func TestTargetsAreMeasured(t *testing.T) {
	t.Parallel()
	for _, plan := range [][]*point{shortPlan(), fullPlan()} {
		have := map[string]bool{}
		for _, p := range plan {
			for _, s := range p.series {
				if have[p.String()+s.String()] {
					t.Errorf("%v is in %v twice", s, p)
				}
				have[p.String()+s.String()] = true
			}
		}
		for _, target := range targets {
			for _, s := range []series{target.series, target.than} {
				if !have[target.point+s.String()] {
					t.Errorf("%s has no %v", target.point, s)
				}
			}
		}
	}
}

func TestSelectPoints(t *testing.T) {
	t.Parallel()
	got, err := selectPoints(shortPlan(), "^SET, 50 clients$", []string{msredis1, msredis3})
	if err != nil || len(got) != 1 || len(got[0].series) != 3 {
		t.Errorf("got %v, %v", got, err)
	}
	if _, err := selectPoints(shortPlan(), "SET", []string{"nobody"}); err == nil {
		t.Error("an unknown peer is no error")
	}
	if _, err := selectPoints(shortPlan(), "nothing", nil); err == nil {
		t.Error("an empty selection is no error")
	}
}

// someResults are two servers at one point: the second twice as fast in every
// round, though both slow down.
func someResults() []*result {
	p := at("SET", 50, 1, redisAlways, msredis1)
	r := &result{point: p}
	for i, s := range p.series {
		c := &column{series: s, fsyncs: math.NaN()}
		for _, speed := range []float64{40_000, 20_000, 10_000} {
			c.samples = append(c.samples, sample{rate: speed * float64(i+1), p50: 1, p99: 2, p999: 3, max: 4, perOp: math.NaN()})
		}
		r.columns = append(r.columns, c)
	}
	return []*result{r}
}

func TestTables(t *testing.T) {
	t.Parallel()
	results := someResults()
	if got, want := targetTable(results), "| SET, 50 clients | msredis against redis always, requests/s | ≥ 1.1 | 2.00 (2.00–2.00) | met |\n"; !strings.HasSuffix(got, want) {
		t.Errorf("targets:\n%s", got)
	}
	if got, want := resultTable(results), "| msredis | 40000 | 2.00 (2.00–2.00) | 1.00 | 2.00 | 3.00 | 4.00 | 0.0 | 0 | – |\n"; !strings.HasSuffix(got, want) {
		t.Errorf("results:\n%s", got)
	}
}

func TestPlotsAreXML(t *testing.T) {
	t.Parallel()
	for _, text := range []string{ratioChart(someResults(), ""), latencyChart(someResults(), " <&>")} {
		d := xml.NewDecoder(strings.NewReader(text))
		for {
			if _, err := d.Token(); err == io.EOF {
				break
			} else if err != nil {
				t.Fatalf("%v in\n%s", err, text)
			}
		}
	}
}

func TestApplyTables(t *testing.T) {
	t.Parallel()
	const out = `BenchmarkMix/store-2   1   100 ns/op   64 B/op   1 allocs/op
BenchmarkMix/store,_one_lock-2   1   400.0 ns/op   64 B/op   1 allocs/op
`
	all := addTimings(addTimings(nil, out), out)
	if got, want := applyTargets(all, 2), "| mix, the store against one lock around it | ≥ 3 | 4.00 (4.00–4.00) | met |\n"; !strings.HasSuffix(got, want) {
		t.Errorf("targets:\n%s", got)
	}
	if got, want := applyTable(all), "| store, one lock | 2.50 | 400 (400–400) | 64 | 1.0 |\n"; !strings.HasSuffix(got, want) {
		t.Errorf("table:\n%s", got)
	}
}

func TestPausesIn(t *testing.T) {
	t.Parallel()
	got := pausesIn("gc 5 @1.2s 3%: 0.018+1.2+0.003 ms clock, 0.036+0.1/0.5/0.2+0.007 ms cpu, 4->4->2 MB, 4 MB goal, 0 MB stacks, 0 MB globals, 2 P")
	if len(got) != 2 || got[0] != 0.018 || got[1] != 0.003 {
		t.Errorf("got %v", got)
	}
	if got := pausesIn("level=INFO msg=gc"); got != nil {
		t.Errorf("got %v of a line of the server", got)
	}
}

// TestLoads sends every load that has a program to send it, briefly, to one node.
func TestLoads(t *testing.T) {
	t.Parallel()
	p := &peer{name: msredis1, addrs: testcluster.Start(t, 1).Addrs(), filled: map[string]bool{}}
	const requests = 40
	for _, l := range loads {
		if l.bulk {
			continue // 64 MB of filling
		}
		if err := p.prepare(l, requests); err != nil {
			t.Fatalf("%s: %v", l.name, err)
		}
		var (
			got sample
			err error
		)
		switch {
		case l.bench == nil:
			got, err = drive(t.Context(), p.addrs, l.own, 4, 2, 10*time.Millisecond)
		case !have("redis-benchmark"):
			continue
		default:
			got, err = redisBenchmark(t.Context(), p.addrs, l, 4, 2, requests)
		}
		if err != nil {
			t.Fatalf("%s: %v", l.name, err)
		}
		if got.ops < 2 || got.max <= 0 || got.p50 > got.p99 || got.p99 > got.max {
			t.Errorf("%s: %+v", l.name, got)
		}
	}
	// A server that answers with errors must not look fast.
	wrong := &generator{func(dst []byte, _ *rand.Rand) ([]byte, int) { return appendCommand(dst, "NOTHING"), 1 }}
	if _, err := drive(t.Context(), p.addrs, wrong, 1, 1, time.Second); err == nil {
		t.Error("a load that gets error replies succeeds")
	}
}
