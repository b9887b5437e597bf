package hash

import (
	"github.com/msredis/msredis/internal/rdb"
	"github.com/msredis/msredis/internal/settings"
	"github.com/msredis/msredis/store/keyspace"
)

// serial is the form of hashes in Redis's serialisation.
var serial = keyspace.RDB{
	Dump:  dump,
	Types: []rdb.Type{rdb.TypeHash, rdb.TypeHashZipmap, rdb.TypeHashZiplist, rdb.TypeHashListpack, rdb.TypeHashExpiry, rdb.TypeHashListpackEx},
	Load:  load,
}

func dump(v keyspace.Value) *rdb.Encoder {
	var view Hash
	h, _ := Of(v, &view)
	if h.firstVisible() != 0 {
		return h.dumpTimes()
	}
	if h.table == nil {
		out := rdb.NewEncoder(rdb.TypeHashListpack)
		var l rdb.Listpack
		h.Each(func(field, value []byte) bool {
			l.Add(field)
			l.Add(value)
			return true
		})
		out.Listpack(&l)
		return out
	}
	out := rdb.NewEncoder(rdb.TypeHash)
	out.Len(uint64(h.Len()))
	h.Each(func(field, value []byte) bool {
		out.Bytes(field)
		out.Bytes(value)
		return true
	})
	return out
}

// dumpTimes serialises a hash of which fields have deadlines, in the form of Redis 7.4.
// Before each field it writes the distance of its deadline from the earliest of all,
// plus one; 0 if it has none.
func (h *Hash) dumpTimes() *rdb.Encoder {
	out := rdb.NewEncoder(rdb.TypeHashExpiry)
	earliest := h.firstVisible()
	out.Millis(earliest)
	out.Len(uint64(h.Len()))
	h.Each(func(field, value []byte) bool {
		distance := uint64(0)
		if at := h.Deadline(field); at != 0 {
			distance = uint64(at-earliest) + 1
		}
		out.Len(distance)
		out.Bytes(field)
		out.Bytes(value)
		return true
	})
	return out
}

// load does as Redis does. A packed value stays packed unless it has too many fields,
// however long they are. Else the hash is made field by field. (A zipmap is older than
// these rules.)
func load(s *settings.Values, t rdb.Type, d *rdb.Decoder) (keyspace.Value, error) {
	h := New()
	add := func(field, value []byte) bool { return h.Set(s, field, value) }
	if t == rdb.TypeHashZiplist || t == rdb.TypeHashListpack || t == rdb.TypeHashListpackEx {
		p := packer{p: &h.packed}
		add = func(field, value []byte) bool {
			if h.table != nil {
				return h.set(field, value)
			}
			isNew := p.add(field, value)
			if h.packed.n > s.HashMaxListpackEntries {
				h.spread()
			}
			return isNew
		}
	}
	err := d.Hash(t, func(field, value []byte, deadline int64) error {
		if !add(field, value) || deadline > maxDeadline {
			return rdb.ErrFormat
		}
		if deadline != 0 {
			h.expire(field, deadline)
		}
		return nil
	})
	if err == nil && h.Len() == 0 {
		err = rdb.ErrFormat
	}
	if err != nil {
		return nil, err
	}
	return h, nil
}
