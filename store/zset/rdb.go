package zset

import (
	"math"

	"github.com/msredis/msredis/internal/rdb"
	"github.com/msredis/msredis/internal/settings"
	"github.com/msredis/msredis/resp/reply"
	"github.com/msredis/msredis/store/ds"
	"github.com/msredis/msredis/store/keyspace"
)

// serial is the form of sorted sets in Redis's serialisation.
var serial = keyspace.RDB{
	Dump:  dump,
	Types: []rdb.Type{rdb.TypeZSet, rdb.TypeZSet2, rdb.TypeZSetZiplist, rdb.TypeZSetListpack},
	Load:  load,
}

// maxWhole is up to where Redis packs whole scores as integers.
const maxWhole = 1 << 62

func dump(v keyspace.Value) *rdb.Encoder {
	z := v.(*ZSet)
	if z.packed != nil {
		out := rdb.NewEncoder(rdb.TypeZSetListpack)
		var l rdb.Listpack
		z.each(func(m []byte, score float64) {
			l.Add(m)
			if whole := math.Abs(score) <= maxWhole && math.Trunc(score) == score; whole {
				l.AddInt(int64(score))
			} else {
				l.Add(reply.AppendDouble17(nil, score)) // as Redis 7.0, like all of DUMP
			}
		})
		out.Listpack(&l)
		return out
	}
	out := rdb.NewEncoder(rdb.TypeZSet2)
	out.Len(uint64(z.Len()))
	z.descend(0, z.Len(), func(m []byte, score float64) { // Redis too begins with the last
		out.Bytes(m)
		out.Double(score)
	})
	return out
}

// load does as Redis does: what comes packed stays packed unless it has too many
// members, however long they are; else the settings decide.
func load(s *settings.Values, t rdb.Type, d *rdb.Decoder) (keyspace.Value, error) {
	var items []item
	err := d.ZSet(t, func(m []byte, score float64) error {
		items = append(items, item{score, newElem(m, score)})
		return nil
	})
	table := ds.New[*elem](hashSeed)
	if err == nil && (len(items) == 0 || !table.Load(elemsOf(items))) {
		err = rdb.ErrFormat
	}
	if err != nil {
		return nil, err
	}
	sortItems(items)
	packed := t == rdb.TypeZSetZiplist || t == rdb.TypeZSetListpack
	if packed && len(items) <= s.ZSetMaxListpackEntries && packs(items, packedMax) {
		return newPacked(items), nil
	}
	if packed {
		return newLarge(items), nil
	}
	return ofItems(s, items, table), nil
}
