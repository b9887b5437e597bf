package list

import (
	"github.com/msredis/msredis/internal/rdb"
	"github.com/msredis/msredis/internal/settings"
	"github.com/msredis/msredis/store/keyspace"
)

// serial is the form of lists in Redis's serialisation.
var serial = keyspace.RDB{
	Dump:  dump,
	Types: []rdb.Type{rdb.TypeList, rdb.TypeListZiplist, rdb.TypeListQuicklist, rdb.TypeListQuicklist2},
	Load:  load,
}

func dump(v keyspace.Value) *rdb.Encoder {
	out := rdb.NewEncoder(rdb.TypeListQuicklist2)
	l := v.(*List)
	out.Quicklist(int(l.fill)+defaultFill, func(add func(elem []byte)) {
		for e := range l.All() {
			add(e)
		}
	})
	return out
}

func load(s *settings.Values, t rdb.Type, d *rdb.Decoder) (keyspace.Value, error) {
	l := NewIn(s)
	err := d.List(t, func(e []byte) error {
		l.PushBack(e)
		return nil
	})
	if err == nil && l.Len() == 0 {
		err = rdb.ErrFormat
	}
	if err != nil {
		return nil, err
	}
	l.chunk.shrink()
	return l, nil
}
