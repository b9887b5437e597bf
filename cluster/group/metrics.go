package group

import (
	"sync/atomic"
	"time"

	"github.com/msredis/msredis/store"
	"github.com/prometheus/client_golang/prometheus"
)

// Metrics are figures for Prometheus. The groups of a node share them.
type Metrics struct {
	leaderChanges prometheus.Counter
	changes       atomic.Uint64
	entries       atomic.Uint64
	fsync         prometheus.Histogram
	batchCalls    prometheus.Histogram
	applyTime     prometheus.Histogram
	snapshots     *prometheus.CounterVec
	snapshotTime  prometheus.Histogram
}

const namespace = "msredis"

// durations are bucket bounds in seconds, from a memory copy to a sick disk.
var durations = prometheus.ExponentialBuckets(10e-6, 2, 20)

// NewMetrics makes them, and registers them if there is a registry.
func NewMetrics(r prometheus.Registerer) *Metrics {
	m := &Metrics{
		leaderChanges: prometheus.NewCounter(prometheus.CounterOpts{
			Namespace: namespace, Subsystem: "raft", Name: "leader_changes_total", Help: "Changes of leader or term seen by this node."}),
		fsync: prometheus.NewHistogram(prometheus.HistogramOpts{
			Namespace: namespace, Subsystem: "wal", Name: "fsync_seconds", Help: "Time of a write and fsync of the log.", Buckets: durations}),
		batchCalls: prometheus.NewHistogram(prometheus.HistogramOpts{
			Namespace: namespace, Subsystem: "apply", Name: "batch_commands", Help: "Commands per batch given to the store.", Buckets: prometheus.ExponentialBuckets(1, 2, 16)}),
		applyTime: prometheus.NewHistogram(prometheus.HistogramOpts{
			Namespace: namespace, Subsystem: "apply", Name: "seconds", Help: "Time to apply a batch.", Buckets: durations}),
		snapshots: prometheus.NewCounterVec(prometheus.CounterOpts{
			Namespace: namespace, Subsystem: "snapshot", Name: "total", Help: "Snapshots written, by outcome."}, []string{"outcome"}),
		snapshotTime: prometheus.NewHistogram(prometheus.HistogramOpts{
			Namespace: namespace, Subsystem: "snapshot", Name: "seconds", Help: "Time to write a snapshot.", Buckets: prometheus.ExponentialBuckets(0.001, 2, 16)}),
	}
	if r != nil {
		r.MustRegister(m.leaderChanges, m.fsync, m.batchCalls, m.applyTime, m.snapshots, m.snapshotTime)
	}
	return m
}

// leader counts a change of leader.
func (m *Metrics) leader() {
	m.leaderChanges.Inc()
	m.changes.Add(1)
}

// LeaderChanges is how many changes of leader or term were seen.
func (m *Metrics) LeaderChanges() uint64 { return m.changes.Load() }

// Entries is how many entries were applied.
func (m *Metrics) Entries() uint64 { return m.entries.Load() }

// synced is the log's hook.
func (m *Metrics) synced(took time.Duration, _ int) { m.fsync.Observe(took.Seconds()) }

// applied counts a batch.
func (m *Metrics) applied(entries []store.Entry, took time.Duration) {
	n := 0
	for i := range entries {
		for _, u := range entries[i].Units {
			n += len(u.Calls)
		}
	}
	m.entries.Add(uint64(len(entries)))
	m.batchCalls.Observe(float64(n))
	m.applyTime.Observe(took.Seconds())
}

func (m *Metrics) snapshot(took time.Duration, err error) {
	outcome := "ok"
	if err != nil {
		outcome = "failed"
	}
	m.snapshots.WithLabelValues(outcome).Inc()
	m.snapshotTime.Observe(took.Seconds())
}
