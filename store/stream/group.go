package stream

import (
	"bytes"
	"slices"
	"unsafe"

	"github.com/msredis/msredis/internal/mutant"
	"github.com/msredis/msredis/store/ds"
)

// group is a consumer group.
type group struct {
	name []byte
	last ID // delivered last
	// read is how many entries the group has read, were it from the very first
	// one on; unknown if it cannot be told.
	read      int64
	pending   ordered[*nack] // delivered and not acknowledged
	consumers []*consumer    // in the order of their names
	mark      ds.Mark        // also of the list of consumers
}

// unknown is the value of group.read that tells nothing.
const unknown = -1

// consumer is a member of a group.
type consumer struct {
	*owner
	seen    int64 // when it last asked for something, in Unix milliseconds
	active  int64 // when it last got something; never: it has not yet
	pending ordered[*nack]
	mark    ds.Mark
}

// owner is what all versions of a consumer have in common: views have older ones.
type owner struct{ name []byte }

// never is the value of consumer.active of one that has got nothing.
const never = -1

// seenStep is by how many milliseconds seen may lag behind while a consumer gets
// nothing. One that asks in a loop would else change the stream each time, and each
// change is an entry of the log.
const seenStep = 50

// nack is a pending entry: delivered to a consumer that has not acknowledged it.
// The group and the consumer hold the same one.
type nack struct {
	id    ID
	owner *owner
	time  int64  // of the last delivery, in Unix milliseconds
	count uint64 // deliveries
	mark  ds.Mark
}

func (n *nack) key() ID { return n.id }

func (g *group) memSize() int64 {
	n := groupSize + int64(len(g.name)) + nackSize*int64(g.pending.len())
	for _, c := range g.consumers {
		n += consumerSize + int64(len(c.name))
	}
	return n
}

func (g *group) clone() *group {
	c := &group{name: g.name, last: g.last, read: g.read, consumers: make([]*consumer, len(g.consumers))}
	owned := make(map[*owner]*consumer, len(g.consumers))
	for i, old := range g.consumers {
		c.consumers[i] = &consumer{owner: old.owner, seen: old.seen, active: old.active}
		owned[old.owner] = c.consumers[i]
	}
	var own ds.Owner
	c.pending = g.pending.clone(func(n *nack) *nack {
		m := *n
		owned[n.owner].pending.push(&own, &m)
		return &m
	})
	return c
}

// addGroup makes a group; there is none of this name. The name is copied.
func (s *Stream) addGroup(name []byte, last ID, read int64) {
	g := &group{name: bytes.Clone(name), last: last, read: read, mark: s.own.Mark()}
	s.takeGroups()
	i, _ := s.groupAt(name)
	s.groups = slices.Insert(s.groups, i, g)
	s.bytes += g.memSize()
}

// dropGroup removes a group and reports whether there was one.
func (s *Stream) dropGroup(name []byte) bool {
	i, ok := s.groupAt(name)
	if ok {
		s.takeGroups()
		s.bytes -= s.groups[i].memSize()
		s.groups = slices.Delete(s.groups, i, i+1)
	}
	return ok
}

// consumer returns the consumer with this name, nil if there is none.
func (g *group) consumer(name []byte) *consumer {
	if i, ok := g.consumerAt(name); ok {
		return g.consumers[i]
	}
	return nil
}

func (g *group) consumerAt(name []byte) (int, bool) {
	return slices.BinarySearchFunc(g.consumers, name, func(c *consumer, name []byte) int { return bytes.Compare(c.name, name) })
}

// of returns the consumer that n belongs to.
func (g *group) of(n *nack) *consumer { return g.consumer(n.owner.name) }

// addConsumer makes a consumer of g, which is the stream's own; there is none of this
// name. The name is copied.
func (s *Stream) addConsumer(g *group, name []byte, now int64) *consumer {
	c := &consumer{owner: &owner{bytes.Clone(name)}, seen: now, active: never, mark: s.own.Mark()}
	i, _ := g.consumerAt(name)
	g.consumers = slices.Insert(g.consumers, i, c)
	s.bytes += consumerSize + int64(len(name))
	return c
}

// dropConsumer removes a consumer of g, which is the stream's own, and what it has pending.
func (s *Stream) dropConsumer(g *group, c *consumer) {
	c.pending.each(minID, func(n *nack) bool { return g.pending.delete(s.own.Strict(), n.id) })
	i, _ := g.consumerAt(c.name)
	g.consumers = slices.Delete(g.consumers, i, i+1)
	s.bytes -= consumerSize + int64(len(c.name)) + nackSize*int64(c.pending.len())
}

// deliver makes an entry pending for c, as one that was delivered once, whoever
// had it before. The group and the consumer are the stream's own.
func (s *Stream) deliver(g *group, c *consumer, id ID, now int64) {
	n, ok := g.pending.get(id)
	if !ok {
		n = s.addNack(g, c, id, now)
	}
	n = s.takeNack(g, n)
	n.time, n.count = now, 1
	s.give(g, n, c)
	c.active = now
}

// addNack makes an entry pending for c that is not pending in g. Both are the stream's own.
func (s *Stream) addNack(g *group, c *consumer, id ID, now int64) *nack {
	n := &nack{id: id, owner: c.owner, time: now, count: 1, mark: s.own.Mark()}
	g.pending.insert(s.own.Strict(), n)
	c.pending.insert(s.own.Strict(), n)
	s.bytes += nackSize
	return n
}

// give makes c the owner. All are the stream's own.
func (s *Stream) give(g *group, n *nack, c *consumer) {
	if n.owner != c.owner {
		s.takeConsumer(g, g.of(n)).pending.delete(s.own.Strict(), n.id)
		c.pending.insert(s.own.Strict(), n)
		n.owner = c.owner
	}
}

// release removes a pending entry of g, which is the stream's own.
func (s *Stream) release(g *group, n *nack) {
	g.pending.delete(s.own.Strict(), n.id)
	s.takeConsumer(g, g.of(n)).pending.delete(s.own.Strict(), n.id)
	s.bytes -= nackSize
}

// takeGroups makes the list of groups the stream's own. It is short and has no mark,
// which would make small streams larger.
func (s *Stream) takeGroups() {
	if s.own.Shared() {
		s.groups = slices.Clone(s.groups)
	}
}

// takeGroup returns the present version of a group, to be changed. Older ones are good
// for nothing then.
func (s *Stream) takeGroup(g *group) *group {
	i, _ := s.groupAt(g.name)
	if g = s.groups[i]; s.own.Mine(g.mark) || mutant.On(mutant.GroupShared) {
		return g
	}
	s.takeGroups()
	c := *g
	c.consumers = slices.Clone(g.consumers)
	c.mark = s.own.Copy(int(unsafe.Sizeof(c)) + len(c.consumers)*int(unsafe.Sizeof(g)))
	s.groups[i] = &c
	return &c
}

// takeConsumer returns the present version of a consumer, to be changed. The group is the
// stream's own.
func (s *Stream) takeConsumer(g *group, c *consumer) *consumer {
	i, _ := g.consumerAt(c.name)
	if c = g.consumers[i]; s.own.Mine(c.mark) || mutant.On(mutant.GroupShared) {
		return c
	}
	d := *c
	d.mark = s.own.Copy(int(unsafe.Sizeof(d)))
	g.consumers[i] = &d
	return &d
}

// takeNack returns a pending entry of g, which is the stream's own, to be changed.
func (s *Stream) takeNack(g *group, n *nack) *nack {
	if s.own.Mine(n.mark) || mutant.On(mutant.NackShared) {
		return n
	}
	m := *n
	m.mark = s.own.Copy(int(unsafe.Sizeof(m)))
	g.pending.put(s.own.Strict(), g.pending.from(n.id), &m)
	c := s.takeConsumer(g, g.of(n))
	c.pending.put(s.own.Strict(), c.pending.from(n.id), &m)
	return &m
}

// advance notes that an entry behind all that the group has read is delivered. The group
// is the stream's own.
func (s *Stream) advance(g *group, id ID) {
	switch {
	case g.read != unknown && !s.deletedFrom(id):
		g.read++
	case s.added > 0:
		g.read = s.position(id)
	}
	g.last = id
}

// deletedFrom reports whether there is a gap from id on: an entry that was
// deleted and has others before it.
func (s *Stream) deletedFrom(id ID) bool {
	return s.length > 0 && s.maxDeleted != minID && s.first.Compare(s.maxDeleted) <= 0 && id.Compare(s.maxDeleted) <= 0
}

// position returns how many entries there ever were up to id, unknown if that
// cannot be told.
func (s *Stream) position(id ID) int64 {
	behind := id.Compare(s.last)
	switch {
	case s.added == 0:
		return 0
	case s.length == 0 && behind <= 0, behind == 0:
		return int64(s.added)
	case behind > 0:
		return unknown
	}
	if s.maxDeleted == minID || s.maxDeleted.less(s.first) {
		switch id.Compare(s.first) {
		case -1:
			return int64(s.added) - int64(s.length)
		case 0:
			return int64(s.added) - int64(s.length) + 1
		}
	}
	return unknown
}

// lag returns how many entries the group has still to read.
func (s *Stream) lag(g *group) (n int64, ok bool) {
	switch {
	case s.length == 0:
		return 0, true
	case g.last.less(s.first) && s.maxDeleted.less(s.first):
		// XTRIM took what the group had not read, and nothing is missing behind it.
		return int64(s.length), true
	}
	read := g.read
	if read == unknown || s.deletedFrom(g.last) {
		read = s.position(g.last)
	}
	return int64(s.added) - read, read != unknown
}
