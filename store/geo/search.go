package geo

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/msredis/msredis/internal/partsort"
	"github.com/msredis/msredis/internal/redisnum"
	"github.com/msredis/msredis/resp/reply"
	"github.com/msredis/msredis/store/keyspace"
	"github.com/msredis/msredis/store/zset"
)

// search is one of the commands that look for members inside a shape.
type search struct {
	source int  // position of the source's key
	modern bool // GEOSEARCH and GEOSEARCHSTORE: centre and shape are options
	stores bool // STORE and STOREDIST name a key

	z     *zset.ZSet
	store []byte // nil: answer
	dist  bool   // distances become the scores of what is stored

	shape                    shape
	from, by                 bool // centre and shape were given
	lonLat                   bool // the centre as a point
	order                    order
	count                    int64 // 0: all
	any                      bool
	withDist, withHash, with bool // with: coordinates
}

type order int

const (
	unordered order = iota
	ascending
	descending
)

func georadius(c *keyspace.Ctx)   { radius(c, &search{source: 1, stores: true}) }
func georadiusRO(c *keyspace.Ctx) { radius(c, &search{source: 1}) }

func radius(c *keyspace.Ctx, s *search) {
	var ok bool
	if s.z, ok = lookup(c, 1); !ok {
		return
	}
	if s.shape.center, ok = pointArg(c, 2); ok && s.radiusArg(c, 4) {
		s.run(c, 6)
	}
}

func georadiusbymember(c *keyspace.Ctx)   { byMember(c, &search{source: 1, stores: true}) }
func georadiusbymemberRO(c *keyspace.Ctx) { byMember(c, &search{source: 1}) }

func byMember(c *keyspace.Ctx, s *search) {
	var ok bool
	if s.z, ok = lookup(c, 1); !ok {
		return
	}
	if s.z != nil && (!s.memberArg(c, 2) || !s.radiusArg(c, 3)) {
		return
	}
	s.run(c, 5)
}

func geosearch(c *keyspace.Ctx) {
	s := search{source: 1, modern: true}
	var ok bool
	if s.z, ok = lookup(c, 1); ok {
		s.run(c, 2)
	}
}

func geosearchstore(c *keyspace.Ctx) {
	s := search{source: 2, modern: true, store: c.Args[1]}
	var ok bool
	if s.z, ok = lookup(c, 2); ok {
		s.run(c, 3)
	}
}

// memberArg makes the member at argument i the centre. It answers the error
// itself.
func (s *search) memberArg(c *keyspace.Ctx, i int) (ok bool) {
	if s.shape.center, ok = place(s.z, c.Args[i]); !ok {
		c.W.Error(reply.ErrGeoMember)
	}
	return ok
}

// radiusArg reads a radius and its unit. It answers the error itself.
func (s *search) radiusArg(c *keyspace.Ctx, i int) (ok bool) {
	if s.shape.radius, ok = redisnum.ParseDouble(c.Args[i]); !ok {
		c.W.Error(reply.ErrGeoRadius)
		return false
	}
	if s.shape.radius < 0 {
		c.W.Error(reply.ErrGeoRadiusSign)
		return false
	}
	s.shape.unit, ok = unitArg(c, i+1)
	return ok
}

// boxArg reads width, height and their unit. It answers the error itself.
func (s *search) boxArg(c *keyspace.Ctx, i int) (ok bool) {
	if s.shape.width, ok = redisnum.ParseDouble(c.Args[i]); !ok {
		c.W.Error(reply.ErrGeoWidth)
		return false
	}
	if s.shape.height, ok = redisnum.ParseDouble(c.Args[i+1]); !ok {
		c.W.Error(reply.ErrGeoHeight)
		return false
	}
	if s.shape.width < 0 || s.shape.height < 0 {
		c.W.Error(reply.ErrGeoBoxSign)
		return false
	}
	s.shape.unit, ok = unitArg(c, i+2)
	return ok
}

// run reads the options from argument i on, searches and answers.
func (s *search) run(c *keyspace.Ctx, i int) {
	for i < len(c.Args) {
		n := s.option(c, i)
		if n == 0 {
			return
		}
		i += n
	}
	if fault := s.fault(c); fault != "" {
		c.W.Error(fault)
		return
	}
	var found []hit
	if s.z != nil {
		found = s.find()
	}
	if s.store == nil {
		s.reply(c, found)
		return
	}
	pairs := make([]zset.Pair, len(found))
	for i, h := range found {
		pairs[i] = zset.Pair{Member: h.member, Score: h.score}
		if s.dist {
			pairs[i].Score = h.far / s.shape.unit
		}
	}
	event := "georadiusstore"
	if s.modern {
		event = "geosearchstore"
	}
	zset.Store(c, s.store, pairs, event)
}

// option reads the option at argument i and returns how many arguments it takes;
// 0 if the error is answered.
func (s *search) option(c *keyspace.Ctx, i int) int {
	rest := len(c.Args) - i - 1
	switch {
	case c.Is(i, "WITHDIST"):
		s.withDist = true
	case c.Is(i, "WITHHASH"):
		s.withHash = true
	case c.Is(i, "WITHCOORD"):
		s.with = true
	case c.Is(i, "ANY"):
		s.any = true
	case c.Is(i, "ASC"):
		s.order = ascending
	case c.Is(i, "DESC"):
		s.order = descending
	case c.Is(i, "COUNT") && rest >= 1:
		var ok bool
		if s.count, ok = c.Int(i + 1); !ok {
			return 0
		}
		if s.count <= 0 {
			c.W.Error(reply.ErrGeoCount)
			return 0
		}
		return 2
	case s.stores && rest >= 1 && (c.Is(i, "STORE") || c.Is(i, "STOREDIST")):
		s.store, s.dist = c.Args[i+1], c.Is(i, "STOREDIST")
		return 2
	case s.modern:
		return s.modernOption(c, i, rest)
	default:
		c.W.Error(reply.ErrSyntax)
		return 0
	}
	return 1
}

// modernOption is option for those of GEOSEARCH alone.
func (s *search) modernOption(c *keyspace.Ctx, i, rest int) int {
	switch {
	case s.store != nil && c.Is(i, "STOREDIST"):
		s.dist = true
		return 1
	case !s.lonLat && rest >= 1 && c.Is(i, "FROMMEMBER"):
		if s.z != nil && !s.memberArg(c, i+1) {
			return 0
		}
		s.from = true
		return 2
	case !(s.from && !s.lonLat) && rest >= 2 && c.Is(i, "FROMLONLAT"):
		var ok bool
		if s.shape.center, ok = pointArg(c, i+1); !ok {
			return 0
		}
		s.from, s.lonLat = true, true
		return 3
	case !s.shape.box && rest >= 2 && c.Is(i, "BYRADIUS"):
		if !s.radiusArg(c, i+1) {
			return 0
		}
		s.by = true
		return 3
	case !(s.by && !s.shape.box) && rest >= 3 && c.Is(i, "BYBOX"):
		if !s.boxArg(c, i+1) {
			return 0
		}
		s.by, s.shape.box = true, true
		return 4
	}
	c.W.Error(reply.ErrSyntax)
	return 0
}

// fault returns the error in the options as a whole, "" if there is none.
func (s *search) fault(c *keyspace.Ctx) string {
	switch {
	case s.store != nil && (s.withDist || s.withHash || s.with):
		what := "STORE option in GEORADIUS"
		if s.modern {
			what = "GEOSEARCHSTORE"
		}
		return fmt.Sprintf(reply.ErrGeoStore, what)
	case s.modern && !s.from:
		return fmt.Sprintf(reply.ErrGeoFrom, c.Args[0])
	case s.modern && !s.by:
		return fmt.Sprintf(reply.ErrGeoBy, c.Args[0])
	case s.any && s.count == 0:
		return reply.ErrGeoAny
	}
	return ""
}

// hit is a member inside the shape.
type hit struct {
	member []byte // a copy
	score  float64
	at     point
	far    float64 // from the centre, in metres
}

// find returns what is asked for, in order.
func (s *search) find() []hit {
	if s.count != 0 && s.order == unordered && !s.any {
		s.order = ascending
	}
	var found []hit
	full := func() bool { return s.any && int64(len(found)) >= s.count }
	for _, cl := range s.shape.cells() {
		if full() {
			break
		}
		from, to := cl.scores()
		s.z.Between(from, to, func(m []byte, score float64) bool {
			p := pointOf(score)
			if far, ok := s.shape.contains(p); ok {
				found = append(found, hit{slices.Clone(m), score, p, far})
			}
			return !full()
		})
	}
	compare := func(a, b *hit) int { return cmp.Compare(a.far, b.far) }
	if s.order == descending {
		compare = func(a, b *hit) int { return cmp.Compare(b.far, a.far) }
	}
	part := s.count != 0 && s.count < int64(len(found))
	switch {
	case s.order != unordered && part:
		partsort.Sort(found, 0, int(s.count)-1, compare)
	case s.order != unordered:
		partsort.Stable(found, compare)
	}
	if part {
		found = found[:s.count]
	}
	return found
}

func (s *search) reply(c *keyspace.Ctx, found []hit) {
	more := 0
	for _, with := range [3]bool{s.withDist, s.withHash, s.with} {
		if with {
			more++
		}
	}
	c.W.Array(len(found))
	for i := range found {
		h := &found[i]
		if more > 0 {
			c.W.Array(1 + more)
		}
		c.W.Bulk(h.member)
		if s.withDist {
			replyDistance(c, h.far/s.shape.unit)
		}
		if s.withHash {
			c.W.Int(toInt(h.score))
		}
		if s.with {
			replyPoint(c, h.at)
		}
	}
}
