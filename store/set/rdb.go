package set

import (
	"github.com/msredis/msredis/internal/rdb"
	"github.com/msredis/msredis/internal/settings"
	"github.com/msredis/msredis/store/keyspace"
)

// serial is the form of sets in Redis's serialisation. Redis 7.0 knows no packed
// sets: those are written as tables.
var serial = keyspace.RDB{
	Dump:  dump,
	Types: []rdb.Type{rdb.TypeSet, rdb.TypeSetIntset, rdb.TypeSetListpack},
	Load:  load,
}

func dump(v keyspace.Value) *rdb.Encoder {
	s := v.(*Set)
	if s.ints != nil {
		out := rdb.NewEncoder(rdb.TypeSetIntset)
		out.Intset(s.ints.len(), s.ints.at)
		return out
	}
	out := rdb.NewEncoder(rdb.TypeSet)
	out.Len(uint64(s.Len()))
	s.Each(func(m []byte) bool {
		out.Bytes(m)
		return true
	})
	return out
}

func load(to *settings.Values, t rdb.Type, d *rdb.Decoder) (keyspace.Value, error) {
	s := New()
	var more []*member // for the table, together
	err := d.Set(t, func(m []byte) error {
		if s.table != nil {
			more = append(more, newMember(m))
		} else if !s.Add(to, m) {
			return rdb.ErrFormat
		}
		return nil
	})
	if err == nil && (s.Len() == 0 || len(more) > 0 && !s.addAll(more)) {
		err = rdb.ErrFormat
	}
	if err != nil {
		return nil, err
	}
	return s, nil
}
