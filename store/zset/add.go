package zset

import (
	"math"

	"github.com/msredis/msredis/internal/redisnum"
	"github.com/msredis/msredis/resp/reply"
	"github.com/msredis/msredis/store/keyspace"
)

// addOptions are the options of ZADD.
type addOptions struct{ nx, xx, gt, lt, ch, incr bool }

// parse reads options from argument i on and returns where they end.
func (o *addOptions) parse(c *keyspace.Ctx, i int) int {
	for ; i < len(c.Args); i++ {
		switch {
		case c.Is(i, "NX"):
			o.nx = true
		case c.Is(i, "XX"):
			o.xx = true
		case c.Is(i, "GT"):
			o.gt = true
		case c.Is(i, "LT"):
			o.lt = true
		case c.Is(i, "CH"):
			o.ch = true
		case c.Is(i, "INCR"):
			o.incr = true
		default:
			return i
		}
	}
	return i
}

// fault returns the error in the options for so many arguments behind them, ""
// if there is none.
func (o *addOptions) fault(rest int) string {
	switch {
	case rest == 0 || rest%2 != 0:
		return reply.ErrSyntax
	case o.nx && o.xx:
		return reply.ErrXXAndNX
	case o.gt && o.nx || o.lt && o.nx || o.gt && o.lt:
		return reply.ErrGTLTAndNX
	case o.incr && rest > 2:
		return reply.ErrIncrPairs
	}
	return ""
}

func zadd(c *keyspace.Ctx) { addWith(c, addOptions{}) }

// zincrby takes ZADD's options in front of the increment, as Redis does: then
// the number of arguments is wrong.
func zincrby(c *keyspace.Ctx) { addWith(c, addOptions{incr: true}) }

func addWith(c *keyspace.Ctx, o addOptions) {
	first := o.parse(c, 2)
	if fault := o.fault(len(c.Args) - first); fault != "" {
		c.W.Error(fault)
		return
	}
	var few [4]float64
	scores := few[:0]
	for i := first; i < len(c.Args); i += 2 {
		score, ok := redisnum.ParseDouble(c.Args[i])
		if !ok {
			c.W.Error(reply.ErrNotFloat)
			return
		}
		scores = append(scores, score)
	}
	addScores(c, o, scores, func(i int) []byte { return c.Args[first+2*i+1] })
}

// addScores adds the members to the sorted set of argument 1.
func addScores(c *keyspace.Ctx, o addOptions, scores []float64, member func(i int) []byte) {
	key := c.Args[1]
	e := c.Lookup(key)
	z, ok := Of(c, e)
	if !ok {
		return
	}
	a := adder{c: c, e: e, z: z, o: o}
	if e == nil {
		a.z = New()
	}
	for i, score := range scores {
		if !a.add(member(i), score) {
			c.W.Error(reply.ErrScoreNaN)
			return
		}
	}
	if e == nil && a.added > 0 {
		c.Set(key, a.z, false)
	}
	a.reply()
	if a.added+a.updated > 0 {
		event := "zadd"
		if o.incr {
			event = "zincr"
		}
		c.Notify('z', event, key)
	}
}

// adder runs one ZADD.
type adder struct {
	c *keyspace.Ctx
	e *keyspace.Entry // nil: z is new
	z *ZSet
	o addOptions

	added, updated int
	processed      bool    // the last member was not left alone by an option
	score          float64 // its new score
}

// add adds a member or changes its score, as the options allow. It returns false
// if the score would not be a number; nothing is changed then.
func (a *adder) add(m []byte, score float64) bool {
	a.processed = false
	at, old, there := a.z.find(m)
	if !there {
		if a.o.xx {
			return true
		}
		a.edit()
		a.z.add(a.c.Settings(), m, score)
		a.added++
		a.processed, a.score = true, score
		return true
	}
	if a.o.nx {
		return true
	}
	if a.o.incr {
		score += old
		if math.IsNaN(score) {
			return false
		}
	}
	if a.o.lt && score >= old || a.o.gt && score <= old {
		return true
	}
	a.processed, a.score = true, score
	if score != old {
		a.edit()
		a.z.setScore(at, m, score)
		a.updated++
	}
	return true
}

func (a *adder) edit() {
	if a.e != nil {
		a.c.Edit(a.e)
	}
}

func (a *adder) reply() {
	switch {
	case a.o.incr && a.processed:
		a.c.W.Double(a.score)
	case a.o.incr:
		a.c.W.Null()
	case a.o.ch:
		a.c.W.Int(int64(a.added + a.updated))
	default:
		a.c.W.Int(int64(a.added))
	}
}
