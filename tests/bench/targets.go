package main

import (
	"fmt"
	"math"
	"strings"
)

// target is an aim of msredis. It bounds the ratio of one series to another of the same
// point, in the median of the rounds.
type target struct {
	point  string // its name
	series series
	than   series
	metric metric
	bound  float64
}

// metric is a figure of a sample. Of some, less is better.
type metric struct {
	name string
	of   func(*sample) float64
	less bool
}

var (
	rate = metric{"requests/s", func(s *sample) float64 { return s.rate }, false}
	p50  = metric{"p50", func(s *sample) float64 { return s.p50 }, true}
)

var (
	one       = series{peer: msredis1}
	three     = series{peer: msredis3}
	threeAll  = series{msredis3, atAll}
	always    = series{peer: redisAlways}
	everysec  = series{peer: redisEverysec}
	inMemory  = series{peer: redisNone}
	threeEtcd = series{peer: etcd3}
)

var targets = []target{
	{"SET, 50 clients", one, always, rate, 1.1},
	{"SET, 50 clients, -P 16", one, always, rate, 1.5},
	{"SET, 50 clients, -P 16", one, everysec, rate, 1.0},
	{"SET, 500 clients", one, always, rate, 1.2},
	{"SET, 1 client", one, always, p50, 1.1},
	{"GET, 50 clients", one, always, rate, 1.0},
	{"GET, 50 clients, -P 16", one, always, rate, 1.0},
	{"GET, 50 clients", one, inMemory, rate, 1.0},
	{"GET, 50 clients, -P 16", one, inMemory, rate, 1.2},
	{"LPUSH, 50 clients", one, always, rate, 1.0},
	{"RPOP, 50 clients", one, always, rate, 1.0},
	{"SADD, 50 clients", one, always, rate, 1.0},
	{"HSET, 50 clients", one, always, rate, 1.0},
	{"ZADD, 50 clients", one, always, rate, 1.0},
	{"SPOP, 50 clients", one, always, rate, 1.0},
	{"LRANGE_100, 50 clients", one, always, rate, 0.9},
	{"EVALSHA, 50 clients", one, always, rate, 0.9},
	{"EVALSHA_RO, 50 clients", one, always, rate, 0.8},
	{"PUBLISH to 1, 50 clients", one, always, rate, 1.0},
	{"PUBLISH to 100, 50 clients", one, always, rate, 1.0},
	{"PUBLISH to 1000, 50 clients", one, always, rate, 1.0},
	{"PUBLISH to 1, 50 clients", three, always, rate, 0.7},
	{"PUBLISH to 100, 50 clients", three, always, rate, 0.7},
	{"PUBLISH to 1000, 50 clients", three, always, rate, 0.7},
	{"SET, 50 clients", three, one, rate, 0.6},
	{"SET, 50 clients, -P 16", three, one, rate, 0.6},
	{"GET, 50 clients", three, one, rate, 0.8},
	{"GET, 50 clients, -P 16", three, one, rate, 0.8},
	{"GET, 50 clients", threeAll, three, rate, 1.0},
	{"SET, 50 clients", three, threeEtcd, rate, 10},
}

// ratios compares two columns round by round: what disturbed a round disturbed
// both.
func ratios(a, b *column, m metric) []float64 {
	var out []float64
	for i := range min(len(a.samples), len(b.samples)) {
		if r := m.of(&a.samples[i]) / m.of(&b.samples[i]); !math.IsNaN(r) && !math.IsInf(r, 0) {
			out = append(out, r)
		}
	}
	return out
}

// met reports whether a ratio keeps to a bound.
func met(ratio, bound float64, less bool) string {
	if ratio >= bound && !less || ratio <= bound && less {
		return "met"
	}
	return "**not met**"
}

func boundText(bound float64, less bool) string {
	if less {
		return fmt.Sprintf("≤ %.3g", bound)
	}
	return fmt.Sprintf("≥ %.3g", bound)
}

// targetTable says of every target whether it was met. Those of points that were
// not measured are left out.
func targetTable(results []*result) string {
	var b strings.Builder
	for i := range targets {
		t := &targets[i]
		for _, r := range results {
			if r.point.String() != t.point {
				continue
			}
			c, than := r.column(t.series), r.column(t.than)
			if c == nil || than == nil {
				continue
			}
			got, verdict := "–", "not measured"
			if list := ratios(c, than, t.metric); len(list) > 0 {
				got, verdict = medianSpread(list), met(median(list), t.bound, t.metric.less)
			}
			fmt.Fprintf(&b, "| %s | %v against %v, %s | %s | %s | %s |\n",
				t.point, t.series, t.than, t.metric.name, boundText(t.bound, t.metric.less), got, verdict)
		}
	}
	if b.Len() == 0 {
		return ""
	}
	return "| | ratio of | target | median (lowest–highest) | |\n| --- | --- | --- | --- | --- |\n" + b.String()
}
