package cluster

import (
	"fmt"
	"maps"
	"path/filepath"
	"sync"
	"time"

	"github.com/msredis/msredis/cluster/group"
	"github.com/msredis/msredis/cluster/replica"
	"github.com/msredis/msredis/cluster/transport"
)

// meetingsFile has the processes of other members that this node has met; see
// replica.Meeting. Without it nobody is refused.
const meetingsFile = "peers.json"

// meetings are all of them, in memory and on disk.
type meetings struct {
	mu   sync.Mutex
	path string
	file meetingList
	// unsaved: the file on disk lacks some of it.
	unsaved bool
	told    map[uint64]uint64 // by member: the election timeout that the log has named
}

type meetingList struct {
	Peers map[uint64]replica.Meeting `json:"peers"` // by ID
	// Sum is a CRC-32C of the file as it is with zero here.
	Sum uint32 `json:"sum"`
}

func (l *meetingList) seal() *uint32 { return &l.Sum }

// load reads the file of a data directory.
func (m *meetings) load(dir string) error {
	m.path, m.told = filepath.Join(dir, meetingsFile), map[uint64]uint64{}
	m.file.Peers = map[uint64]replica.Meeting{}
	l := meetingList{}
	found, err := loadSealed(m.path, &l, "", nil)
	if !found {
		return err
	}
	if l.Peers == nil {
		return damaged(m.path)
	}
	m.file = l
	return nil
}

// meet decides about a process of a member. It is on disk when the process is let
// in. acked is what the member is known to have, by group.
func (m *meetings) meet(id uint64, acked []uint64, p transport.Process) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	x := m.file.Peers[id]
	for i, index := range acked {
		x.Raise(i, index)
	}
	if why := x.Outdated(p.Starts, p.Run, p.Last, p.Lasts...); why != "" {
		return &transport.RefusedError{Why: transport.Outdated, Text: fmt.Sprintf("member %x has an older copy of its data: %s", id, why)}
	}
	if !x.Meet(p.Starts, p.Run) {
		return nil
	}
	return m.save(map[uint64]replica.Meeting{id: x})
}

// save adds to what is noted. The caller holds m.mu.
func (m *meetings) save(news map[uint64]replica.Meeting) error {
	next := meetingList{Peers: maps.Clone(m.file.Peers)}
	maps.Copy(next.Peers, news)
	err := saveSealed(m.path, &next, "")
	if err == nil {
		m.file, m.unsaved = next, false
	}
	return err
}

// raise notes in memory how much of the log of a group members but this one are known to
// have.
func (m *meetings) raise(group int, floors map[uint64]uint64, self uint64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for id, floor := range floors {
		if x := m.file.Peers[id]; id != self && x.Raise(group, floor) {
			m.unsaved = true
			m.file.Peers[id] = x
		}
	}
}

// flush brings what was raised to the disk, and forgets who is no member any more.
func (m *meetings) flush(members *replica.Members) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for id := range m.file.Peers {
		if members.Removed(id) {
			delete(m.file.Peers, id)
			m.unsaved = true
		}
	}
	if !m.unsaved {
		return nil
	}
	return m.save(nil)
}

// safeRemovals remembers for which membership the logs were synced.
type safeRemovals struct {
	mu     sync.Mutex
	lastID uint64 // of all groups together
	count  int
}

// sync makes sure that a restart cannot take back the present membership of the groups.
// A removal makes the difference of the two numbers larger, and no change makes it smaller.
func (s *safeRemovals) sync(groups []*group.Group) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var lastID uint64
	count := 0
	for _, g := range groups {
		v := g.View()
		lastID, count = lastID+v.Members.LastID, count+len(v.Members.List)
	}
	if s.lastID == lastID && s.count == count {
		return nil
	}
	for _, g := range groups {
		if err := g.SyncLog(); err != nil {
			return err
		}
	}
	s.lastID, s.count = lastID, count
	return nil
}

// Admit decides about a process of another member: none that was removed is let
// in, and none with an older copy of the member's data. A removed one may end when it
// is told so. So the log has to be on disk before.
func (n *Node) Admit(id uint64, p transport.Process) error {
	if n.removed(id) {
		if err := n.safeRemovals.sync(n.groups); err != nil {
			return err
		}
		return &transport.RefusedError{Why: transport.Removed, Text: removedText(id)}
	}
	acked := make([]uint64, len(n.groups))
	for i, g := range n.groups {
		if v := g.View(); v != nil && v.Leads {
			acked[i] = floors(g)[id]
		}
	}
	if err := n.meetings.meet(id, acked, p); err != nil {
		return err
	}
	n.compareElection(id, p.Election)
	return nil
}

// Introduce is what this process tells the others of itself.
func (n *Node) Introduce() transport.Process {
	p := transport.Process{Starts: n.incarnation, Run: n.run, Last: n.meta().LastIndex(), Election: uint64(n.options.ElectionTimeout.Milliseconds())}
	for _, g := range n.groups[1:] {
		p.Lasts = append(p.Lasts, g.LastIndex())
	}
	return p
}

// compareElection tells when a member has another election timeout. The data takes no
// harm by that, but the shorter timeout unseats leaders for the longer one.
func (n *Node) compareElection(id, theirs uint64) {
	ours := uint64(n.options.ElectionTimeout.Milliseconds())
	m := &n.meetings
	m.mu.Lock()
	defer m.mu.Unlock()
	if theirs == ours {
		delete(m.told, id)
	} else if m.told[id] != theirs {
		m.told[id] = theirs
		n.log.Warn("election-timeout is not the same on all nodes: give them the same", "here", ours, "there", theirs, "member", fmt.Sprintf("%x", id))
	}
}

// floors are the indexes of entries of a group that members have for good: acknowledged by
// them and committed. Empty unless this node leads the group.
func floors(g *group.Group) map[uint64]uint64 {
	floors, commit := g.Progress()
	for id, match := range floors {
		floors[id] = min(match, commit)
	}
	return floors
}

// rememberEvery is how often what the members have acknowledged is noted on disk.
const rememberEvery = 30 * time.Second

// remember keeps the notes on disk up to date. In memory they come from the leader. It
// tells the others with each check (compare.go). One of them may be the next leader,
// and has to know which entries members acknowledged to this one.
func (n *Node) remember() {
	defer n.wg.Done()
	tick := time.NewTicker(rememberEvery)
	defer tick.Stop()
	for {
		select {
		case <-n.stop:
			return
		case <-tick.C:
		}
		if err := n.meetings.flush(&n.meta().View().Members); err != nil {
			n.log.Warn("cannot note what the other members have", "err", err)
		}
	}
}
