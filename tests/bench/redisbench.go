package main

import (
	"context"
	"fmt"
	"math"
	"net"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"sync"
)

// benchArgs has what redis-benchmark is told of a load, but where to and how
// often.
func (l *load) benchArgs(clients, depth int) []string {
	args := []string{"-c", strconv.Itoa(clients), "-P", strconv.Itoa(depth),
		"-d", strconv.Itoa(valueSize), "-r", strconv.Itoa(l.keys()), "--precision", "3"}
	return append(args, l.bench...)
}

// redisBenchmark sends n requests, dealt over the addresses by as many
// redis-benchmarks at once. Latencies are those of the worst of them.
func redisBenchmark(ctx context.Context, addrs []string, l *load, clients, depth, n int) (sample, error) {
	var (
		wg      sync.WaitGroup
		samples = make([]sample, len(addrs))
		errs    = make([]error, len(addrs))
	)
	for i, addr := range addrs {
		own := clients/len(addrs) + min(1, max(0, clients%len(addrs)-i))
		wg.Go(func() {
			samples[i], errs[i] = oneBenchmark(ctx, addr, n/len(addrs), l.benchArgs(max(own, 1), depth))
		})
	}
	wg.Wait()
	var all sample
	for i, s := range samples {
		if errs[i] != nil {
			return sample{}, errs[i]
		}
		all.ops += s.ops
		all.seconds = max(all.seconds, s.seconds)
		all.p50, all.p99 = max(all.p50, s.p50), max(all.p99, s.p99)
		all.p999, all.max = max(all.p999, s.p999), max(all.max, s.max)
	}
	return all, nil
}

func oneBenchmark(ctx context.Context, addr string, n int, args []string) (sample, error) {
	_, port, err := net.SplitHostPort(addr)
	if err != nil {
		return sample{}, err
	}
	argv := append([]string{"-p", port, "-n", strconv.Itoa(n)}, args...)
	out, err := exec.CommandContext(ctx, "redis-benchmark", argv...).CombinedOutput()
	if err != nil {
		return sample{}, fmt.Errorf("redis-benchmark %s: %w\n%s", strings.Join(argv, " "), err, out)
	}
	s, err := parseBenchmark(string(out))
	if err != nil {
		return sample{}, fmt.Errorf("redis-benchmark %s: %w\n%s", strings.Join(argv, " "), err, out)
	}
	s.ops = float64(n)
	s.seconds = s.ops / s.rate
	return s, nil
}

var (
	benchRate    = regexp.MustCompile(`throughput summary: ([0-9.]+|inf) requests per second`) // inf: within a millisecond
	benchLatency = regexp.MustCompile(`avg +min +p50 +p95 +p99 +max\s+([0-9. ]+)`)
	benchQuant   = regexp.MustCompile(`(?m)^([0-9.]+)% <= ([0-9.]+) milliseconds`)
)

// parseBenchmark reads what redis-benchmark 6.2 and later print of one test:
// not its CSV, which has no p99.9.
func parseBenchmark(text string) (s sample, err error) {
	if strings.Contains(text, "Error from server") {
		return s, fmt.Errorf("the server answers with errors")
	}
	rate, latency := benchRate.FindStringSubmatch(text), benchLatency.FindStringSubmatch(text)
	if rate == nil || latency == nil {
		return s, fmt.Errorf("no summary in the output")
	}
	if s.rate, err = strconv.ParseFloat(rate[1], 64); err != nil {
		return s, err
	}
	fields := strings.Fields(latency[1])
	if len(fields) < 6 {
		return s, fmt.Errorf("the latency summary has %d columns", len(fields))
	}
	for i, to := range map[int]*float64{2: &s.p50, 4: &s.p99, 5: &s.max} {
		if *to, err = strconv.ParseFloat(fields[i], 64); err != nil {
			return s, err
		}
	}
	s.p999 = math.NaN()
	for _, m := range benchQuant.FindAllStringSubmatch(text, -1) {
		percent, _ := strconv.ParseFloat(m[1], 64) // the pattern lets numbers through only
		if percent >= 99.9 {
			s.p999, err = strconv.ParseFloat(m[2], 64)
			break
		}
	}
	return s, err
}
