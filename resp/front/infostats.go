package front

import (
	"fmt"
	"sync"
	"time"

	"github.com/msredis/msredis/internal/acl"
	"github.com/msredis/msredis/internal/pubsub"
	"github.com/msredis/msredis/resp"
)

func infoStats(w *infoWriter) {
	wire, keys := w.srv.sinceReset(w.info)
	calls, nanos := w.srv.stats.totalCalls()
	errors, _ := w.srv.stats.errors.all()
	rates := &w.srv.rates
	w.line("total_connections_received", wire.Accepted)
	w.line("total_commands_processed", calls)
	w.line("instantaneous_ops_per_sec", uint64(rates.ops.measure(w.now, calls)))
	w.line("total_net_input_bytes", wire.BytesIn)
	w.line("total_net_output_bytes", wire.BytesOut)
	// Messages between the nodes are counted by the operating system only.
	w.zeros("total_net_repl_input_bytes", "total_net_repl_output_bytes")
	kbps := func(name string, m *meter, bytes uint64) {
		w.line(name, fmt.Sprintf("%.2f", m.measure(w.now, bytes)/1024))
	}
	kbps("instantaneous_input_kbps", &rates.in, wire.BytesIn)
	kbps("instantaneous_output_kbps", &rates.out, wire.BytesOut)
	w.line("instantaneous_input_repl_kbps", "0.00")
	w.line("instantaneous_output_repl_kbps", "0.00")
	w.line("rejected_connections", wire.Rejected)
	w.zeros("sync_full", "sync_partial_ok", "sync_partial_err")
	w.line("expired_subkeys", keys.fields) // of hashes
	w.line("expired_keys", keys.expired)
	w.line("expired_stale_perc", "0.00") // nobody sees a key that has expired
	w.zeros("expired_time_cap_reached_count", "expire_cycle_cpu_milliseconds")
	w.line("evicted_keys", w.info.Evicted)
	w.line("evicted_clients", w.srv.clientMemory.evicted.Load())
	w.zeros("evicted_scripts", "total_eviction_exceeded_time", "current_eviction_exceeded_time")
	w.line("keyspace_hits", keys.hits)
	w.line("keyspace_misses", keys.misses)
	w.line("pubsub_channels", w.srv.hub.Topics(pubsub.Channel))
	w.line("pubsub_patterns", w.srv.hub.Topics(pubsub.Pattern))
	w.line("pubsubshard_channels", w.srv.hub.Topics(pubsub.Shard))
	w.zeros("latest_fork_usec", "total_forks",
		"migrate_cached_sockets", "slave_expires_tracked_keys", "active_defrag_hits", "active_defrag_misses",
		"active_defrag_key_hits", "active_defrag_key_misses", "total_active_defrag_time", "current_active_defrag_time",
		"unexpected_error_replies")
	w.line("tracking_total_keys", w.srv.tracking.keys.Load())
	w.line("tracking_total_items", w.srv.tracking.items.Load())
	w.line("tracking_total_prefixes", w.srv.tracking.prefixCount())
	w.line("total_error_replies", errors)
	w.line("dump_payload_sanitizations", w.srv.restored()) // every payload is looked through
	w.line("total_reads_processed", wire.Reads)
	w.line("total_writes_processed", wire.Writes)
	w.line("io_threaded_reads_processed", wire.ThreadedReads)
	w.line("io_threaded_writes_processed", wire.ThreadedWrites)
	w.line("client_query_buffer_limit_disconnections", wire.OverQuery)
	w.line("client_output_buffer_limit_disconnections", wire.OverOutput)
	w.zeros("reply_buffer_shrinks", "reply_buffer_expands")
	w.line("eventloop_cycles", wire.Cycles)
	w.line("eventloop_duration_cmd_sum", nanos/uint64(time.Microsecond))
	w.line("instantaneous_eventloop_cycles_per_sec", uint64(rates.cycles.measure(w.now, wire.Cycles)))
	denied := &w.srv.users.denied
	w.line("acl_access_denied_auth", denied[acl.DeniedAuth].Load())
	w.line("acl_access_denied_cmd", denied[acl.DeniedCommand].Load())
	w.line("acl_access_denied_key", denied[acl.DeniedKey].Load())
	w.line("acl_access_denied_channel", denied[acl.DeniedChannel].Load())
	w.line("acl_access_denied_tls_cert", denied[acl.DeniedCertificate].Load())
}

// counters are what CONFIG RESETSTAT sets to zero of the figures that others
// count: their values at that moment are remembered and taken off.
type counters struct {
	wire resp.Stats
	keys keyCounters
}

type keyCounters struct{ expired, fields, hits, misses uint64 }

func (srv *Server) counters(info *Info) counters {
	return counters{srv.wire(), keyCounters{info.ExpiredKeys, info.ExpiredFields, info.Hits, info.Misses}}
}

// sinceReset returns what was counted since CONFIG RESETSTAT.
func (srv *Server) sinceReset(info *Info) (resp.Stats, keyCounters) {
	now := srv.counters(info)
	was := srv.reset.Load()
	if was == nil {
		return now.wire, now.keys
	}
	for _, c := range []struct{ now, was *uint64 }{
		{&now.wire.Accepted, &was.wire.Accepted}, {&now.wire.Rejected, &was.wire.Rejected},
		{&now.wire.OverOutput, &was.wire.OverOutput}, {&now.wire.OverQuery, &was.wire.OverQuery},
		{&now.wire.BytesIn, &was.wire.BytesIn}, {&now.wire.BytesOut, &was.wire.BytesOut},
		{&now.wire.Reads, &was.wire.Reads}, {&now.wire.Writes, &was.wire.Writes},
		{&now.wire.ThreadedReads, &was.wire.ThreadedReads}, {&now.wire.ThreadedWrites, &was.wire.ThreadedWrites},
		{&now.wire.Cycles, &was.wire.Cycles}, {&now.keys.expired, &was.keys.expired}, {&now.keys.fields, &was.keys.fields},
		{&now.keys.hits, &was.keys.hits}, {&now.keys.misses, &was.keys.misses},
	} {
		*c.now -= min(*c.now, *c.was) // a snapshot that is loaded may set a counter back
	}
	return now.wire, now.keys
}

// restored returns how many payloads RESTORE has looked at.
func (srv *Server) restored() uint64 {
	if cmd := srv.table.Named("restore"); cmd != nil {
		return srv.stats.of(cmd).calls.Load()
	}
	return 0
}

// watched returns how many clients watch keys, and how many they watch.
func (srv *Server) watched() (clients, keys int) {
	for _, s := range srv.snapshot() {
		if n := int(s.watching.Load()); n > 0 {
			clients++
			keys += n
		}
	}
	return clients, keys
}

// rates are the figures of INFO that are so much a second.
type rates struct{ ops, in, out, cycles meter }

// meter tells how fast a counter runs, from one asking to the next. A reader that asks
// every few seconds sees the rate of that span. A second one that asks in between makes
// the spans shorter, not wrong.
type meter struct {
	mu    sync.Mutex
	at    time.Time
	total uint64
	rate  float64
}

// minSpan is the shortest span that a rate is taken from.
const minSpan = 100 * time.Millisecond

// measure returns the rate a second of a counter that stands at total.
func (m *meter) measure(now time.Time, total uint64) float64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch span := now.Sub(m.at); {
	case m.at.IsZero() || total < m.total: // the first time, or after CONFIG RESETSTAT
		m.at, m.total, m.rate = now, total, 0
	case span >= minSpan:
		m.rate = float64(total-m.total) / span.Seconds()
		m.at, m.total = now, total
	}
	return m.rate
}
