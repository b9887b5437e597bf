package group

import (
	"errors"
	"fmt"

	"github.com/msredis/msredis/cluster/replica"
	"github.com/msredis/msredis/cluster/wal"
)

// aloneBytes is how much of the log Alone applies at a time.
const aloneBytes = 16 << 20

// Alone makes a member that does not run the only one of its group, which is the
// cluster's of that id from now on. It returns the new membership.
//
// The whole log is applied, also entries that are not known to be committed. The members
// learn a little later that an entry is, so acknowledged writes may be among them. One
// snapshot then has the data and the new membership, and becomes the newest in one step.
func Alone(c Config, cluster uint64) (members replica.Members, err error) {
	g, err := Open(c)
	if err != nil {
		return members, err
	}
	defer func() { err = errors.Join(err, g.shelf.Close()) }()
	if _, ok := g.shelf.Meta(); !ok {
		return members, errors.New("this node has no data yet")
	}
	members = g.apply.Members.Clone()
	last, err := g.storage.LastIndex()
	if err != nil {
		return members, err
	}
	st := g.store.Load()
	for g.apply.Index < last {
		list, err := g.storage.Entries(g.apply.Index+1, last+1, aloneBytes)
		if err != nil {
			return members, err
		}
		for _, e := range list {
			members.Follow(e)
		}
		entries, _, _, err := g.apply.Open(nil, &replica.ApplyJob{Entries: list}, 0, 0)
		if err != nil {
			return members, err
		}
		st.Apply(entries)
		g.apply.Ledger.Recycle()
	}
	self, ok := members.ByID(c.ID)
	if !ok {
		return members, errors.New("this node was removed from its cluster")
	}
	self.Learner = false
	members = replica.Members{Cluster: cluster, List: []replica.Member{self}, LastID: members.LastID}
	g.apply.Members = members

	snapshot, err := g.cut()
	if err != nil {
		return members, err
	}
	err = g.write(snapshot)
	snapshot.delta.Done(err == nil)
	if err != nil {
		return members, fmt.Errorf("the snapshot: %w", err)
	}
	return members, g.wal.Mark(wal.Mark{Index: snapshot.meta.Index, Term: snapshot.meta.Term, Conf: snapshot.meta.Conf})
}
