package front

import (
	"crypto/sha1"
	"encoding/binary"
	"encoding/hex"
	"net"
	"strconv"
)

// The view of Redis's clients of a cluster maps onto a raft group like this: one shard
// owns all slots. The leader is its master and the other members are its replicas. A
// node that knows no leader shows only replicas and no slots, which makes clients ask
// again. Replicas serve every command, so no client is ever redirected.

// leads reports whether the node itself is the leader.
func (v *View) leads() bool { return v.Leader != 0 && v.Leader == v.Self }

// member returns the member with an id, nil if there is none.
func (v *View) member(id uint64) *Member {
	for i := range v.Members {
		if v.Members[i].ID == id {
			return &v.Members[i]
		}
	}
	return nil
}

// find returns the member with a name or a Redis node id, nil if there is none.
func (v *View) find(name string) *Member {
	for i := range v.Members {
		if m := &v.Members[i]; m.Name == name || v.nodeID(m.ID) == name {
			return m
		}
	}
	return nil
}

// offset returns a member's known position in the log. For this node it is the applied
// index, for the leader the commit index, for other members the leader's knowledge of
// them. A follower knows nothing of the other followers: 0.
func (v *View) offset(m *Member, i *Info) uint64 {
	switch m.ID {
	case v.Self:
		return i.Applied
	case v.Leader:
		return i.Commit
	}
	return m.Match
}

// replicas returns how many members are not the leader.
func (v *View) replicas() int {
	n := len(v.Members)
	if v.member(v.Leader) != nil {
		n--
	}
	return n
}

// nodeID returns the id that Redis's clients know a member by, 40 hexadecimal
// digits. It follows from what the cluster agrees on and never changes.
func (v *View) nodeID(member uint64) string {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:8], v.ClusterID)
	binary.BigEndian.PutUint64(b[8:], member)
	sum := sha1.Sum(b[:])
	return hex.EncodeToString(sum[:])
}

// replicationID is the master_replid of INFO: one for the life of the cluster,
// as there is one history.
func (v *View) replicationID() string { return v.nodeID(0) }

// addrOf is where a client of the session's kind finds a member: one that talks TLS goes
// on with TLS. Members that have no port for it are told with port 0, as in Redis.
func (s *Session) addrOf(m *Member) (host string, port int) {
	host, port = splitAddr(m.ClientAddr)
	if secure, _ := s.conn.Secure(); secure {
		port = m.TLSPort
	}
	return host, port
}

// splitAddr returns the parts of host:port; port 0 if it is not one.
func splitAddr(addr string) (host string, port int) {
	host, p, err := net.SplitHostPort(addr)
	if err != nil {
		return "", 0
	}
	port, err = strconv.Atoi(p)
	if err != nil {
		return "", 0
	}
	return host, port
}
