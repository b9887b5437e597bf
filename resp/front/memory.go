package front

import (
	"fmt"
	"maps"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/msredis/msredis/resp/reply"
)

// share returns a in percent of b.
func share(a, b float64) float64 {
	if b == 0 {
		return 0
	}
	return a / b * 100
}

// ratio returns a/b, 0 for b = 0.
func ratio(a, b float64) float64 { return share(a, b) / 100 }

func memoryDoctorCommand(s *Session, _ [][]byte, w *reply.Writer) {
	m, data := measureMemory(), s.srv.backend.Info().DataBytes
	limit := s.srv.config.Int("maxmemory")
	var found []string
	if limit > 0 && data > limit/10*9 && s.srv.config.String("maxmemory-policy") == "noeviction" {
		found = append(found, fmt.Sprintf("The data takes %s of maxmemory %s: soon commands that add to it will get -OOM.",
			humanBytes(uint64(data)), humanBytes(uint64(limit))))
	}
	if total := systemMemory(); total > 0 && m.resident > total/10*8 {
		found = append(found, fmt.Sprintf("The process takes %s of the machine's %s.", humanBytes(m.resident), humanBytes(total)))
	}
	if len(found) == 0 {
		w.Verbatim("txt", "No memory problem was found.\n")
		return
	}
	w.Verbatim("txt", "* "+strings.Join(found, "\n* ")+"\n")
}

// memoryPurgeCommand collects garbage and gives free memory back.
func memoryPurgeCommand(_ *Session, _ [][]byte, w *reply.Writer) {
	debug.FreeOSMemory()
	w.OK()
}

func memoryMallocStatsCommand(_ *Session, _ [][]byte, w *reply.Writer) {
	m := measureMemory()
	w.Verbatim("txt", fmt.Sprintf("Go runtime: heap objects %d bytes, mapped %d bytes, of which %d were given back; resident %d bytes\n",
		m.heap, m.total, m.released, m.resident))
}

// stat is a field of MEMORY STATS: an int64, a float64, or a []stat.
type stat struct {
	name  string
	value any
}

// memoryStatsCommand answers Redis's fields; see usage.
func memoryStatsCommand(s *Session, _ [][]byte, w *reply.Writer) {
	info := s.srv.backend.Info()
	u := s.srv.measureUsage(info)
	keys, perKey := info.keys(), int64(0)
	if keys > 0 {
		perKey = int64(u.data) / keys
	}
	stats := []stat{
		{"peak.allocated", int64(u.peak)},
		{"total.allocated", int64(u.used())},
		{"startup.allocated", int64(u.startup)},
		{"replication.backlog", int64(0)},
		{"clients.slaves", int64(0)},
		{"clients.normal", int64(u.clients)},
		{"cluster.links", int64(0)},
		{"aof.buffer", int64(0)},
		{"lua.caches", int64(0)},
		{"functions.caches", int64(0)},
	}
	for _, db := range slices.Sorted(maps.Keys(info.DB)) {
		i := info.DB[db]
		stats = append(stats, stat{fmt.Sprintf("db.%d", db), []stat{
			{"overhead.hashtable.main", i.DictBytes},
			{"overhead.hashtable.expires", i.ExpiryBytes},
			{"overhead.hashtable.slot-to-keys", int64(0)},
		}})
	}
	pair := func(name string, a, b uint64) {
		ratio, bytes := spread(a, b)
		stats = append(stats, stat{name + ".ratio", ratio}, stat{name + ".bytes", bytes})
	}
	stats = append(stats, []stat{
		{"overhead.db.hashtable.lut", int64(u.dict)},
		{"overhead.db.hashtable.rehashing", int64(0)},
		{"overhead.total", int64(u.overhead())},
		{"db.dict.rehashing.count", int64(0)},
		{"keys.count", keys},
		{"keys.bytes-per-key", perKey},
		{"dataset.bytes", int64(u.used() - u.overhead())},
		{"dataset.percentage", share(float64(u.used()-u.overhead()), float64(u.used()-u.startup))},
		{"peak.percentage", share(float64(u.used()), float64(u.peak))},
		{"allocator.allocated", int64(u.process.heap)},
		{"allocator.active", int64(u.active())},
		{"allocator.resident", int64(u.process.resident)},
		{"allocator.muzzy", int64(0)},
	}...)
	pair("allocator-fragmentation", u.active(), u.process.heap)
	pair("allocator-rss", u.process.resident, u.active())
	pair("rss-overhead", u.process.resident, u.process.resident)
	ratio, bytes := spread(u.process.resident, u.used())
	writeStats(w, append(stats, stat{"fragmentation", ratio}, stat{"fragmentation.bytes", bytes}))
}

func writeStats(w *reply.Writer, stats []stat) {
	w.Map(len(stats))
	for _, f := range stats {
		w.BulkString(f.name)
		switch v := f.value.(type) {
		case int64:
			w.Int(v)
		case float64:
			w.Double(v)
		case []stat:
			writeStats(w, v)
		}
	}
}

// peakMemory returns the largest used memory that anybody has asked about so far.
func (srv *Server) peakMemory(used uint64) uint64 {
	for {
		peak := srv.peak.Load()
		if used <= peak {
			return peak
		}
		if srv.peak.CompareAndSwap(peak, used) {
			return used
		}
	}
}

// keys returns the number of keys in all databases.
func (i *Info) keys() (n int64) {
	for _, db := range i.DB {
		n += db.Keys
	}
	return n
}

// humanBytes writes a size as Redis does in the _human fields of INFO.
func humanBytes(n uint64) string {
	const units = "KMGTPE"
	if n < 1024 {
		return fmt.Sprintf("%dB", n)
	}
	f, unit := float64(n)/1024, 0
	for f >= 1024 && unit < len(units)-1 {
		f /= 1024
		unit++
	}
	return fmt.Sprintf("%.2f%c", f, units[unit])
}
