package front

import "fmt"

// usage is what is known of the memory of the node, in bytes. Two things are measured.
// The data is measured by an accounting that is the same on all nodes, the process by
// Go's runtime and the operating system. The fields of INFO memory, MEMORY STATS and
// the metrics follow from it; docs/OPERATING.md has them in a table.
//
// used_memory is the sum of the memory in use, as with Redis, and falls when keys go.
// It has the data, the memory of the process as it was started, and the buffers of
// clients. maxmemory is held against the first of them. Memory that the collector has
// not freed yet is in the figures of the process only.
type usage struct {
	process memoryUse
	data    uint64 // what maxmemory is held against
	dict    uint64 // of data: the dictionaries and deadlines of the keys
	startup uint64 // of the process, when it was started
	clients uint64 // requests and replies that wait
	peak    uint64 // the largest used() that anybody has asked about
}

// used is used_memory.
func (u *usage) used() uint64 { return u.data + u.uncounted() }

// uncounted is what of used maxmemory is not held against.
func (u *usage) uncounted() uint64 { return u.startup + u.clients }

// overhead is what of used is not keys and values.
func (u *usage) overhead() uint64 { return u.uncounted() + u.dict }

// active is what the Go runtime has from the operating system.
func (u *usage) active() uint64 { return u.process.total - u.process.released }

// measureUsage looks at the memory of the node.
func (srv *Server) measureUsage(info *Info) *usage {
	u := &usage{process: measureMemory(), data: uint64(max(info.DataBytes, 0)), startup: srv.startup}
	for _, db := range info.DB {
		u.dict += uint64(db.DictBytes + db.ExpiryBytes)
	}
	u.dict = min(u.dict, u.data)
	u.clients = uint64(max(srv.memoryOfClients(), 0))
	u.peak = srv.peakMemory(u.used())
	return u
}

// spread returns a/b and a-b, of figures that are taken one after the other: what
// is a part of a may seem larger than it.
func spread(a, b uint64) (ratio float64, bytes int64) {
	if b == 0 {
		return 1, 0
	}
	return float64(a) / float64(b), int64(a) - int64(b)
}

func infoMemory(w *infoWriter) {
	u := w.srv.measureUsage(w.info)
	size := func(name string, n uint64) {
		w.line(name, n)
		w.line(name+"_human", humanBytes(n))
	}
	size("used_memory", u.used())
	size("used_memory_rss", u.process.resident)
	size("used_memory_peak", u.peak)
	w.line("used_memory_peak_perc", fmt.Sprintf("%.2f%%", share(float64(u.used()), float64(u.peak))))
	w.line("used_memory_overhead", u.overhead())
	w.line("used_memory_startup", u.startup)
	w.line("used_memory_dataset", u.used()-u.overhead())
	w.line("used_memory_dataset_perc", fmt.Sprintf("%.2f%%", share(float64(u.used()-u.overhead()), float64(u.used()-u.startup))))
	w.line("allocator_allocated", u.process.heap)
	w.line("allocator_active", u.active())
	w.line("allocator_resident", u.process.resident)
	w.zeros("allocator_muzzy")
	size("total_system_memory", systemMemory())
	size("used_memory_lua", 0)
	// The memory of running scripts is Go's, and not counted by the machine.
	w.zeros("used_memory_vm_eval")
	w.line("used_memory_scripts_eval", w.info.ScriptBytes)
	w.line("number_of_cached_scripts", w.info.Scripts)
	w.line("number_of_functions", w.info.Functions)
	w.line("number_of_libraries", w.info.Libraries)
	w.zeros("used_memory_vm_functions")
	size("used_memory_vm_total", 0)
	w.line("used_memory_functions", w.info.LibraryBytes)
	size("used_memory_scripts", uint64(w.info.ScriptBytes+w.info.LibraryBytes))
	size("maxmemory", uint64(w.srv.config.Int("maxmemory")))
	w.line("maxmemory_policy", w.srv.config.String("maxmemory-policy"))
	pair := func(name string, a, b uint64) {
		ratio, bytes := spread(a, b)
		w.line(name+"_ratio", fmt.Sprintf("%.2f", ratio))
		w.line(name+"_bytes", bytes)
	}
	pair("allocator_frag", u.active(), u.process.heap)
	pair("allocator_rss", u.process.resident, u.active())
	w.line("rss_overhead_ratio", "1.00")
	w.zeros("rss_overhead_bytes")
	pair("mem_fragmentation", u.process.resident, u.used())
	w.line("mem_not_counted_for_evict", u.uncounted())
	w.zeros("mem_replication_backlog", "mem_total_replication_buffers", "mem_clients_slaves")
	w.line("mem_clients_normal", u.clients)
	w.zeros("mem_cluster_links", "mem_aof_buffer")
	w.line("mem_views", w.info.Views)
	w.line("mem_views_held", w.info.HeldBytes)
	w.line("mem_allocator", "go")
	w.zeros("mem_overhead_db_hashtable_rehashing", "active_defrag_running", "lazyfree_pending_objects", "lazyfreed_objects")
}
