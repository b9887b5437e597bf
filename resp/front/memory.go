package front

import (
	"fmt"
	"runtime/debug"
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
	if limit > 0 && data > limit/10*9 {
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

// memoryStatsCommand answers the fields of Redis's that mean something for a
// process with a garbage collector.
func memoryStatsCommand(s *Session, _ [][]byte, w *reply.Writer) {
	m, info := measureMemory(), s.srv.backend.Info()
	keys := info.keys()
	perKey := int64(0)
	if keys > 0 {
		perKey = info.DataBytes / keys
	}
	fields := []struct {
		name  string
		value any // int64 or float64
	}{
		{"peak.allocated", int64(s.srv.peakMemory(m.heap))},
		{"total.allocated", int64(m.heap)},
		{"startup.allocated", int64(0)},
		{"replication.backlog", info.WALBytes},
		{"clients.slaves", int64(0)},
		{"clients.normal", int64(0)},
		{"overhead.total", max(int64(m.heap)-info.DataBytes, 0)},
		{"keys.count", keys},
		{"keys.bytes-per-key", perKey},
		{"dataset.bytes", info.DataBytes},
		{"dataset.percentage", share(float64(info.DataBytes), float64(m.heap))},
		{"peak.percentage", share(float64(m.heap), float64(s.srv.peakMemory(m.heap)))},
		{"allocator.allocated", int64(m.heap)},
		{"allocator.active", int64(m.total - m.released)},
		{"allocator.resident", int64(m.resident)},
		{"fragmentation", ratio(float64(m.resident), float64(m.heap))},
		{"fragmentation.bytes", int64(m.resident) - int64(m.heap)},
	}
	w.Map(len(fields))
	for _, f := range fields {
		w.BulkString(f.name)
		switch v := f.value.(type) {
		case int64:
			w.Int(v)
		case float64:
			w.Double(v)
		}
	}
}

// peakMemory returns the largest heap that anybody has asked about so far.
func (srv *Server) peakMemory(heap uint64) uint64 {
	for {
		peak := srv.peak.Load()
		if heap <= peak {
			return peak
		}
		if srv.peak.CompareAndSwap(peak, heap) {
			return heap
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
