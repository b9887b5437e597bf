package front

import (
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Collector returns the sessions' figures for Prometheus. Commands that were
// never called do not show, so the number of series follows what is used.
func (srv *Server) Collector() prometheus.Collector { return collector{srv} }

type collector struct{ srv *Server }

var (
	commandsDesc = prometheus.NewDesc("msredis_commands_total",
		"Commands by name and outcome: ok, error (ran and answered an error), rejected (refused before it ran).",
		[]string{"command", "outcome"}, nil)
	durationDesc = prometheus.NewDesc("msredis_command_duration_seconds",
		"Time from the arrival of a command's pipeline to the replies of the unit it was run in.",
		[]string{"command"}, nil)
	errorsDesc = prometheus.NewDesc("msredis_error_replies_total",
		"Error replies by their code, the first word.",
		[]string{"code"}, nil)
	clientsDesc = prometheus.NewDesc("msredis_connected_clients",
		"Client connections.", nil, nil)
	blockedDesc = prometheus.NewDesc("msredis_blocked_clients",
		"Clients that wait for keys (BLPOP and the like), or are held by CLIENT PAUSE.", nil, nil)
	usedDesc = prometheus.NewDesc("msredis_memory_used_bytes",
		"Memory in use: the data, the process as it was started, and what waits for clients.", nil, nil)
	maxDesc = prometheus.NewDesc("msredis_memory_max_bytes",
		"maxmemory, which msredis_data_bytes is held against; 0: no limit.", nil, nil)
	pipelinesDesc = prometheus.NewDesc("msredis_pipeline_commands",
		"Commands that one read from a client's socket completed.", nil, nil)
)

// Describe implements prometheus.Collector.
func (c collector) Describe(ch chan<- *prometheus.Desc) {
	for _, desc := range []*prometheus.Desc{commandsDesc, durationDesc, errorsDesc, clientsDesc, blockedDesc, usedDesc, maxDesc, pipelinesDesc} {
		ch <- desc
	}
}

// The buckets of msredis_command_duration_seconds are octaves from 16 µs to 17 s:
// finer ones would double the series, and queries interpolate anyway.
const (
	firstOctave = 4
	lastOctave  = 23
)

// Collect implements prometheus.Collector.
func (c collector) Collect(ch chan<- prometheus.Metric) {
	counter := func(desc *prometheus.Desc, n uint64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(desc, prometheus.CounterValue, float64(n), labels...)
	}
	var snap snapshot
	for _, cmd := range c.srv.table.All() {
		st := c.srv.stats.of(cmd)
		failed, rejected := st.failed.Load(), st.rejected.Load()
		calls := max(st.calls.Load(), failed)
		if rejected > 0 {
			counter(commandsDesc, rejected, cmd.FullName, "rejected")
		}
		if calls == 0 {
			continue
		}
		counter(commandsDesc, calls-failed, cmd.FullName, "ok")
		if failed > 0 {
			counter(commandsDesc, failed, cmd.FullName, "error")
		}
		st.latency.snapshot(&snap)
		ch <- prometheus.MustNewConstHistogram(durationDesc, snap.count, snap.sum.Seconds(), snap.seconds(), cmd.FullName)
	}
	_, codes := c.srv.stats.errors.all()
	for code, n := range codes {
		counter(errorsDesc, n, strings.ToValidUTF8(code, "?"))
	}
	ch <- prometheus.MustNewConstMetric(clientsDesc, prometheus.GaugeValue, float64(c.srv.connected()))
	ch <- prometheus.MustNewConstMetric(blockedDesc, prometheus.GaugeValue, float64(c.srv.waiting.all.Load()))
	used := c.srv.measureUsage(c.srv.backend.Info()).used()
	ch <- prometheus.MustNewConstMetric(usedDesc, prometheus.GaugeValue, float64(used))
	ch <- prometheus.MustNewConstMetric(maxDesc, prometheus.GaugeValue, float64(c.srv.config.Int("maxmemory")))
	count, sum, buckets := c.srv.stats.pipelines.cumulative()
	ch <- prometheus.MustNewConstHistogram(pipelinesDesc, count, float64(sum), buckets)
}

// seconds returns the cumulative counts by bucket bound.
func (s *snapshot) seconds() map[float64]uint64 {
	buckets := make(map[float64]uint64, lastOctave-firstOctave+1)
	var sum uint64
	for i, n := range s.buckets {
		sum += n
		octave := i/subBuckets - 1
		if i%subBuckets == subBuckets-1 && octave >= firstOctave-1 && octave < lastOctave {
			buckets[(time.Duration(baseNanos) << (octave + 1)).Seconds()] = sum
		}
	}
	return buckets
}

func (s *sizes) cumulative() (count, sum uint64, buckets map[float64]uint64) {
	buckets = make(map[float64]uint64, len(s.buckets))
	for i := range s.buckets {
		count += s.buckets[i].Load()
		if i < len(s.buckets)-1 {
			buckets[float64(uint(1)<<i)] = count
		}
	}
	return count, s.sum.Load(), buckets
}
