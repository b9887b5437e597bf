package stream

import (
	"fmt"

	"github.com/msredis/msredis/internal/redisnum"
	"github.com/msredis/msredis/resp/reply"
	"github.com/msredis/msredis/store/keyspace"
)

// claim is an XCLAIM or XAUTOCLAIM under way.
type claim struct {
	c       *keyspace.Ctx
	e       *keyspace.Entry
	s       *Stream
	g       *group
	m       *consumer
	minIdle int64
	time    int64 // of delivery
	retries int64 // new count of deliveries; -1: one more
	force   bool
	justID  bool
}

// setMinIdle reads argument 4. It answers the error itself.
func (x *claim) setMinIdle(name string) bool {
	n, ok := x.number(4, fmt.Sprintf(reply.ErrClaimMinIdle, name))
	x.minIdle = max(n, 0)
	return ok
}

// number reads argument i; errText is the error that it answers.
func (x *claim) number(i int, errText string) (int64, bool) {
	n, ok := redisnum.ParseInt(x.c.Args[i])
	if !ok {
		x.c.W.Error(errText)
	}
	return n, ok
}

// open finds the consumer that claims, or makes it.
func (x *claim) open() { x.g, x.m = x.s.member(x.c, x.e, x.g, x.c.Args[3], x.c.Args[1]) }

// edit announces a change of the group and the consumer.
func (x *claim) edit() {
	x.c.Edit(x.e)
	x.g = x.s.takeGroup(x.g)
	x.m = x.s.takeConsumer(x.g, x.m)
}

// idles reports whether p was delivered long enough ago.
func (x *claim) idles(p *nack) bool {
	return x.minIdle == 0 || since(x.c.Now, p.time) >= x.minIdle
}

// take gives p to the consumer.
func (x *claim) take(p *nack) {
	x.edit()
	p = x.s.takeNack(x.g, p)
	x.s.give(x.g, p, x.m)
	x.m.seen, x.m.active = x.c.Now, x.c.Now
	p.time = x.time
	if x.retries >= 0 {
		p.count = uint64(x.retries)
	} else if !x.justID {
		p.count++
	}
}

// reply answers with an entry that was claimed.
func (x *claim) reply(k *cursor) {
	if x.justID {
		replyID(x.c.W, k.id)
	} else {
		k.reply(x.c.W)
	}
}

func xclaim(c *keyspace.Ctx) {
	x := claim{c: c, time: c.Now, retries: -1}
	var ok bool
	if x.e, x.s, x.g, ok = lookupGroup(c); !ok {
		return
	}
	if x.g == nil {
		c.W.Error(reply.NoGroup(c.Args[1], c.Args[2]))
		return
	}
	if !x.setMinIdle("XCLAIM") {
		return
	}
	var ids []ID
	for _, arg := range c.Args[5:] {
		id, _, ok := parseID(arg, 0, false)
		if !ok {
			break // an option
		}
		ids = append(ids, id)
	}
	last, ok := x.options(5 + len(ids))
	if !ok {
		return
	}
	if x.g.last.less(last) {
		c.Edit(x.e)
		x.g = x.s.takeGroup(x.g)
		x.g.last = last
	}
	x.open()
	n, at := 0, c.W.Later()
	for _, id := range ids {
		if x.one(id) {
			n++
		}
	}
	c.W.CloseArray(at, n)
}

// options reads the options of XCLAIM from argument i on, and returns LASTID. It
// answers the error itself.
func (x *claim) options(i int) (last ID, ok bool) {
	c := x.c
	optionError := func(name string) string { return fmt.Sprintf(reply.ErrClaimOption, name) }
	for ; i < len(c.Args); i++ {
		more := i+1 < len(c.Args)
		ok := true
		switch {
		case c.Is(i, "FORCE"):
			x.force = true
		case c.Is(i, "JUSTID"):
			x.justID = true
		case more && c.Is(i, "IDLE"):
			i++
			var idle int64
			idle, ok = x.number(i, optionError("IDLE"))
			x.time = c.Now - idle // negative idle times may wrap around: bogus all the same
		case more && c.Is(i, "TIME"):
			i++
			x.time, ok = x.number(i, optionError("TIME"))
		case more && c.Is(i, "RETRYCOUNT"):
			i++
			x.retries, ok = x.number(i, optionError("RETRYCOUNT"))
		case more && c.Is(i, "LASTID"):
			i++
			last, ok = strictID(c, i)
		default:
			c.W.Error(reply.ClaimOption(c.Args[i]))
			ok = false
		}
		if !ok {
			return last, false
		}
	}
	if x.time < 0 || x.time > c.Now { // the client's clock is not ours
		x.time = c.Now
	}
	return last, true
}

// one claims an entry for XCLAIM and reports whether it answered with it.
func (x *claim) one(id ID) bool {
	p, pending := x.g.pending.get(id)
	k, _, there := x.s.find(id)
	switch {
	case !there:
		if pending {
			x.edit()
			x.s.release(x.g, p)
		}
		return false
	case !pending && !x.force, pending && !x.idles(p):
		return false
	case !pending:
		x.edit()
		p = x.s.addNack(x.g, x.m, id, x.time)
	}
	x.take(p)
	x.reply(&k)
	return true
}

// maxAutoClaim bounds COUNT of XAUTOCLAIM, as in Redis on 64 bits.
const maxAutoClaim = (1<<63 - 1) / 16

// attemptsFactor is how many pending entries XAUTOCLAIM looks at for each that
// it may answer with.
const attemptsFactor = 10

func xautoclaim(c *keyspace.Ctx) {
	x := claim{c: c, time: c.Now, retries: -1}
	if !x.setMinIdle("XAUTOCLAIM") {
		return
	}
	start, ok := startID(c, 5)
	if !ok {
		return
	}
	count := int64(100)
	for i := 6; i < len(c.Args); i++ {
		switch {
		case i+1 < len(c.Args) && c.Is(i, "COUNT"):
			i++
			if count, ok = x.number(i, reply.ErrClaimCount); !ok {
				return
			}
			if count < 1 || count > maxAutoClaim {
				c.W.Error(reply.ErrClaimCount)
				return
			}
		case c.Is(i, "JUSTID"):
			x.justID = true
		default:
			c.W.Error(reply.ErrSyntax)
			return
		}
	}
	if x.e, x.s, x.g, ok = lookupGroup(c); !ok {
		return
	}
	if x.g == nil {
		c.W.Error(reply.NoGroup(c.Args[1], c.Args[2]))
		return
	}
	x.scan(start, count)
}

// scan claims pending entries from start on and answers with where to go on, the
// entries and the IDs of those that were deleted.
func (x *claim) scan(start ID, count int64) {
	x.open()
	var taken []cursor
	var deleted []ID
	p := x.g.pending.from(start)
	entry, more := x.g.pending.at(p)
	for attempts := attemptsFactor * count; more && count > 0 && attempts > 0; attempts-- {
		k, _, there := x.s.find(entry.id)
		switch {
		case !there:
			x.edit()
			x.s.release(x.g, entry)
			deleted = append(deleted, entry.id)
			count--
			p = x.g.pending.from(entry.id)
		case x.idles(entry):
			x.take(entry)
			taken = append(taken, k)
			count--
			p = x.g.pending.after(p)
		default:
			p = x.g.pending.after(p)
		}
		entry, more = x.g.pending.at(p)
	}
	var next ID
	if more {
		next = entry.id
	}
	w := x.c.W
	w.Array(3)
	replyID(w, next)
	w.Array(len(taken))
	for i := range taken {
		x.reply(&taken[i])
	}
	w.Array(len(deleted))
	for _, id := range deleted {
		replyID(w, id)
	}
}
