package cluster

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/msredis/msredis/cluster/group"
	"github.com/msredis/msredis/cluster/replica"
	"github.com/msredis/msredis/store"
)

// `msredis reset-members`: the way out when a majority is lost for good. A node that does
// not run becomes the only member of a new cluster that has its data.
//
// The cluster gets a new id, so the old members and this node refuse each other for ever,
// as those of two clusters do. Nothing is asked of anybody, so the operator has to know
// that the others are gone. If they still have a majority, there are two clusters with the
// same data.
//
// A file says that a reset has begun, and which id the new cluster has. It is written first
// and removed last. Until then the node does not start, and the reset may be run again.

const resetFile = "reset.json"

// reset is the content of the file.
type reset struct {
	From uint64 `json:"from"` // the cluster that is given up
	To   uint64 `json:"to"`
	// Sum is a CRC-32C of the file as it is with zero here.
	Sum uint32 `json:"sum"`
}

func (r *reset) seal() *uint32 { return &r.Sum }

// loadReset returns nil if none has begun.
func loadReset(dir string) (*reset, error) {
	r := &reset{}
	if found, err := loadSealed(filepath.Join(dir, resetFile), r, "", nil); !found {
		return nil, err
	}
	return r, nil
}

// errResetting ends the start of a node whose reset was cut off.
var errResetting = errors.New("reset-members has begun with this directory and was cut off: run it again")

// Reset is what ResetMembers has done.
type Reset struct {
	Name    string
	Cluster uint64
}

// ResetMembers makes the node whose directory is o.Dir the only member of a new cluster.
// Of the options it needs those of the data. The caller holds the directory's lock.
func ResetMembers(o Options) (done Reset, err error) {
	m, err := loadMove(o.Dir)
	if err != nil {
		return done, err
	}
	id, err := loadIdentity(o.Dir)
	if err != nil {
		return done, err
	}
	switch {
	case id == nil || m != nil:
		return done, fmt.Errorf("%s holds no member of a cluster", o.Dir)
	case id.Name != o.Name:
		return done, fmt.Errorf("the data in %s belongs to node %q, this is node %q (--node-name)", o.Dir, id.Name, o.Name)
	}
	if err := o.Agreed.differ(id.Agreed, "the other nodes of its cluster"); err != nil {
		return done, fmt.Errorf("%s: %w", o.Dir, err)
	}
	r, err := loadReset(o.Dir)
	if err != nil {
		return done, err
	}
	if r == nil {
		r = &reset{From: id.Cluster, To: randomSeed() | 1}
		if err := saveSealed(filepath.Join(o.Dir, resetFile), r, ""); err != nil {
			return done, err
		}
	}
	if id.Cluster == r.From {
		if id, err = alone(o, id, r.To); err != nil {
			return done, err
		}
	}
	// The notes about the former members are of no use, and nothing is to be compared with them.
	if err := os.Remove(filepath.Join(o.Dir, meetingsFile)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return done, fmt.Errorf("data directory: %w", err)
	}
	if err := os.Remove(filepath.Join(o.Dir, resetFile)); err != nil {
		return done, fmt.Errorf("data directory: %w", err)
	}
	return Reset{Name: id.Name, Cluster: id.Cluster}, syncDir(o.Dir)
}

// alone rewrites the data and the identity.
func alone(o Options, id *identity, cluster uint64) (*identity, error) {
	incarnation, err := nextIncarnation(o.Dir)
	if err != nil {
		return nil, err
	}
	m := newMetrics(o.Registry).group
	l, err := group.OpenLog(o.Dir, m, o.Log)
	if err != nil {
		return nil, err
	}
	c := group.Config{
		ID: id.ID, Incarnation: incarnation, Cluster: id.Cluster, Dir: o.Dir, WAL: l, Joined: id.Joined,
		ElectionTimeout: o.ElectionTimeout, RequestTimeout: o.RequestTimeout, SnapshotLogBytes: o.SnapshotLogBytes,
		Table: o.Table, NewStore: func() (*store.Store, error) { return o.NewStore(id.Cluster) }, Random: randomSeed,
		Free: freeBytes, Log: o.Log, Metrics: m,
	}
	if id.Founder {
		c.Founders = id.founders()
	}
	var members replica.Members
	for i := range max(o.Groups, 1) { // the meta group is the last: its members are the cluster's
		g := max(o.Groups, 1) - 1 - i
		c.Dir, c.Group = groupDir(o.Dir, g), uint64(g)
		if members, err = group.Alone(c, cluster); err != nil {
			break
		}
	}
	if err = errors.Join(err, l.Close()); err != nil {
		return nil, err
	}
	fresh := &identity{Cluster: cluster, ID: id.ID, Name: id.Name, Joined: &members, Agreed: id.Agreed}
	return fresh, fresh.save(o.Dir)
}
