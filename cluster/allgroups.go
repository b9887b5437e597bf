package cluster

import (
	"crypto/sha1"
	"encoding/hex"
	"io"
	"sync"
	"time"

	"github.com/msredis/msredis/cluster/group"
	"github.com/msredis/msredis/resp/front"
	"github.com/msredis/msredis/store"
)

// The groups of a node do and say some things together.

// stats are the figures of the groups. The leader, the term and the indexes are the meta
// group's, the rest is of all.
func (n *Node) stats() *group.Stats {
	s := n.meta().Stats()
	for _, g := range n.groups[1:] {
		more := g.Stats()
		s.QueuedUnits += more.QueuedUnits
		s.QueuedBytes += more.QueuedBytes
		s.WALBytes += more.WALBytes
		s.SnapshotBytes += more.SnapshotBytes
		s.Saves += more.Saves
		s.Saving = max(s.Saving, more.Saving)
		s.LastTook = max(s.LastTook, more.LastTook)
		s.LastSaveOK = s.LastSaveOK && more.LastSaveOK
		s.Installing = s.Installing || more.Installing
		if more.LastSave.Before(s.LastSave) {
			s.LastSave = more.LastSave
		}
	}
	return s
}

// addData adds the figures of a store.
func addData(out *front.Info, st *store.Store) {
	out.ChangesUnsaved += st.ChangesUnsaved()
	out.DataBytes += st.DataBytes()
	out.ExpiredKeys += st.ExpiredKeys()
	out.ExpiredFields += st.ExpiredFields()
	out.Leases += st.Leases()
	out.Evicted += st.EvictedKeys()
	hits, misses := st.Lookups()
	out.Hits, out.Misses = out.Hits+hits, out.Misses+misses
	for db, i := range st.DBInfo() {
		was := out.DB[db]
		if was.Expires == 0 {
			was.AvgTTL = i.AvgTTL
		} else if i.Expires > 0 {
			share := float64(i.Expires) / float64(was.Expires+i.Expires)
			was.AvgTTL += int64(float64(i.AvgTTL-was.AvgTTL) * share)
		}
		was.Keys += i.Keys
		was.Expires += i.Expires
		was.SubExpiry += i.SubExpiry
		was.DictBytes += i.DictBytes()
		was.ExpiryBytes += i.ExpiryBytes()
		out.DB[db] = was
	}
}

// Save writes a snapshot of each group; see front.Backend.
func (n *Node) Save() error { return n.forGroups((*group.Group).Save) }

// LastSave returns when the last snapshot was finished, Unix seconds: that of the group
// whose last one is the oldest.
func (n *Node) LastSave() int64 {
	last := n.meta().LastSave()
	for _, g := range n.groups[1:] {
		if at := g.LastSave(); at.Before(last) {
			last = at
		}
	}
	return last.Unix()
}

// Reload writes a snapshot of each group and loads it again; see front.Backend.
func (n *Node) Reload() error { return n.forGroups((*group.Group).Reload) }

// Digest returns the digest of the state; see front.Backend. For several groups it is a
// hash of their digests, with the sum of their indexes.
func (n *Node) Digest() (digest string, index uint64, err error) {
	if len(n.groups) == 1 {
		return n.meta().Digest()
	}
	sum := sha1.New()
	for _, g := range n.groups {
		d, i, err := g.Digest()
		if err != nil {
			return "", 0, err
		}
		io.WriteString(sum, d)
		index += i
	}
	return hex.EncodeToString(sum.Sum(nil)), index, nil
}

// Replicas counts the members that hold what is applied here; see front.Backend. It is the
// least that any of the groups has.
func (n *Node) Replicas(want int, timeout time.Duration) int {
	counts := make([]int, len(n.groups))
	var wg sync.WaitGroup
	for i, g := range n.groups[1:] {
		wg.Go(func() { counts[i+1] = g.Replicas(want, timeout) })
	}
	counts[0] = n.meta().Replicas(want, timeout)
	wg.Wait()
	least := counts[0]
	for _, c := range counts {
		least = min(least, c)
	}
	return least
}

// SetActiveExpire switches the ticks for deadlines; see front.Backend.
func (n *Node) SetActiveExpire(on bool) {
	for _, g := range n.groups {
		g.SetActiveExpire(on)
	}
}
