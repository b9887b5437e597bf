package str

import (
	"github.com/msredis/msredis/internal/rdb"
	"github.com/msredis/msredis/internal/settings"
	"github.com/msredis/msredis/store/keyspace"
)

// serial is the form of strings in Redis's serialisation. Which of our forms a
// string has does not show in it.
var serial = keyspace.RDB{Dump: dump, Types: []rdb.Type{rdb.TypeString}, Load: load}

func dump(v keyspace.Value) *rdb.Encoder {
	out := rdb.NewEncoder(rdb.TypeString)
	if n, ok := v.(*Int); ok {
		out.Int(n.n)
		return out
	}
	b, _ := Bytes(v, nil)
	out.Bytes(b)
	return out
}

func load(s *settings.Values, _ rdb.Type, d *rdb.Decoder) (keyspace.Value, error) {
	b, err := d.Bytes()
	if err == nil && int64(len(b)) > MaxLen(s) {
		err = rdb.ErrFormat
	}
	if err != nil {
		return nil, err
	}
	return New(b), nil
}
