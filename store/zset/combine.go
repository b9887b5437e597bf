package zset

import (
	"fmt"
	"math"
	"slices"

	"github.com/msredis/msredis/internal/redisnum"
	"github.com/msredis/msredis/resp/reply"
	"github.com/msredis/msredis/store/ds"
	"github.com/msredis/msredis/store/keyspace"
	"github.com/msredis/msredis/store/set"
)

// input is a sorted set or a set whose members count with score 1; neither if
// its key does not exist.
type input struct {
	z      *ZSet
	s      *set.Set
	weight float64
}

func (in *input) len() int {
	switch {
	case in.z != nil:
		return in.z.Len()
	case in.s != nil:
		return in.s.Len()
	}
	return 0
}

func (in *input) score(m []byte) (score float64, ok bool) {
	switch {
	case in.z != nil:
		_, score, ok = in.z.find(m)
	case in.s != nil:
		score, ok = 1, in.s.Has(m)
	}
	return score, ok
}

// each calls fn with all members. The slice is valid until fn returns.
func (in *input) each(fn func(m []byte, score float64)) {
	switch {
	case in.z != nil:
		in.z.each(fn)
	case in.s != nil:
		in.s.Each(func(m []byte) bool {
			fn(m, 1)
			return true
		})
	}
}

// combination is a command that makes one sorted set of several.
type combination struct {
	inputs     []input
	aggregate  func(a, b float64) float64
	withScores bool
	limit      int64 // ZINTERCARD; 0: none

	table *ds.Dict[*elem] // of the result, if there is one already
}

// allowed are the options of a combination.
type allowed struct{ weights, withScores, limit bool }

// parse reads the number of keys at argument i and what follows. It answers the
// error itself.
func (co *combination) parse(c *keyspace.Ctx, i int, a allowed) bool {
	numkeys, ok := c.Int(i)
	if !ok {
		return false
	}
	i++
	switch {
	case numkeys < 1:
		c.W.Error(fmt.Sprintf(reply.ErrNumKeysNeeded, c.Cmd.FullName))
		return false
	case numkeys > int64(len(c.Args)-i):
		c.W.Error(reply.ErrSyntax)
		return false
	}
	for range numkeys {
		in := input{weight: 1}
		if e := c.Lookup(c.Args[i]); e != nil {
			switch v := e.Value().(type) {
			case *ZSet:
				in.z = v
			case *set.Set:
				in.s = v
			default:
				c.W.Error(reply.ErrWrongType)
				return false
			}
		}
		co.inputs = append(co.inputs, in)
		i++
	}
	co.aggregate = sum
	for i < len(c.Args) {
		n := co.parseOption(c, i, a)
		if n == 0 {
			return false
		}
		i += n
	}
	return true
}

// parseOption reads the option at argument i and returns how many arguments it
// takes; 0 if the error is answered.
func (co *combination) parseOption(c *keyspace.Ctx, i int, a allowed) int {
	rest := len(c.Args) - i
	switch {
	case a.weights && rest > len(co.inputs) && c.Is(i, "WEIGHTS"):
		for j := range co.inputs {
			weight, ok := redisnum.ParseDouble(c.Args[i+1+j])
			if !ok {
				c.W.Error(reply.ErrWeight)
				return 0
			}
			co.inputs[j].weight = weight
		}
		return 1 + len(co.inputs)
	case a.weights && rest >= 2 && c.Is(i, "AGGREGATE"):
		switch {
		case c.Is(i+1, "SUM"):
			co.aggregate = sum
		case c.Is(i+1, "MIN"):
			co.aggregate = lower
		case c.Is(i+1, "MAX"):
			co.aggregate = higher
		default:
			c.W.Error(reply.ErrSyntax)
			return 0
		}
		return 2
	case a.withScores && c.Is(i, "WITHSCORES"):
		co.withScores = true
		return 1
	case a.limit && rest >= 2 && c.Is(i, "LIMIT"):
		var ok bool
		if co.limit, ok = redisnum.ParseInt(c.Args[i+1]); !ok || co.limit < 0 {
			c.W.Error(reply.ErrLimitNegative)
			return 0
		}
		return 2
	}
	c.W.Error(reply.ErrSyntax)
	return 0
}

// sum adds scores; what is no number, like inf - inf, becomes 0.
func sum(a, b float64) float64 { return orZero(a + b) }

func orZero(score float64) float64 {
	if math.IsNaN(score) {
		return 0
	}
	return score
}

// lower and higher keep a if b is no number.
func lower(a, b float64) float64 {
	if b < a {
		return b
	}
	return a
}

func higher(a, b float64) float64 {
	if b > a {
		return b
	}
	return a
}

// sortBySize brings the inputs into the order in which Redis takes them, which
// shows in the last digits of a sum.
func (co *combination) sortBySize() {
	slices.SortStableFunc(co.inputs, func(a, b input) int { return a.len() - b.len() })
}

// union returns the members of any input, in order.
func (co *combination) union() []item {
	co.sortBySize()
	if tables, ok := co.tables(false); ok {
		return co.merge(tables, co.sumUp)
	}
	return co.addUp()
}

// addUp is union one by one.
func (co *combination) addUp() []item {
	found := ds.New[*elem](hashSeed)
	for i := range co.inputs {
		in := &co.inputs[i]
		in.each(func(m []byte, score float64) {
			score = orZero(in.weight * score)
			if e, ok := found.Get(m); ok {
				e.setScore(co.aggregate(e.score(), score))
			} else {
				found.Put(newElem(m, score))
			}
		})
	}
	co.table = found
	return co.sorted()
}

// common calls fn with the members that all inputs have until it returns false.
func (co *combination) common(fn func(m []byte, score float64) bool) {
	co.sortBySize()
	first, others := &co.inputs[0], co.inputs[1:]
	done := false
	first.each(func(m []byte, score float64) {
		if done {
			return
		}
		score = orZero(first.weight * score)
		for i := range others {
			value, ok := others[i].score(m)
			if !ok {
				return
			}
			score = co.aggregate(score, value*others[i].weight)
		}
		done = !fn(m, score)
	})
}

// intersection returns the members that all inputs have, in order.
func (co *combination) intersection() []item {
	co.sortBySize()
	if tables, ok := co.tables(true); ok {
		return co.merge(tables, co.inAll)
	}
	return co.probeAll()
}

// probeAll is intersection one by one.
func (co *combination) probeAll() (items []item) {
	co.common(func(m []byte, score float64) bool {
		items = append(items, item{score, newElem(m, score)})
		return true
	})
	sortItems(items)
	return items
}

// difference returns the members of the first input that no other has, in order.
func (co *combination) difference() []item {
	if tables, ok := co.tables(true); ok {
		return co.merge(tables, inFirst)
	}
	return co.probeOthers()
}

// probeOthers is difference one by one.
func (co *combination) probeOthers() (items []item) {
	co.inputs[0].each(func(m []byte, score float64) {
		for i := range co.inputs[1:] {
			if _, ok := co.inputs[1+i].score(m); ok {
				return
			}
		}
		items = append(items, item{score, newElem(m, score)})
	})
	sortItems(items)
	return items
}

func zunion(c *keyspace.Ctx) {
	combine(c, allowed{weights: true, withScores: true}, (*combination).union)
}
func zinter(c *keyspace.Ctx) {
	combine(c, allowed{weights: true, withScores: true}, (*combination).intersection)
}
func zdiff(c *keyspace.Ctx) { combine(c, allowed{withScores: true}, (*combination).difference) }

func combine(c *keyspace.Ctx, a allowed, result func(*combination) []item) {
	var co combination
	if !co.parse(c, 1, a) {
		return
	}
	items := result(&co)
	l := startList(c, len(items), co.withScores)
	for i := range items {
		l.add(items[i].e.member(), items[i].score)
	}
}

func zunionstore(c *keyspace.Ctx) { combineStore(c, allowed{weights: true}, (*combination).union) }
func zinterstore(c *keyspace.Ctx) {
	combineStore(c, allowed{weights: true}, (*combination).intersection)
}
func zdiffstore(c *keyspace.Ctx) { combineStore(c, allowed{}, (*combination).difference) }

func combineStore(c *keyspace.Ctx, a allowed, result func(*combination) []item) {
	var co combination
	if co.parse(c, 2, a) {
		items := result(&co)
		storeAt(c, c.Args[1], items, co.table, c.Cmd.Name)
	}
}

func zintercard(c *keyspace.Ctx) {
	var co combination
	if !co.parse(c, 1, allowed{limit: true}) {
		return
	}
	n := int64(0)
	co.common(func([]byte, float64) bool {
		n++
		return n != co.limit
	})
	c.W.Int(n)
}
