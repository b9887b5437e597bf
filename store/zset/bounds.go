package zset

import (
	"bytes"
	"math"

	"github.com/msredis/msredis/internal/redisnum"
	"github.com/msredis/msredis/resp/reply"
	"github.com/msredis/msredis/store/keyspace"
)

// Of returns the sorted set of e, nil for a nil e. For a value of another type
// it answers the error itself.
func Of(c *keyspace.Ctx, e *keyspace.Entry) (z *ZSet, ok bool) {
	if e == nil {
		return nil, true
	}
	z, ok = e.Value().(*ZSet)
	if !ok {
		c.W.Error(reply.ErrWrongType)
	}
	return z, ok
}

// interval is a part of a sorted set: the places from ≤ place < to. It is empty
// if from ≥ to.
type interval struct{ from, to int }

func (iv interval) len() int { return max(iv.to-iv.from, 0) }

// limit cuts off what LIMIT offset count leaves out; a negative count leaves out
// nothing at the end. reverse counts from the end.
func (iv interval) limit(offset, count int64, reverse bool) interval {
	n := int64(iv.len())
	if offset < 0 || offset >= n {
		return interval{}
	}
	n -= offset
	if count >= 0 {
		n = min(n, count)
	}
	if reverse {
		to := iv.to - int(offset)
		return interval{to - int(n), to}
	}
	from := iv.from + int(offset)
	return interval{from, from + int(n)}
}

// byRank returns the places from start to stop, which count from the end if they
// are negative. reverse turns the order around.
func (z *ZSet) byRank(start, stop int64, reverse bool) interval {
	n := int64(z.Len())
	if start < 0 {
		start = max(start+n, 0)
	}
	if stop < 0 {
		stop += n
	}
	stop = min(stop, n-1)
	switch {
	case start > stop:
		return interval{}
	case reverse:
		return interval{int(n - 1 - stop), int(n - start)}
	}
	return interval{int(start), int(stop + 1)}
}

// scoreRange is a range of scores; minEx and maxEx leave its ends out.
type scoreRange struct {
	min, max     float64
	minEx, maxEx bool
}

// parseScores reads the arguments at min and max. It answers the error itself.
func parseScores(c *keyspace.Ctx, min, max int) (r scoreRange, ok bool) {
	var ok2 bool
	r.min, r.minEx, ok = parseScore(c.Args[min])
	r.max, r.maxEx, ok2 = parseScore(c.Args[max])
	if !ok || !ok2 {
		c.W.Error(reply.ErrScoreRange)
		return r, false
	}
	return r, true
}

// parseScore reads an end of a range as Redis does, with strtod on a C string. Space in
// front, numbers out of range and nothing at all are allowed, and a zero byte ends it.
func parseScore(b []byte) (score float64, ex, ok bool) {
	if len(b) > 0 && b[0] == '(' {
		ex = true
		b = b[1:]
	}
	score, n, _ := redisnum.Strtod(b)
	return score, ex, (n == len(b) || b[n] == 0) && !math.IsNaN(score)
}

func (z *ZSet) byScore(r scoreRange) interval {
	return interval{z.beforeScore(r.min, r.minEx), z.beforeScore(r.max, !r.maxEx)}
}

// lexEnd is an end of a range of members. "-" and "+" are before and behind all, "[m"
// and "(m" are m with and without it.
type lexEnd struct {
	m        []byte
	ex       bool
	infinite int // -1, 0, 1
}

type lexRange struct{ min, max lexEnd }

// parseLex reads the arguments at min and max. It answers the error itself.
func parseLex(c *keyspace.Ctx, min, max int) (r lexRange, ok bool) {
	var ok2 bool
	r.min, ok = parseLexEnd(c.Args[min])
	r.max, ok2 = parseLexEnd(c.Args[max])
	if !ok || !ok2 {
		c.W.Error(reply.ErrLexRange)
		return r, false
	}
	return r, true
}

// parseLexEnd allows a zero byte and more behind "+" and "-", as Redis does.
func parseLexEnd(b []byte) (end lexEnd, ok bool) {
	if len(b) == 0 {
		return end, false
	}
	switch b[0] {
	case '[':
		return lexEnd{m: b[1:]}, true
	case '(':
		return lexEnd{m: b[1:], ex: true}, true
	case '-':
		end.infinite = -1
	case '+':
		end.infinite = 1
	default:
		return end, false
	}
	return end, len(b) == 1 || b[1] == 0
}

// compare compares m with the end, as if that were a member.
func (end *lexEnd) compare(m []byte) int {
	if end.infinite != 0 {
		return -end.infinite
	}
	return bytes.Compare(m, end.m)
}

func (r *lexRange) aboveMin(m []byte) bool {
	c := r.min.compare(m)
	return c > 0 || c == 0 && !r.min.ex
}

func (r *lexRange) belowMax(m []byte) bool {
	c := r.max.compare(m)
	return c < 0 || c == 0 && !r.max.ex
}

// empty reports whether no member can be in the range.
func (r *lexRange) empty() bool {
	if r.min.infinite != 0 || r.max.infinite != 0 {
		return r.min.infinite > r.max.infinite || r.min.infinite == r.max.infinite
	}
	c := bytes.Compare(r.min.m, r.max.m)
	return c > 0 || c == 0 && (r.min.ex || r.max.ex)
}

// byLex returns the members in the range. It makes sense only if all scores are equal.
// If they are not, a packed set is walked from its start, or with reverse from its end,
// as Redis does it.
func (z *ZSet) byLex(r lexRange, reverse bool) interval {
	n := z.Len()
	if n == 0 || r.empty() {
		return interval{}
	}
	if z.packed == nil {
		return interval{
			z.large.tree.before(func(it *item) bool { return !r.aboveMin(it.e.member()) }),
			z.large.tree.before(func(it *item) bool { return r.belowMax(it.e.member()) }),
		}
	}
	if p := z.packed; !r.aboveMin(p.member(n-1)) || !r.belowMax(p.member(0)) {
		return interval{}
	}
	if reverse {
		return z.packed.lexDown(&r)
	}
	return z.packed.lexUp(&r)
}

func (p *packed) lexUp(r *lexRange) interval {
	from := 0
	for !r.aboveMin(p.member(from)) { // the last member is
		from++
	}
	to := from
	for to < p.len() && r.belowMax(p.member(to)) {
		to++
	}
	return interval{from, to}
}

func (p *packed) lexDown(r *lexRange) interval {
	to := p.len()
	for !r.belowMax(p.member(to - 1)) { // the first member is
		to--
	}
	from := to
	for from > 0 && r.aboveMin(p.member(from-1)) {
		from--
	}
	return interval{from, to}
}
