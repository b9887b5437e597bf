package stream

import (
	"math"

	"github.com/msredis/msredis/internal/settings"
	"github.com/msredis/msredis/resp/reply"
	"github.com/msredis/msredis/store/keyspace"
)

// addition is what XADD is asked to do.
type addition struct {
	trim     trimming
	noCreate bool // NOMKSTREAM
	id       ID
	auto     idForm
	pairs    [][]byte
}

// idForm tells what an entry's ID is made of.
type idForm byte

const (
	idGiven idForm = iota
	idAutoSeq
	idAuto
)

func xadd(c *keyspace.Ctx) {
	a, ok := parseAddition(c)
	if !ok {
		return
	}
	key := c.Args[1]
	e := c.Lookup(key)
	s, ok := Of(c, e)
	if !ok {
		return
	}
	isNew := s == nil
	if isNew {
		if a.noCreate {
			c.W.Null()
			return
		}
		s = New()
	}
	if s.last == maxID {
		c.W.Error(reply.ErrStreamExhausted)
		return
	}
	id, ok := a.idIn(s, c.Now)
	if !ok {
		c.W.Error(reply.ErrStreamIDSmall)
		return
	}
	if !isNew {
		c.Edit(e)
	}
	s.add(c.Settings(), id, a.pairs)
	trimmed := s.trim(&a.trim)
	if isNew {
		c.Set(key, s, false)
	} else {
		c.Signal(e)
	}
	replyID(c.W, id)
	c.Notify('t', "xadd", key)
	if trimmed > 0 {
		c.Notify('t', "xtrim", key)
	}
}

func parseAddition(c *keyspace.Ctx) (a addition, ok bool) {
	i := 2
	for ; i < len(c.Args); i++ {
		if string(cString(c.Args[i])) == "*" {
			a.auto = idAuto
			break
		}
		if c.Is(i, "NOMKSTREAM") {
			a.noCreate = true
			continue
		}
		n, ok := a.trim.option(c, i)
		if !ok {
			return a, false
		}
		if n == 0 {
			var auto bool
			if a.id, auto, ok = parseID(c.Args[i], 0, true); !ok {
				c.W.Error(reply.ErrStreamID)
				return a, false
			}
			if auto {
				a.auto = idAutoSeq
			}
			break
		}
		i += n - 1
	}
	if !a.trim.check(c) {
		return a, false
	}
	a.pairs = c.Args[min(i+1, len(c.Args)):]
	switch {
	case len(a.pairs) < 2 || len(a.pairs)%2 == 1:
		c.W.Error(reply.WrongArity(c.Cmd.FullName))
		return a, false
	case a.auto == idGiven && a.id == minID:
		c.W.Error(reply.ErrStreamIDZero)
		return a, false
	}
	return a, true
}

// idIn returns the ID of the entry to be added to s. It is not ok if it is not
// above all others.
func (a *addition) idIn(s *Stream, now int64) (id ID, ok bool) {
	switch {
	case a.auto == idAuto:
		return s.nextID(now)
	case a.auto == idAutoSeq && a.id.MS == s.last.MS:
		if s.last.Seq == math.MaxUint64 {
			return id, false
		}
		return ID{s.last.MS, s.last.Seq + 1}, true
	}
	return a.id, s.last.less(a.id)
}

func xtrim(c *keyspace.Ctx) {
	var t trimming
	for i := 2; i < len(c.Args); {
		n, ok := t.option(c, i)
		if !ok {
			return
		}
		if n == 0 {
			c.W.Error(reply.ErrSyntax)
			return
		}
		i += n
	}
	switch {
	case t.kind == trimNone && t.limit == 0:
		c.W.Error(reply.ErrTrimNone)
		return
	case !t.check(c):
		return
	}
	key := c.Args[1]
	e := c.Lookup(key)
	s, ok := Of(c, e)
	if !ok {
		return
	}
	removed := 0
	if s != nil && s.trims(&t) {
		c.Edit(e)
		if removed = s.trim(&t); removed > 0 {
			c.Notify('t', "xtrim", key)
		}
	}
	c.W.Int(int64(removed))
}

// option reads the option of trimming that argument i begins, and returns how
// many arguments it takes: 0 if there is none. Errors are answered already.
func (t *trimming) option(c *keyspace.Ctx, i int) (n int, ok bool) {
	more := len(c.Args) - 1 - i
	if more == 0 {
		return 0, true
	}
	switch {
	case c.Is(i, "MAXLEN"), c.Is(i, "MINID"):
		if t.kind != trimNone {
			c.W.Error(reply.ErrTrimBoth)
			return 0, false
		}
		n = 2
		t.approx = false
		if more >= 2 {
			switch string(cString(c.Args[i+1])) {
			case "~":
				t.approx = true
				n = 3
			case "=":
				n = 3
			}
		}
		return n, t.threshold(c, c.Is(i, "MAXLEN"), i+n-1)
	case c.Is(i, "LIMIT"):
		limit, ok := c.Int(i + 1)
		if ok && limit < 0 {
			c.W.Error(reply.ErrTrimLimit)
			ok = false
		}
		t.limit, t.limited = limit, true
		return 2, ok
	}
	return 0, true
}

// threshold reads argument i as what is to stay.
func (t *trimming) threshold(c *keyspace.Ctx, byLength bool, i int) (ok bool) {
	if !byLength {
		t.kind = trimID
		t.min, ok = strictID(c, i)
		return ok
	}
	t.kind = trimLength
	if t.length, ok = c.Int(i); ok && t.length < 0 {
		c.W.Error(reply.ErrTrimMaxlen)
		return false
	}
	return ok
}

// defaultLimit is how many entries trimming with "~" removes at the most: those of
// a hundred full chunks, within bounds that are Redis's.
func defaultLimit(s *settings.Values) int64 {
	limit := 100 * int64(s.StreamNodeMaxEntries) // may wrap around, there too
	if limit <= 0 {
		limit = 10_000
	}
	return min(limit, 1_000_000)
}

// check looks whether the options go together, and answers the error if not.
func (t *trimming) check(c *keyspace.Ctx) bool {
	switch {
	case t.limit > 0 && t.kind == trimNone:
		c.W.Error(reply.ErrTrimLimitAlone)
		return false
	case t.limited && !t.approx:
		c.W.Error(reply.ErrTrimLimitExact)
		return false
	case t.approx && !t.limited:
		t.limit = defaultLimit(c.Settings())
	}
	return true
}
