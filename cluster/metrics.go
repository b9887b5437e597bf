package cluster

import (
	"sync/atomic"

	"github.com/msredis/msredis/cluster/group"
	"github.com/prometheus/client_golang/prometheus"
)

// metrics are the figures of a node for Prometheus.
type metrics struct {
	group    *group.Metrics
	compared *prometheus.CounterVec
	passes   atomic.Uint64 // through the whole state
}

func newMetrics(r prometheus.Registerer) *metrics {
	m := &metrics{group: group.NewMetrics(r), compared: prometheus.NewCounterVec(prometheus.CounterOpts{
		Namespace: "msredis", Subsystem: "compare", Name: "parts_total", Help: "Parts of the data that this leader has compared with the other nodes, by outcome."}, []string{"outcome"})}
	if r != nil {
		r.MustRegister(m.compared)
	}
	return m
}

// comparedPart counts a part of the data that the nodes have compared.
func (m *metrics) comparedPart(outcome string) { m.compared.WithLabelValues(outcome).Inc() }
