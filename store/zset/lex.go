package zset

// Ranges of members where scores differ.
//
// The lex commands are for sorted sets of one score: the places between two members
// are an interval there. Otherwise Redis leaves open what they find. In a small
// set that follows from how Redis walks through it, and is the same here. In a large
// one it depends on chance there. Here a search finds an interval of places in which
// members outside the range may stand. Those are left out: nobody has asked for
// them, and ZREMRANGEBYLEX must not delete them.

// scattered reports whether the set is large and not all scores are equal.
func (z *ZSet) scattered() bool {
	if z.packed != nil {
		return false
	}
	t := &z.large.tree
	return t.at(0).score() != t.at(z.Len()-1).score()
}

// runs are parts of a sorted set that have others between them, in order.
type runs []interval

// lexRuns is byLex without the members that are not in the range.
func (z *ZSet) lexRuns(r lexRange, reverse bool) (list runs) {
	iv := z.byLex(r, reverse)
	place, last := iv.from, iv.from-2
	z.ascend(iv.from, iv.to, func(m []byte, _ float64) {
		if r.aboveMin(m) && r.belowMax(m) {
			if place != last+1 {
				list = append(list, interval{place, place})
			}
			last = place
			list[len(list)-1].to = place + 1
		}
		place++
	})
	return list
}

func (rs runs) len() (n int) {
	for _, iv := range rs {
		n += iv.len()
	}
	return n
}

// limit is interval.limit over all of them.
func (rs runs) limit(offset, count int64, reverse bool) (rest runs) {
	whole := interval{0, rs.len()}.limit(offset, count, reverse)
	before := 0
	for _, iv := range rs {
		from, to := max(whole.from-before, 0), min(whole.to-before, iv.len())
		if from < to {
			rest = append(rest, interval{iv.from + from, iv.from + to})
		}
		before += iv.len()
	}
	return rest
}
