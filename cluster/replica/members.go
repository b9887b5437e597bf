package replica

import (
	"encoding/json"
	"fmt"
	"slices"

	"go.etcd.io/raft/v3/raftpb"
)

// Member is one node of the group, as all nodes know it.
type Member struct {
	ID         uint64 `json:"id"`
	Name       string `json:"name"`
	PeerAddr   string `json:"peer"`
	ClientAddr string `json:"client"`
	TLSPort    int    `json:"tls,omitempty"` // of clients that talk TLS; 0: none
	Learner    bool   `json:"learner,omitempty"`
}

// At reports whether o has the same addresses.
func (m Member) At(o Member) bool {
	return m.PeerAddr == o.PeerAddr && m.ClientAddr == o.ClientAddr && m.TLSPort == o.TLSPort
}

func (m *Member) move(to Member) {
	m.PeerAddr, m.ClientAddr, m.TLSPort = to.PeerAddr, to.ClientAddr, to.TLSPort
}

// Members is the membership at one position of the log. The zero value has no members.
type Members struct {
	Cluster uint64   `json:"cluster"` // the same on every member, never 0
	List    []Member `json:"members"` // ordered by ID
	// LastID is the highest ID that was ever given to a node. IDs are not used again. So a
	// removed node cannot come back with votes that it once gave.
	LastID uint64 `json:"last_id"`
	// Vacant are the names of members that made room for a successor. The successor may
	// take the place without being asked in.
	Vacant []string `json:"vacant,omitempty"`
}

// Encode returns m for a snapshot.
func (m *Members) Encode() ([]byte, error) { return json.Marshal(m) }

// DecodeMembers is the inverse of Encode.
func DecodeMembers(data []byte) (Members, error) {
	var m Members
	if err := json.Unmarshal(data, &m); err != nil {
		return m, fmt.Errorf("members: %w", err)
	}
	return m, nil
}

// ByID returns the member with that ID.
func (m *Members) ByID(id uint64) (Member, bool) {
	for _, x := range m.List {
		if x.ID == id {
			return x, true
		}
	}
	return Member{}, false
}

// ByName returns the member with that name.
func (m *Members) ByName(name string) (Member, bool) {
	for _, x := range m.List {
		if x.Name == name {
			return x, true
		}
	}
	return Member{}, false
}

// Has reports whether id is a member.
func (m *Members) Has(id uint64) bool { _, ok := m.ByID(id); return ok }

// Removed reports whether id was a member once and is none any more.
func (m *Members) Removed(id uint64) bool { return id <= m.LastID && !m.Has(id) }

// IsVacant reports whether the place of that name waits for its new owner.
func (m *Members) IsVacant(name string) bool { return slices.Contains(m.Vacant, name) }

// MayReturn reports whether a node of that name may join although it was not asked in. It
// may if it comes back with an empty directory in the place that it had. A node that was
// removed may not.
func (m *Members) MayReturn(name string) bool {
	_, ok := m.ByName(name)
	return ok || m.IsVacant(name)
}

// Voters counts the members that vote.
func (m *Members) Voters() int {
	n := 0
	for _, x := range m.List {
		if !x.Learner {
			n++
		}
	}
	return n
}

// Clone returns a copy that shares nothing.
func (m *Members) Clone() Members {
	c := *m
	c.List, c.Vacant = slices.Clone(m.List), slices.Clone(m.Vacant)
	return c
}

// ConfState is the membership as raft writes it.
func (m *Members) ConfState() *raftpb.ConfState {
	cs := &raftpb.ConfState{}
	for _, x := range m.List {
		if x.Learner {
			cs.Learners = append(cs.Learners, x.ID)
		} else {
			cs.Voters = append(cs.Voters, x.ID)
		}
	}
	return cs
}

// Change is one change of the membership.
type Change struct {
	Op     ChangeOp `json:"op"`
	Member Member   `json:"member"`
}

// ChangeOp is the kind of a Change.
type ChangeOp string

// The changes.
const (
	AddLearner ChangeOp = "add"     // a new member, which does not vote yet
	Promote    ChangeOp = "promote" // a learner becomes a voter
	Update     ChangeOp = "update"  // new addresses for a member
	Remove     ChangeOp = "remove"
	Replace    ChangeOp = "replace" // like Remove, for one of the same name
)

// confChange returns c in raft's form.
func (c Change) confChange() (*raftpb.ConfChangeV2, error) {
	context, err := json.Marshal(c)
	if err != nil {
		return nil, err
	}
	var t raftpb.ConfChangeType
	switch c.Op {
	case AddLearner:
		t = raftpb.ConfChangeAddLearnerNode
	case Promote:
		t = raftpb.ConfChangeAddNode
	case Remove, Replace:
		t = raftpb.ConfChangeRemoveNode
	default:
		t = raftpb.ConfChangeUpdateNode
	}
	return &raftpb.ConfChangeV2{
		Changes: []*raftpb.ConfChangeSingle{{Type: t.Enum(), NodeId: new(c.Member.ID)}},
		Context: context,
	}, nil
}

// decodeChange returns the change that an entry holds.
func decodeChange(e *raftpb.Entry) (*raftpb.ConfChangeV2, Change, bool) {
	cc := &raftpb.ConfChangeV2{}
	var change Change
	if err := unmarshal(e.GetData(), cc); err != nil {
		return nil, change, false
	}
	if err := json.Unmarshal(cc.GetContext(), &change); err != nil {
		return nil, change, false // leaving a joint configuration, which is never entered here
	}
	return cc, change, true
}

// Follow carries out the change that an entry holds, if there is one.
func (m *Members) Follow(e *raftpb.Entry) {
	if e.GetType() != raftpb.EntryConfChangeV2 {
		return
	}
	if _, change, ok := decodeChange(e); ok {
		m.apply(change)
	}
}

// Do is apply for those who work out where changes lead to.
func (m *Members) Do(c Change) bool { return m.apply(c) }

// apply carries out c, and reports whether c fits the membership. Two leaders may have
// proposed changes at once. A change that does not fit changes nothing, on every node
// alike.
func (m *Members) apply(c Change) bool {
	if m.Refuses(c) != nil {
		return false
	}
	i := slices.IndexFunc(m.List, func(x Member) bool { return x.ID == c.Member.ID })
	switch c.Op {
	case AddLearner:
		if _, taken := m.ByName(c.Member.Name); i >= 0 || taken {
			return false
		}
		c.Member.Learner = true
		m.List = append(m.List, c.Member) // IDs grow, so the order stays
		m.LastID = c.Member.ID
		m.fill(c.Member.Name)
	case Promote:
		if i < 0 || !m.List[i].Learner {
			return false
		}
		m.List[i].Learner = false
	case Update:
		if i < 0 {
			return false
		}
		m.List[i].move(c.Member)
	case Remove, Replace:
		if i < 0 {
			return c.Op == Remove && m.fill(c.Member.Name)
		}
		m.List = slices.Delete(m.List, i, i+1)
		if c.Op == Replace {
			m.Vacant = append(m.Vacant, c.Member.Name)
		}
	default:
		return false
	}
	return true
}

// fill makes sure that the place of that name is not vacant, and reports whether it was.
func (m *Members) fill(name string) bool {
	i := slices.Index(m.Vacant, name)
	if i >= 0 {
		m.Vacant = slices.Delete(m.Vacant, i, i+1)
	}
	return i >= 0
}

// Reflects reports whether m is as c wants it: c has happened, or need not. Two leaders may
// have given one ID to two nodes. The ID belongs to the node that got it.
func (m *Members) Reflects(c Change) bool {
	x, ok := m.ByID(c.Member.ID)
	switch c.Op {
	case AddLearner:
		return ok && x.Name == c.Member.Name && x.PeerAddr == c.Member.PeerAddr
	case Remove:
		return !ok && !m.IsVacant(c.Member.Name)
	case Replace:
		return !ok
	case Promote:
		return ok && !x.Learner
	case Update:
		return ok && x.At(c.Member)
	}
	return ok
}
