package front

import (
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/msredis/msredis/internal/redisnum"
	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/resp/reply"
)

func clusterMyIDCommand(s *Session, _ [][]byte, w *reply.Writer) {
	v := s.srv.backend.View()
	w.BulkString(v.nodeID(v.Self))
}

// clusterMyShardIDCommand: there is one shard, for the life of the cluster.
func clusterMyShardIDCommand(s *Session, _ [][]byte, w *reply.Writer) {
	w.BulkString(s.srv.backend.View().replicationID())
}

func clusterKeyslotCommand(_ *Session, args [][]byte, w *reply.Writer) {
	w.Int(int64(command.Slot(args[2])))
}

func clusterInfoCommand(s *Session, _ [][]byte, w *reply.Writer) {
	v := s.srv.backend.View()
	state, slots := "ok", command.Slots
	if !v.Quorum {
		state = "fail"
	}
	if v.Leader == 0 {
		slots = 0
	}
	w.Verbatim("txt", fmt.Sprintf("cluster_state:%s\r\n"+
		"cluster_slots_assigned:%d\r\n"+
		"cluster_slots_ok:%d\r\n"+
		"cluster_slots_pfail:0\r\n"+
		"cluster_slots_fail:%d\r\n"+
		"cluster_known_nodes:%d\r\n"+
		"cluster_size:1\r\n"+
		"cluster_current_epoch:%d\r\n"+
		"cluster_my_epoch:%d\r\n"+
		"cluster_stats_messages_sent:0\r\n"+
		"cluster_stats_messages_received:0\r\n"+
		"total_cluster_links_buffer_limit_exceeded:0\r\n",
		state, command.Slots, slots, command.Slots-slots, len(v.Members), v.Term, v.Term))
}

// nodeLine is a member's line of CLUSTER NODES, without a newline.
func (v *View) nodeLine(s *Session, m *Member, now time.Time) string {
	var flags []string
	if m.ID == v.Self {
		flags = append(flags, "myself")
	}
	master, slots := "-", ""
	if m.ID == v.Leader {
		flags = append(flags, "master")
		slots = fmt.Sprintf(" 0-%d", command.Slots-1)
	} else {
		flags = append(flags, "slave")
		if v.Leader != 0 {
			master = v.nodeID(v.Leader)
		}
	}
	link, pong := "connected", now.UnixMilli()
	if !m.Alive {
		flags = append(flags, "fail")
		link, pong = "disconnected", 0
	}
	if m.ID == v.Self {
		pong = 0
	}
	if m.ClientAddr == "" {
		flags = append(flags, "noaddr") // it has just come and has not said it yet
	}
	host, port := s.addrOf(m)
	_, peerPort := splitAddr(m.PeerAddr)
	return fmt.Sprintf("%s %s:%d@%d %s %s 0 %d %d %s%s",
		v.nodeID(m.ID), host, port, peerPort, strings.Join(flags, ","), master, pong, v.Term, link, slots)
}

func clusterNodesCommand(s *Session, _ [][]byte, w *reply.Writer) {
	v, now := s.srv.backend.View(), time.Now()
	var b strings.Builder
	for i := range v.Members {
		b.WriteString(v.nodeLine(s, &v.Members[i], now))
		b.WriteByte('\n')
	}
	w.Verbatim("txt", b.String())
}

func clusterReplicasCommand(s *Session, args [][]byte, w *reply.Writer) {
	v, now := s.srv.backend.View(), time.Now()
	m := v.find(string(args[2]))
	switch {
	case m == nil:
		w.Error(fmt.Sprintf(reply.ErrUnknownNode, args[2]))
		return
	case m.ID != v.Leader:
		w.Error(reply.ErrNotMaster)
		return
	}
	w.Array(v.replicas())
	for i := range v.Members {
		if m := &v.Members[i]; m.ID != v.Leader {
			w.BulkString(v.nodeLine(s, m, now))
		}
	}
}

// serving returns the members that clients should send commands to, the leader
// first.
func (v *View) serving() []*Member {
	leader := v.member(v.Leader)
	if leader == nil || leader.ClientAddr == "" {
		return nil
	}
	list := []*Member{leader}
	for i := range v.Members {
		if m := &v.Members[i]; m != leader && m.Alive && !m.Learner && m.ClientAddr != "" {
			list = append(list, m)
		}
	}
	return list
}

func clusterSlotsCommand(s *Session, _ [][]byte, w *reply.Writer) {
	v := s.srv.backend.View()
	nodes := v.serving()
	if len(nodes) == 0 {
		w.Array(0)
		return
	}
	w.Array(1)
	w.Array(2 + len(nodes))
	w.Int(0)
	w.Int(command.Slots - 1)
	for _, m := range nodes {
		host, port := s.addrOf(m)
		w.Array(4)
		w.BulkString(host)
		w.Int(int64(port))
		w.BulkString(v.nodeID(m.ID))
		w.Map(0)
	}
}

func clusterShardsCommand(s *Session, _ [][]byte, w *reply.Writer) {
	v, info := s.srv.backend.View(), s.srv.backend.Info()
	w.Array(1)
	w.Map(2)
	w.BulkString("slots")
	if v.Leader == 0 {
		w.Array(0)
	} else {
		w.Array(2)
		w.Int(0)
		w.Int(command.Slots - 1)
	}
	w.BulkString("nodes")
	mark, nodes := w.Later(), 0
	for i := range v.Members {
		m := &v.Members[i]
		if m.ClientAddr == "" {
			continue // clients would take the address for one to connect to
		}
		nodes++
		role, health := "replica", "online"
		if m.ID == v.Leader {
			role = "master"
		}
		switch {
		case !m.Alive:
			health = "fail"
		case m.Learner:
			health = "loading"
		}
		host, port := splitAddr(m.ClientAddr)
		ports := map[string]int{"port": port, "tls-port": m.TLSPort}
		if port == m.TLSPort {
			delete(ports, "port")
		}
		if m.TLSPort == 0 {
			delete(ports, "tls-port")
		}
		w.Map(6 + len(ports))
		w.BulkString("id")
		w.BulkString(v.nodeID(m.ID))
		for _, name := range []string{"port", "tls-port"} {
			if n, ok := ports[name]; ok {
				w.BulkString(name)
				w.Int(int64(n))
			}
		}
		w.BulkString("ip")
		w.BulkString(host)
		w.BulkString("endpoint")
		w.BulkString(host)
		w.BulkString("role")
		w.BulkString(role)
		w.BulkString("replication-offset")
		w.Int(int64(v.offset(m, info)))
		w.BulkString("health")
		w.BulkString(health)
	}
	w.CloseArray(mark, nodes)
}

// clusterLinksCommand shows one link to each member that is reached. When it
// was made and what waits in its buffers is not known here: see the metrics.
func clusterLinksCommand(s *Session, _ [][]byte, w *reply.Writer) {
	v := s.srv.backend.View()
	mark, n := w.Later(), 0
	for i := range v.Members {
		m := &v.Members[i]
		if m.ID == v.Self || !m.Alive {
			continue
		}
		w.Map(6)
		w.BulkString("direction")
		w.BulkString("to")
		w.BulkString("node")
		w.BulkString(v.nodeID(m.ID))
		w.BulkString("create-time")
		w.Int(0)
		w.BulkString("events")
		w.BulkString("rw")
		w.BulkString("send-buffer-allocated")
		w.Int(0)
		w.BulkString("send-buffer-used")
		w.Int(0)
		n++
	}
	w.CloseArray(mark, n)
}

// clusterCountFailureReportsCommand counts one report, this node's own: members
// do not tell each other whom they cannot reach.
func clusterCountFailureReportsCommand(s *Session, args [][]byte, w *reply.Writer) {
	m := s.srv.backend.View().find(string(args[2]))
	switch {
	case m == nil:
		w.Error(fmt.Sprintf(reply.ErrUnknownNode, args[2]))
	case m.Alive:
		w.Int(0)
	default:
		w.Int(1)
	}
}

// clusterFailoverCommand makes another member the leader: this one, or if it
// leads already, the one that is most advanced. FORCE and TAKEOVER are accepted
// and change nothing: there is no way to lead without a majority.
func clusterFailoverCommand(s *Session, args [][]byte, w *reply.Writer) {
	if len(args) > 3 {
		w.Error(reply.SubcommandSyntax("cluster", args[1]))
		return
	}
	if len(args) == 3 {
		if option := strings.ToLower(string(args[2])); option != "force" && option != "takeover" {
			w.Error(reply.ErrSyntax)
			return
		}
	}
	v := s.srv.backend.View()
	name := ""
	switch self := v.member(v.Self); {
	case len(v.Members) == 1:
		w.Error(reply.ErrFailoverMaster)
		return
	case !v.leads() && self != nil:
		name = self.Name
	}
	done(w, s.srv.backend.Failover(name))
}

// clusterForgetCommand takes a member's name, or its node id.
func clusterForgetCommand(s *Session, args [][]byte, w *reply.Writer) {
	v := s.srv.backend.View()
	m := v.find(string(args[2]))
	switch {
	case m == nil:
		w.Error(fmt.Sprintf(reply.ErrUnknownNode, args[2]))
	case m.ID == v.Self:
		w.Error(reply.ErrForgetSelf)
	default:
		done(w, s.srv.backend.Forget(m.Name))
	}
}

// busPortOffset is how far a node's port for the other members is from that for
// clients, unless it is told otherwise.
const busPortOffset = 10000

func clusterMeetCommand(s *Session, args [][]byte, w *reply.Writer) {
	if len(args) > 5 {
		w.Error(reply.SubcommandSyntax("cluster", args[1]))
		return
	}
	port, ok := redisnum.ParseInt(args[3])
	if !ok {
		w.Error(fmt.Sprintf(reply.ErrMeetBasePort, args[3]))
		return
	}
	bus := port + busPortOffset
	if len(args) == 5 {
		if bus, ok = redisnum.ParseInt(args[4]); !ok {
			w.Error(fmt.Sprintf(reply.ErrMeetBusPort, args[4]))
			return
		}
	}
	const maxPort = 65535
	if net.ParseIP(string(args[2])) == nil || port < 1 || port > maxPort || bus < 1 || bus > maxPort {
		w.Error(fmt.Sprintf(reply.ErrMeetAddress, args[2], args[3]))
		return
	}
	done(w, s.srv.backend.Meet(net.JoinHostPort(string(args[2]), strconv.FormatInt(bus, 10))))
}

func clusterResetCommand(_ *Session, args [][]byte, w *reply.Writer) {
	if len(args) > 3 {
		w.Error(reply.SubcommandSyntax("cluster", args[1]))
		return
	}
	if len(args) == 3 {
		if option := strings.ToLower(string(args[2])); option != "hard" && option != "soft" {
			w.Error(reply.ErrSyntax)
			return
		}
	}
	w.Error(reply.ErrClusterReset)
}

// done answers OK, or why the backend could not do what it was asked.
func done(w *reply.Writer, err error) {
	f := (*command.Failure)(nil)
	switch {
	case err == nil:
		w.OK()
	case errors.As(err, &f):
		w.Error(f.Text)
	default:
		w.Error(fmt.Sprintf(reply.ErrOther, strings.TrimPrefix(err.Error(), "ERR ")))
	}
}

func readonlyCommand(s *Session, _ [][]byte, w *reply.Writer) {
	s.stale = true
	s.setFlag(flagReadOnly, true)
	w.OK()
}

func readwriteCommand(s *Session, _ [][]byte, w *reply.Writer) {
	s.stale = false
	s.setFlag(flagReadOnly, false)
	w.OK()
}

// askingCommand has nothing to do: no slot is ever on its way to another node.
func askingCommand(_ *Session, _ [][]byte, w *reply.Writer) { w.OK() }

// Redis's replication is not how this server replicates.

func replicaofCommand(_ *Session, _ [][]byte, w *reply.Writer) { w.Error(reply.ErrNoReplicaOf) }
func slaveofCommand(_ *Session, _ [][]byte, w *reply.Writer)   { w.Error(reply.ErrNoReplicaOf) }
func psyncCommand(_ *Session, _ [][]byte, w *reply.Writer)     { w.Error(reply.ErrNoSync) }
func syncCommand(_ *Session, _ [][]byte, w *reply.Writer)      { w.Error(reply.ErrNoSync) }
func failoverCommand(_ *Session, _ [][]byte, w *reply.Writer)  { w.Error(reply.ErrNoFailover) }
