package main

import (
	"strconv"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/msredis/msredis/resp"
	"github.com/msredis/msredis/resp/front"
)

// wireStats are the figures of the client server for INFO.
func (p *process) wireStats() resp.Stats { return p.wire.Stats() }

// wireCollector shows the client server's counters to Prometheus.
type wireCollector struct{ server *resp.Server }

var (
	acceptedDesc = prometheus.NewDesc("msredis_connections_accepted_total", "Client connections accepted.", nil, nil)
	refusedDesc  = prometheus.NewDesc("msredis_connections_refused_total", "Client connections refused because of maxclients.", nil, nil)
	closedDesc   = prometheus.NewDesc("msredis_connections_closed_total", "Client connections that the server closed, by reason.", []string{"reason"}, nil)
	bytesDesc    = prometheus.NewDesc("msredis_client_bytes_total", "Bytes received from and sent to clients.", []string{"direction"}, nil)
)

func (c wireCollector) Describe(ch chan<- *prometheus.Desc) {
	for _, desc := range []*prometheus.Desc{acceptedDesc, refusedDesc, closedDesc, bytesDesc} {
		ch <- desc
	}
}

func (c wireCollector) Collect(ch chan<- prometheus.Metric) {
	s := c.server.Stats()
	counter := func(desc *prometheus.Desc, n uint64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(desc, prometheus.CounterValue, float64(n), labels...)
	}
	counter(acceptedDesc, s.Accepted)
	counter(refusedDesc, s.Rejected)
	counter(closedDesc, s.ProtocolErrors, "protocol")
	counter(closedDesc, s.HandshakeErrors, "handshake")
	counter(closedDesc, s.IdleClosed, "idle")
	counter(closedDesc, s.StrangersClosed, "unauthenticated")
	counter(closedDesc, s.SlowClosed-s.OverOutput, "slow")
	counter(closedDesc, s.OverOutput, "output_limit")
	counter(bytesDesc, s.BytesIn, "in")
	counter(bytesDesc, s.BytesOut, "out")
}

// nodeCollector shows to Prometheus what INFO shows of a node.
type nodeCollector struct{ backend front.Backend }

// figure is one number of front.Info.
type figure struct {
	desc  *prometheus.Desc
	kind  prometheus.ValueType
	value func(*front.Info) float64
}

func gauge(name, help string, value func(*front.Info) float64) figure {
	return figure{prometheus.NewDesc("msredis_"+name, help, nil, nil), prometheus.GaugeValue, value}
}

func counter(name, help string, value func(*front.Info) float64) figure {
	return figure{prometheus.NewDesc("msredis_"+name, help, nil, nil), prometheus.CounterValue, value}
}

var figures = []figure{
	gauge("raft_leader", "1 if this node leads.", func(i *front.Info) float64 { return truth(i.State == "leader") }),
	gauge("raft_term", "Raft term.", func(i *front.Info) float64 { return float64(i.Term) }),
	gauge("raft_commit_index", "Index of the last log entry that is committed.", func(i *front.Info) float64 { return float64(i.Commit) }),
	gauge("raft_applied_index", "Index of the last log entry that is applied.", func(i *front.Info) float64 { return float64(i.Applied) }),
	gauge("raft_last_index", "Index of the last log entry.", func(i *front.Info) float64 { return float64(i.LastIndex) }),
	gauge("raft_first_index", "Index of the first log entry that is kept.", func(i *front.Info) float64 { return float64(i.FirstIndex) }),
	counter("raft_entries_applied_total", "Log entries applied since the start.", func(i *front.Info) float64 { return float64(i.Entries) }),
	gauge("queue_units", "Pipelines with writes that wait for the cluster.", func(i *front.Info) float64 { return float64(i.QueuedUnits) }),
	gauge("queue_bytes", "Bytes of the pipelines that wait to be proposed.", func(i *front.Info) float64 { return float64(i.QueuedBytes) }),
	gauge("wal_bytes", "Size of the log on disk.", func(i *front.Info) float64 { return float64(i.WALBytes) }),
	gauge("snapshot_bytes", "Size of the snapshots on disk.", func(i *front.Info) float64 { return float64(i.SnapshotBytes) }),
	gauge("snapshot_index", "Log index of the last snapshot.", func(i *front.Info) float64 { return float64(i.SnapshotAt) }),
	gauge("snapshot_timestamp_seconds", "When the last snapshot was finished, Unix time.", func(i *front.Info) float64 { return float64(i.LastSave) }),
	gauge("unsaved_changes", "Writes since the last snapshot.", func(i *front.Info) float64 { return float64(i.ChangesUnsaved) }),
	gauge("views", "Keys that are frozen for reads that take long.", func(i *front.Info) float64 { return float64(i.Views) }),
	gauge("views_held_bytes", "Bytes that are in memory only because a long read or a snapshot looks at what they were.", func(i *front.Info) float64 { return float64(i.HeldBytes) }),
	gauge("data_bytes", "Size of the data as maxmemory counts it.", func(i *front.Info) float64 { return float64(i.DataBytes) }),
	gauge("log_time_seconds", "Time of the log, by which keys expire, Unix time.", func(i *front.Info) float64 { return float64(i.LogTime) / 1000 }),
	gauge("leases", "Leases.", func(i *front.Info) float64 { return float64(i.Leases) }),
	counter("expired_keys_total", "Keys that have expired.", func(i *front.Info) float64 { return float64(i.ExpiredKeys) }),
	counter("keyspace_hits_total", "Lookups by reads that found a key.", func(i *front.Info) float64 { return float64(i.Hits) }),
	counter("keyspace_misses_total", "Lookups by reads that found none.", func(i *front.Info) float64 { return float64(i.Misses) }),
}

var (
	quorumDesc   = prometheus.NewDesc("msredis_quorum", "1 if this node would take a command now.", nil, nil)
	memberDesc   = prometheus.NewDesc("msredis_member_up", "1 if this node hears of the member.", []string{"member"}, nil)
	matchDesc    = prometheus.NewDesc("msredis_member_match_index", "Index up to which the member has the log, as the leader knows.", []string{"member"}, nil)
	keysDesc     = prometheus.NewDesc("msredis_keys", "Keys by database.", []string{"db"}, nil)
	expiringDesc = prometheus.NewDesc("msredis_expiring_keys", "Keys with an expiry by database.", []string{"db"}, nil)
)

func (c nodeCollector) Describe(ch chan<- *prometheus.Desc) {
	for i := range figures {
		ch <- figures[i].desc
	}
	for _, desc := range []*prometheus.Desc{quorumDesc, memberDesc, matchDesc, keysDesc, expiringDesc} {
		ch <- desc
	}
}

func (c nodeCollector) Collect(ch chan<- prometheus.Metric) {
	info := c.backend.Info()
	for i := range figures {
		f := &figures[i]
		ch <- prometheus.MustNewConstMetric(f.desc, f.kind, f.value(info))
	}
	gauge := func(desc *prometheus.Desc, v float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, v, labels...)
	}
	for db, d := range info.DB {
		gauge(keysDesc, float64(d.Keys), strconv.Itoa(db))
		gauge(expiringDesc, float64(d.Expires), strconv.Itoa(db))
	}
	view := c.backend.View()
	gauge(quorumDesc, truth(view.Quorum))
	for i := range view.Members {
		m := &view.Members[i]
		gauge(memberDesc, truth(m.Alive), m.Name)
		if m.Match > 0 {
			gauge(matchDesc, float64(m.Match), m.Name)
		}
	}
}

func truth(ok bool) float64 {
	if ok {
		return 1
	}
	return 0
}
