package front

import (
	"cmp"
	"fmt"
	"maps"
	"os"
	"runtime"
	"slices"
	"time"

	"github.com/msredis/msredis/internal/poller"
)

func infoServer(w *infoWriter) {
	srv := w.srv
	up := int64(w.now.Sub(srv.opt.Started) / time.Second)
	executable, _ := os.Executable() // empty if it is not known
	w.line("redis_version", RedisVersion)
	w.line("redis_git_sha1", "00000000")
	w.line("redis_git_dirty", 0)
	w.line("redis_build_id", "0")
	w.line("redis_mode", w.srv.mode())
	w.line("msredis_version", srv.opt.Version)
	w.line("os", systemName()+" "+runtime.GOARCH)
	w.line("arch_bits", 32<<(^uint(0)>>63))
	w.line("monotonic_clock", "POSIX clock_gettime") // what Go's runtime uses
	w.line("multiplexing_api", poller.API)
	w.line("atomicvar_api", "go")
	w.line("gcc_version", "0.0.0") // as a Redis that another compiler has built
	w.line("go_version", runtime.Version())
	w.line("process_id", os.Getpid())
	w.line("process_supervised", "no")
	w.line("run_id", srv.runID)
	port, tlsPort := srv.config.Int("port"), srv.config.Int("tls-port")
	w.line("tcp_port", cmp.Or(port, tlsPort))
	w.line("server_time_usec", w.now.UnixMicro())
	w.line("uptime_in_seconds", up)
	w.line("uptime_in_days", up/(24*60*60))
	w.line("hz", srv.config.Int("hz"))
	w.line("configured_hz", srv.config.Int("hz"))
	w.line("lru_clock", uint32(w.now.Unix())&lruClockMask)
	w.line("executable", executable)
	w.line("config_file", srv.config.File())
	w.flag("io_threads_active", w.srv.wire().Loops > 1) // as Redis: threads beside the main one serve clients
	bound := ""
	for _, addr := range srv.config.Words("bind") {
		bound += ",bind=" + addr
	}
	listeners := 0
	for _, l := range []struct {
		name string
		port int64
	}{{"tcp", port}, {"tls", tlsPort}} {
		if l.port != 0 {
			w.line(fmt.Sprint("listener", listeners), fmt.Sprintf("name=%s%s,port=%d", l.name, bound, l.port))
			listeners++
		}
	}
}

// lruClockMask are the bits that Redis's clock of seconds has.
const lruClockMask = 1<<24 - 1

func infoClients(w *infoWriter) {
	w.line("connected_clients", w.srv.connected())
	w.line("cluster_connections", max(len(w.view.Members)-1, 0))
	w.line("maxclients", w.srv.config.Int("maxclients"))
	w.zeros("client_recent_max_input_buffer", "client_recent_max_output_buffer")
	w.line("blocked_clients", w.srv.waiting.all.Load())
	w.line("tracking_clients", w.srv.tracking.clients.Load())
	clients, keys := w.srv.watched()
	w.line("watching_clients", clients)
	w.line("pubsub_clients", w.srv.subscribers.Load())
	w.line("clients_in_timeout_table", w.srv.waiting.limited.Load())
	w.line("total_watched_keys", keys)
	waited, gone := w.srv.blocking.Len()
	w.line("total_blocking_keys", waited)
	w.line("total_blocking_keys_on_nokey", gone)
}

func infoPersistence(w *infoWriter) {
	i := w.info
	status, took := "ok", int64(-1)
	if !i.LastSaveOK {
		status = "err"
	}
	if i.LastSaveTook > 0 {
		took = int64(i.LastSaveTook / time.Second)
	}
	w.zeros("loading") // the doors are closed meanwhile
	w.flag("async_loading", i.Installing)
	// Nothing is forked or copied, and a snapshot does not know its size before.
	w.zeros("current_cow_peak", "current_cow_size", "current_cow_size_age")
	w.line("current_fork_perc", "0.00")
	w.zeros("current_save_keys_processed", "current_save_keys_total")
	w.line("rdb_changes_since_last_save", i.ChangesUnsaved)
	w.flag("rdb_bgsave_in_progress", i.SaveRunning)
	w.line("rdb_last_save_time", i.LastSave)
	w.line("rdb_last_bgsave_status", status)
	w.line("rdb_last_bgsave_time_sec", took)
	running := int64(-1)
	if i.SaveRunning {
		running = int64(i.SaveRunningFor / time.Second)
	}
	w.line("rdb_current_bgsave_time_sec", running)
	w.line("rdb_saves", i.Saves)
	w.zeros("rdb_last_cow_size", "rdb_last_load_keys_expired", "rdb_last_load_keys_loaded")
	// The log is what the append-only file is to Redis.
	w.line("aof_enabled", 1)
	w.zeros("aof_rewrite_in_progress", "aof_rewrite_scheduled")
	w.line("aof_last_rewrite_time_sec", -1)
	w.line("aof_current_rewrite_time_sec", -1)
	w.line("aof_last_bgrewrite_status", "ok")
	w.zeros("aof_rewrites", "aof_rewrites_consecutive_failures") // snapshots shorten the log: rdb_saves
	written := "ok"                                              // a node whose log fails stops
	if w.srv.backend.Room() == 0 {
		written = "err" // what may add to the data is refused
	}
	w.line("aof_last_write_status", written)
	w.zeros("aof_last_cow_size")
	w.line("aof_current_size", i.WALBytes)
	w.line("snapshot_bytes", i.SnapshotBytes)
	w.zeros("module_fork_in_progress", "module_fork_last_cow_size")
}

// infoReplication answers in Redis's terms: the leader is the master, the others
// are its replicas, offsets are positions in the log.
func infoReplication(w *infoWriter) {
	v, i := w.view, w.info
	if v.leads() {
		w.line("role", "master")
	} else {
		w.line("role", "slave")
		host, port, status, down := "", 0, "down", 1
		if leader := v.member(v.Leader); leader != nil {
			host, port = splitAddr(leader.ClientAddr)
			if leader.Alive {
				status, down = "up", 0
			}
		}
		w.line("master_host", host)
		w.line("master_port", port)
		w.line("master_link_status", status)
		w.line("master_last_io_seconds_ago", -down)
		w.zeros("master_sync_in_progress")
		w.line("slave_read_repl_offset", i.Applied)
		w.line("slave_repl_offset", i.Applied)
		w.line("slave_priority", w.srv.config.Int("replica-priority"))
		// Every node takes writes and passes them on.
		w.zeros("slave_read_only")
		w.line("replica_announced", 1)
	}
	replicas := 0
	if v.leads() {
		replicas = v.replicas()
	}
	w.line("connected_slaves", replicas)
	if v.leads() {
		n := 0
		for j := range v.Members {
			m := &v.Members[j]
			if m.ID == v.Leader {
				continue
			}
			state := "online"
			if !m.Alive {
				state = "wait_bgsave"
			}
			host, port := splitAddr(m.ClientAddr)
			w.line(fmt.Sprintf("slave%d", n), fmt.Sprintf("ip=%s,port=%d,state=%s,offset=%d,lag=%d",
				host, port, state, m.Match, i.Commit-min(m.Match, i.Commit)))
			n++
		}
	}
	w.line("master_failover_state", "no-failover")
	w.line("master_replid", v.replicationID())
	w.line("master_replid2", "0000000000000000000000000000000000000000")
	w.line("master_repl_offset", i.Commit)
	w.line("second_repl_offset", -1)
	w.line("repl_backlog_active", 1)
	w.line("repl_backlog_size", i.WALBytes)
	w.line("repl_backlog_first_byte_offset", i.FirstIndex)
	w.line("repl_backlog_histlen", i.LastIndex-min(i.FirstIndex, i.LastIndex))
}

func infoCPU(w *infoWriter) {
	cpu := measureCPU()
	seconds := func(name string, d time.Duration) { w.line(name, fmt.Sprintf("%.6f", d.Seconds())) }
	seconds("used_cpu_sys", cpu.system)
	seconds("used_cpu_user", cpu.user)
	seconds("used_cpu_sys_children", cpu.systemChildren)
	seconds("used_cpu_user_children", cpu.userChildren)
	// All threads serve commands, so what Redis counts of its main one is all.
	seconds("used_cpu_sys_main_thread", cpu.system)
	seconds("used_cpu_user_main_thread", cpu.user)
}

func infoRaft(w *infoWriter) {
	v, i := w.view, w.info
	leader := ""
	if m := v.member(v.Leader); m != nil {
		leader = m.Name
	}
	self := ""
	if m := v.member(v.Self); m != nil {
		self = m.Name
	}
	w.line("raft_state", i.State)
	w.line("raft_node", self)
	w.line("raft_node_id", fmt.Sprintf("%016x", v.Self))
	w.line("raft_cluster_id", fmt.Sprintf("%016x", v.ClusterID))
	w.line("raft_leader", leader)
	w.flag("raft_quorum", v.Quorum)
	w.line("raft_members", len(v.Members))
	w.line("raft_term", i.Term)
	w.line("raft_commit_index", i.Commit)
	w.line("raft_applied_index", i.Applied)
	w.line("raft_first_index", i.FirstIndex)
	w.line("raft_last_index", i.LastIndex)
	w.line("raft_snapshot_index", i.SnapshotAt)
	w.line("raft_leader_changes", i.LeaderSwitch)
	w.line("raft_log_time", i.LogTime)
	w.line("raft_entries_applied", i.Entries)
	w.line("raft_queued_units", i.QueuedUnits)
	w.line("raft_queued_bytes", i.QueuedBytes)
	w.line("raft_leases", i.Leases)
}

func infoCommandstats(w *infoWriter) {
	for _, cmd := range w.srv.table.All() {
		st := w.srv.stats.of(cmd)
		calls, rejected, failed := st.calls.Load(), st.rejected.Load(), st.failed.Load()
		if calls == 0 && rejected == 0 && failed == 0 {
			continue
		}
		usec := st.nanos.Load() / uint64(time.Microsecond)
		w.line("cmdstat_"+cmd.FullName, fmt.Sprintf("calls=%d,usec=%d,usec_per_call=%.2f,rejected_calls=%d,failed_calls=%d",
			calls, usec, ratio(float64(usec), float64(calls)), rejected, failed))
	}
}

func infoErrorstats(w *infoWriter) {
	_, counts := w.srv.stats.errors.all()
	for _, code := range slices.Sorted(maps.Keys(counts)) {
		w.line("errorstat_"+code, fmt.Sprintf("count=%d", counts[code]))
	}
}

func infoCluster(w *infoWriter) { w.flag("cluster_enabled", w.srv.clustered) }

func infoKeyspace(w *infoWriter) {
	for _, db := range slices.Sorted(maps.Keys(w.info.DB)) {
		i := w.info.DB[db]
		w.line(fmt.Sprintf("db%d", db), fmt.Sprintf("keys=%d,expires=%d,avg_ttl=%d,subexpiry=%d",
			i.Keys, i.Expires, i.AvgTTL, i.SubExpiry))
	}
}
