package sim

import (
	"fmt"
	"hash/fnv"

	"github.com/msredis/msredis/cluster/replica"
	"go.etcd.io/raft/v3/raftpb"
)

// checker looks at everything that the nodes do, and holds it against what raft
// and the state machine promise. It knows of all nodes at once.
type checker struct {
	w       *world
	leaders map[uint64]uint64    // term -> leader: one per term
	made    map[position]*entry  // every entry that was ever in a log
	log     []*entry             // the committed ones, from index 1 on
	digests map[uint64]string    // of the state at an index
	logs    map[*node][]position // what is in a node's log, or on its way there
	homes   map[uint64]*machine  // who was ever given an id
	last    *entry               // the last committed one with a stamp
	jumps   []jump               // of log time
	losses  []jump               // what it has not counted, µs
	served  []served             // by whom nobody knows yet how late it was
	settled map[uint64]int64     // term -> since when its leader has confirmed reads
	stamped map[uint64]bool      // the terms of committed entries with a stamp
}

// position is that of an entry in all logs that have it.
type position struct{ index, term uint64 }

type jump struct{ at, by int64 }

type entry struct {
	position
	prev  uint64 // the term of the entry before
	hash  uint64
	at    int64 // when it was made, true time
	stamp int64 // 0: none
	by    *node
}

func (c *checker) init(w *world) {
	*c = checker{w: w, settled: map[uint64]int64{}, stamped: map[uint64]bool{}, leaders: map[uint64]uint64{}, made: map[position]*entry{}, digests: map[uint64]string{},
		logs: map[*node][]position{}, homes: map[uint64]*machine{}}
	c.log = []*entry{{}, {position: position{1, 1}}} // index 0, and the empty snapshot
}

// joined: an id belongs to one machine, once.
func (c *checker) joined(id uint64, m *machine) {
	if before := c.homes[id]; before != nil {
		c.w.fail("machine %s was given the id %d, which %s had", m.name, id, before.name)
	}
	c.homes[id] = m
}

// started: a node has in its log what its disk has.
func (c *checker) started(n *node) {
	if c.homes[n.id] == nil {
		c.homes[n.id] = n.machine
	}
	first, _ := n.storage.FirstIndex()
	last, _ := n.storage.LastIndex()
	log := make([]position, first-1, last+1)
	if first > 1 {
		term, _ := n.storage.Term(first - 1)
		log = append(log[:first-1], position{first - 1, term})
	} else {
		log = append(log, position{})
	}
	if last >= first {
		entries, err := n.storage.Entries(first, last+1, 1<<62)
		must(err)
		for _, e := range entries {
			log = append(log, position{e.GetIndex(), e.GetTerm()})
		}
	}
	c.logs[n] = log
}

// appends: two logs that have an entry of the same index and term have the same
// up to there (log matching).
func (c *checker) appends(n *node, job *raftpb.Message) {
	log := c.logs[n]
	if s := job.GetSnapshot(); s != nil {
		m := s.GetMetadata()
		log = append(make([]position, m.GetIndex()), position{m.GetIndex(), m.GetTerm()})
	}
	for _, e := range job.GetEntries() {
		p := position{e.GetIndex(), e.GetTerm()}
		if p.index > uint64(len(log)) {
			c.w.fail("node %d appends entry %d to a log that ends at %d", n.id, p.index, len(log)-1)
		}
		prev := log[p.index-1].term
		log = append(log[:p.index], p)
		sum := fnv.New64a()
		sum.Write(e.GetData())
		fmt.Fprint(sum, e.GetType())
		known := c.made[p]
		if known == nil {
			known = &entry{position: p, prev: prev, hash: sum.Sum64(), at: c.w.now, by: n}
			known.stamp, _ = replica.EntryTime(e)
			c.made[p] = known
		}
		if known.hash != sum.Sum64() || known.prev != prev {
			c.w.fail("log matching: node %d has another entry %d of term %d than node %d", n.id, p.index, p.term, known.by.id)
		}
	}
	c.logs[n] = log
}

// leads: there is one leader per term, and it has all that is committed.
func (c *checker) leads(n *node, term uint64) {
	if other, ok := c.leaders[term]; ok && other != n.id {
		c.w.fail("nodes %d and %d both lead in term %d", other, n.id, term)
	} else if ok {
		return
	}
	c.leaders[term] = n.id
	log := c.logs[n]
	for i := len(c.log) - 1; i > 0 && c.log[i] != nil; i-- {
		if c.log[i].term >= term {
			continue // committed since, by a later leader
		}
		if i >= len(log) {
			c.w.fail("leader completeness: node %d leads in term %d and has not entry %d of term %d", n.id, term, i, c.log[i].term)
		}
		if log[i].index == 0 {
			break // in its snapshot
		}
		if log[i] != c.log[i].position {
			c.w.fail("leader completeness: node %d leads in term %d and has at %d an entry of term %d, not %d", n.id, term, i, log[i].term, c.log[i].term)
		}
	}
}

// applied: all nodes apply the same entries, each in order and once.
func (c *checker) applied(n *node, entries []*raftpb.Entry) {
	for _, e := range entries {
		p := position{e.GetIndex(), e.GetTerm()}
		known := c.made[p]
		if known == nil {
			c.w.fail("node %d applies an entry %v that nobody made", n.id, p)
		}
		switch i := p.index; {
		case i < uint64(len(c.log)):
			if c.log[i].position != p {
				c.w.fail("state machine safety: node %d applies entry %d of term %d, others that of term %d", n.id, i, p.term, c.log[i].term)
			}
		case i > uint64(len(c.log)):
			c.w.fail("node %d applies entry %d, and nobody has applied %d", n.id, i, len(c.log))
		default:
			c.log = append(c.log, known)
			c.pace(n, known)
		}
	}
}

// pace: log time does not go back, and does not advance by more than the time
// that passes; but when most of the nodes were down, it may go on at what the
// clocks of most machines show.
func (c *checker) pace(n *node, e *entry) {
	if e.stamp == 0 {
		return
	}
	last := c.last
	c.last, c.stamped[e.term] = e, true
	if last == nil {
		return
	}
	c.loses(last, e)
	defer c.upper(e)
	if e.stamp < last.stamp {
		c.w.fail("log time goes back from %d to %d with entry %d", last.stamp, e.stamp, e.index)
	}
	c.w.say("entry %d of term %d, made at %d by node %d, stamp %d", e.index, e.term, e.at, e.by.id, e.stamp-epoch)
	ahead := e.stamp - last.stamp - (e.at-last.at)/ms
	if ahead <= 1 {
		return
	}
	if honest := e.stamp - epoch - e.at/ms; !c.cold(n, last.at) || honest > maxSkew+1 {
		c.w.fail("log time advances by %d ms too much with entry %d of node %d", ahead, e.index, e.by.id)
	}
	c.jumps = append(c.jumps, jump{e.at, ahead})
}

// cold reports whether a majority of the nodes may have been started since.
func (c *checker) cold(n *node, since int64) bool {
	started := 0
	for _, m := range n.replica.Members().List {
		if at := c.w.machineOf(m.ID); !m.Learner && (at == nil || at.node == nil || at.node.started > since) {
			started++
		}
	}
	return c.w.profile.honest && started > n.replica.Members().Voters()/2
}

// jumped is by how much log time has advanced too much since, when most of the
// nodes were down, ms.
func (c *checker) jumped(since int64) (sum int64) {
	for _, j := range c.jumps {
		if j.at >= since {
			sum += j.by
		}
	}
	return sum
}

// digest: nodes that have applied the same entries have the same state.
func (c *checker) digest(n *node) {
	index := n.store.Applied()
	if index != n.apply.Index {
		c.w.fail("node %d: the store is at %d, the ledger at %d", n.id, index, n.apply.Index)
	}
	if index < n.applied {
		c.w.fail("node %d was at index %d and is at %d", n.id, n.applied, index)
	}
	if index%2 == 1 { // it is half the work of a simulation
		return
	}
	digest, _ := n.store.Digest()
	c.w.note("applied "+digest, n.id, index)
	if known, ok := c.digests[index]; ok && known != digest {
		c.w.fail("node %d has another state at index %d than others", n.id, index)
	}
	c.digests[index] = digest
}
