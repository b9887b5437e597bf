package front

import (
	"crypto/sha1"
	"encoding/binary"
	"encoding/hex"
	"net"
	"strconv"
)

// What Redis's clients know of a cluster maps onto a raft group like this: one
// shard owns all slots, the leader is its master and the other members are its
// replicas. A node that knows no leader shows only replicas and no slots, which
// makes clients ask again. Replicas serve every command, so no client is ever
// redirected.

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

// replicas returns how many members are not the leader.
func (v *View) replicas() int {
	n := len(v.Members)
	if v.member(v.Leader) != nil {
		n--
	}
	return n
}

// clustered reports whether the node presents itself as part of a Redis Cluster
// (cluster_enabled:1, mode cluster): it does if there is another member.
//
// CLUSTER SLOTS, SHARDS and NODES answer in any case, which is all that
// go-redis's ClusterClient, rueidis and redis-cli -c look at. The two fields are
// for monitoring and for tools such as redis-cli --cluster, which take a single
// server that calls itself a cluster for a broken one. SELECT and commands over
// several slots work either way.
func (v *View) clustered() bool { return len(v.Members) > 1 }

func (v *View) mode() string {
	if v.clustered() {
		return "cluster"
	}
	return "standalone"
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
