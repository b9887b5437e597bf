package zset

import (
	"github.com/msredis/msredis/internal/settings"
	"github.com/msredis/msredis/resp/reply"
	"github.com/msredis/msredis/store/ds"
	"github.com/msredis/msredis/store/keyspace"
)

// The ends and options of a range.
const (
	byRank = iota
	byScore
	byLex
)

// query is a command that asks for a range of a sorted set.
type query struct {
	key        int // position of the source's key; the ends stand behind it
	kind       int
	reverse    bool
	withScores bool

	offset, count int64 // LIMIT

	start, stop int64 // byRank
	scores      scoreRange
	lex         lexRange
}

// parse reads what stands behind the ends: those words that are allowed. It
// answers the error itself.
func (q *query) parse(c *keyspace.Ctx, w words) bool {
	q.count = -1
	kinds, directions := w.kinds, w.reverse
	for i := q.key + 3; i < len(c.Args); i++ {
		switch {
		case w.scores && c.Is(i, "WITHSCORES"):
			q.withScores = true
		case c.Is(i, "LIMIT") && i+2 < len(c.Args):
			var ok bool
			if q.offset, ok = c.Int(i + 1); !ok {
				return false
			}
			if q.count, ok = c.Int(i + 2); !ok {
				return false
			}
			i += 2
		case directions && c.Is(i, "REV"):
			q.reverse, directions = true, false
		case kinds && c.Is(i, "BYLEX"):
			q.kind, kinds = byLex, false
		case kinds && c.Is(i, "BYSCORE"):
			q.kind, kinds = byScore, false
		default:
			c.W.Error(reply.ErrSyntax)
			return false
		}
	}
	switch {
	case q.count != -1 && q.kind == byRank: // so "LIMIT 5 -1" is let through, as in Redis
		c.W.Error(reply.ErrLimitRank)
		return false
	case q.withScores && q.kind == byLex:
		c.W.Error(reply.ErrScoresLex)
		return false
	}
	return q.parseEnds(c)
}

// words are the options that a command knows; all know LIMIT.
type words struct{ kinds, reverse, scores bool }

func (q *query) parseEnds(c *keyspace.Ctx) (ok bool) {
	min, max := q.key+1, q.key+2
	if q.reverse && q.kind != byRank {
		min, max = max, min
	}
	switch q.kind {
	case byScore:
		q.scores, ok = parseScores(c, min, max)
	case byLex:
		q.lex, ok = parseLex(c, min, max)
	default:
		if q.start, ok = c.Int(min); ok {
			q.stop, ok = c.Int(max)
		}
	}
	return ok
}

// interval returns the part of z that is asked for.
func (q *query) interval(z *ZSet) interval {
	switch q.kind {
	case byScore:
		return z.byScore(q.scores).limit(q.offset, q.count, q.reverse)
	case byLex:
		return z.byLex(q.lex, q.reverse).limit(q.offset, q.count, q.reverse)
	}
	return z.byRank(q.start, q.stop, q.reverse)
}

// runs is interval for what may have gaps.
func (q *query) runs(z *ZSet, one runs) runs {
	if q.kind == byLex && z.scattered() {
		return z.lexRuns(q.lex, q.reverse).limit(q.offset, q.count, q.reverse)
	}
	return append(one, q.interval(z))
}

func zrange(c *keyspace.Ctx) {
	q := query{key: 1}
	q.answer(c, words{kinds: true, reverse: true, scores: true})
}

func zrevrange(c *keyspace.Ctx) {
	q := query{key: 1, reverse: true}
	q.answer(c, words{scores: true})
}

func zrangebyscore(c *keyspace.Ctx) {
	q := query{key: 1, kind: byScore}
	q.answer(c, words{scores: true})
}

func zrevrangebyscore(c *keyspace.Ctx) {
	q := query{key: 1, kind: byScore, reverse: true}
	q.answer(c, words{scores: true})
}

func zrangebylex(c *keyspace.Ctx) {
	q := query{key: 1, kind: byLex}
	q.answer(c, words{scores: true})
}

func zrevrangebylex(c *keyspace.Ctx) {
	q := query{key: 1, kind: byLex, reverse: true}
	q.answer(c, words{scores: true})
}

func (q *query) answer(c *keyspace.Ctx, w words) {
	if !q.parse(c, w) {
		return
	}
	z, ok := lookup(c)
	switch {
	case !ok:
	case z == nil:
		c.W.Array(0)
	default:
		var one [1]interval
		z.replyRange(c, q.runs(z, one[:0]), q.reverse, q.withScores)
	}
}

// replyRange answers with an array of members, for RESP3 one of pairs if the
// scores are asked for.
func (z *ZSet) replyRange(c *keyspace.Ctx, rs runs, reverse, withScores bool) {
	l := startList(c, rs.len(), withScores)
	for i, iv := range rs {
		if reverse {
			iv = rs[len(rs)-1-i]
			z.descend(iv.from, iv.to, l.add)
		} else {
			z.ascend(iv.from, iv.to, l.add)
		}
	}
}

// list is an answer of n members, with or without their scores.
type list struct {
	w                 *reply.Writer
	withScores, pairs bool
}

func startList(c *keyspace.Ctx, n int, withScores bool) list {
	l := list{c.W, withScores, withScores && c.W.Resp3()}
	if withScores && !l.pairs {
		n *= 2
	}
	c.W.Array(n)
	return l
}

func (l list) add(m []byte, score float64) {
	if l.w.Stopped() {
		return
	}
	if l.pairs {
		l.w.Array(2)
	}
	l.w.Bulk(m)
	if l.withScores {
		l.w.Double(score)
	}
}

func zrangestore(c *keyspace.Ctx) {
	q := query{key: 2}
	if !q.parse(c, words{kinds: true, reverse: true}) {
		return
	}
	z, ok := Of(c, c.Lookup(c.Args[2]))
	if !ok {
		return
	}
	var items []item
	if z != nil {
		rs := q.runs(z, nil)
		items = make([]item, 0, rs.len())
		for _, iv := range rs {
			z.ascend(iv.from, iv.to, func(m []byte, score float64) {
				items = append(items, item{score, newElem(m, score)})
			})
		}
	}
	q.dropSigns(c.Settings(), items)
	store(c, items, "zrangestore")
}

// dropSigns makes 0 of -0 where Redis does. Redis adds one element after the other, and
// elements that come while the result is still packed lose the sign. For a range of
// ranks it knows the number before, and starts with the large form.
func (q *query) dropSigns(s *settings.Values, items []item) {
	if q.kind == byRank && len(items) > s.ZSetMaxListpackEntries {
		return
	}
	for i := range items[:min(len(items), s.ZSetMaxListpackEntries)] {
		it := &items[i]
		if q.reverse {
			it = &items[len(items)-1-i]
		}
		if it.e.len() > s.ZSetMaxListpackValue {
			return
		}
		if it.score == 0 {
			it.score = 0 // of either sign
			it.e.setScore(0)
		}
	}
}

// store makes items, which are in order, the value of argument 1, and answers
// with their number. It takes the elements over.
func store(c *keyspace.Ctx, items []item, event string) {
	storeAt(c, c.Args[1], items, nil, event)
}

// storeAt is store for another key. table has the elements of the items, if it is not nil.
func storeAt(c *keyspace.Ctx, key []byte, items []item, table *ds.Dict[*elem], event string) {
	switch {
	case len(items) > 0:
		c.Set(key, ofItems(c.Settings(), items, table), false)
		c.Notify('z', event, key)
	case c.Delete(key):
		c.Notify('g', "del", key)
	}
	c.W.Int(int64(len(items)))
}
