package geo

import (
	"fmt"
	"strconv"

	"github.com/msredis/msredis/internal/redisnum"
	"github.com/msredis/msredis/resp/reply"
	"github.com/msredis/msredis/store/keyspace"
	"github.com/msredis/msredis/store/zset"
)

// pointArg reads the arguments i and i+1 as longitude and latitude. It answers
// the error itself.
func pointArg(c *keyspace.Ctx, i int) (p point, ok bool) {
	var ok2 bool
	p.lon, ok = redisnum.ParseDouble(c.Args[i])
	p.lat, ok2 = redisnum.ParseDouble(c.Args[i+1])
	switch {
	case !ok || !ok2:
		c.W.Error(reply.ErrNotFloat)
		return p, false
	case !p.valid():
		c.W.Error(fmt.Sprintf(reply.ErrLonLat, text(p.lon), text(p.lat)))
		return p, false
	}
	return p, true
}

// text formats a number as C's %f does.
func text(f float64) string {
	switch {
	case f > maxFinite:
		return "inf"
	case f < -maxFinite:
		return "-inf"
	}
	return strconv.FormatFloat(f, 'f', 6, 64)
}

const maxFinite = 0x1p1023 * (1 + (1 - 0x1p-52))

// unitArg reads argument i as a unit and returns it in metres. It answers the
// error itself.
func unitArg(c *keyspace.Ctx, i int) (metres float64, ok bool) {
	switch {
	case c.Is(i, "M"):
		return 1, true
	case c.Is(i, "KM"):
		return 1000, true
	case c.Is(i, "FT"):
		return 0.3048, true
	case c.Is(i, "MI"):
		return 1609.34, true
	}
	c.W.Error(reply.ErrGeoUnit)
	return 0, false
}

func geoadd(c *keyspace.Ctx) {
	first, nx, xx := 2, false, false
options:
	for ; first < len(c.Args); first++ {
		switch {
		case c.Is(first, "NX"):
			nx = true
		case c.Is(first, "XX"):
			xx = true
		case c.Is(first, "CH"):
		default:
			break options
		}
	}
	if (len(c.Args)-first)%3 != 0 || nx && xx {
		c.W.Error(reply.ErrSyntax)
		return
	}
	n := (len(c.Args) - first) / 3
	scores, members := make([]float64, n), make([][]byte, n)
	for i := range n {
		p, ok := pointArg(c, first+3*i)
		if !ok {
			return
		}
		scores[i], members[i] = p.score(), c.Args[first+3*i+2]
	}
	zset.Add(c, scores, members)
}

// lookup returns the sorted set of argument i, nil if there is none. It answers
// the error itself.
func lookup(c *keyspace.Ctx, i int) (z *zset.ZSet, ok bool) {
	return zset.Of(c, c.Lookup(c.Args[i]))
}

// place returns where a member of z is; z may be nil.
func place(z *zset.ZSet, member []byte) (p point, ok bool) {
	if z == nil {
		return p, false
	}
	score, ok := z.Score(member)
	if !ok {
		return p, false
	}
	return pointOf(score), true
}

func geopos(c *keyspace.Ctx) {
	z, ok := lookup(c, 1)
	if !ok {
		return
	}
	c.W.Array(len(c.Args) - 2)
	for _, member := range c.Args[2:] {
		if p, ok := place(z, member); ok {
			replyPoint(c, p)
		} else {
			c.W.NullArray()
		}
	}
}

func replyPoint(c *keyspace.Ctx, p point) {
	c.W.Array(2)
	c.W.DoubleText(coordinate(p.lon))
	c.W.DoubleText(coordinate(p.lat))
}

// coordinate formats degrees with 17 digits behind the point and without zeros at
// the end.
func coordinate(f float64) []byte {
	b := strconv.AppendFloat(nil, f, 'f', 17, 64)
	for b[len(b)-1] == '0' {
		b = b[:len(b)-1]
	}
	if b[len(b)-1] == '.' {
		b = b[:len(b)-1]
	}
	if string(b) == "-0" {
		b = b[1:]
	}
	return b
}

func geohash(c *keyspace.Ctx) {
	z, ok := lookup(c, 1)
	if !ok {
		return
	}
	c.W.Array(len(c.Args) - 2)
	for _, member := range c.Args[2:] {
		if p, ok := place(z, member); ok {
			c.W.BulkString(p.geohash())
		} else {
			c.W.Null()
		}
	}
}

func geodist(c *keyspace.Ctx) {
	metres := 1.0
	switch {
	case len(c.Args) > 5:
		c.W.Error(reply.ErrSyntax)
		return
	case len(c.Args) == 5:
		var ok bool
		if metres, ok = unitArg(c, 4); !ok {
			return
		}
	}
	z, ok := lookup(c, 1)
	if !ok {
		return
	}
	a, okA := place(z, c.Args[2])
	b, okB := place(z, c.Args[3])
	if !okA || !okB {
		c.W.Null()
		return
	}
	replyDistance(c, distance(a, b)/metres)
}

func replyDistance(c *keyspace.Ctx, d float64) {
	var tmp [40]byte
	c.W.Bulk(strconv.AppendFloat(tmp[:0], d, 'f', 4, 64))
}
