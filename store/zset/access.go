package zset

import (
	"github.com/msredis/msredis/store/keyspace"
)

// The parts of sorted sets that other families build on.

// Score returns the score of a member.
func (z *ZSet) Score(m []byte) (score float64, ok bool) {
	_, score, ok = z.find(m)
	return score, ok
}

// Between calls fn with the members whose score is at least from and below to,
// in order, until it returns false. The slice is valid until z changes.
func (z *ZSet) Between(from, to float64, fn func(m []byte, score float64) bool) {
	iv := z.byScore(scoreRange{min: from, max: to, maxEx: true})
	more := true
	for at := iv.from; more && at < iv.to; at += stride {
		z.ascend(at, min(at+stride, iv.to), func(m []byte, score float64) { more = more && fn(m, score) })
	}
}

// stride is how many members Between visits before it looks whether to go on.
const stride = 64

// Range calls fn with the members at the places from ≤ place < to, with reverse
// from the last to the first. The slice is valid until z changes.
func (z *ZSet) Range(from, to int, reverse bool, fn func(m []byte)) {
	if reverse {
		z.descend(from, to, func(m []byte, _ float64) { fn(m) })
	} else {
		z.ascend(from, to, func(m []byte, _ float64) { fn(m) })
	}
}

// Add runs ZADD on argument 1 with scores that the caller has made. The options stand
// between the arguments 2 and members. The members begin at the argument members.
func Add(c *keyspace.Ctx, scores []float64, members [][]byte) {
	var o addOptions
	o.parse(c, 2)
	if fault := o.fault(2 * len(scores)); fault != "" {
		c.W.Error(fault)
		return
	}
	addScores(c, o, scores, func(i int) []byte { return members[i] })
}

// Pair is a member with its score.
type Pair struct {
	Member []byte
	Score  float64
}

// Store makes a sorted set of pairs, whose members differ, the value of key and
// answers with their number. The slices are copied.
func Store(c *keyspace.Ctx, key []byte, pairs []Pair, event string) {
	items := make([]item, len(pairs))
	for i, p := range pairs {
		items[i] = item{p.Score, newElem(p.Member, p.Score)}
	}
	sortItems(items)
	storeAt(c, key, items, nil, event)
}
