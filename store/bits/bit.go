package bits

import (
	"github.com/msredis/msredis/internal/redisnum"
	"github.com/msredis/msredis/resp/reply"
	"github.com/msredis/msredis/store/keyspace"
	"github.com/msredis/msredis/store/str"
)

// offset reads argument i as the position of a bit in a string of legal length.
// It answers the error itself.
func offset(c *keyspace.Ctx, i int) (pos int64, ok bool) {
	pos, ok = redisnum.ParseInt(c.Args[i])
	if !ok || pos < 0 || pos>>3 >= str.MaxLen(c.Settings()) {
		c.W.Error(reply.ErrBitOffset)
		return 0, false
	}
	return pos, true
}

// content returns the bytes of e's string, none for a nil e. It answers the
// error itself.
func content(c *keyspace.Ctx, e *keyspace.Entry, tmp *str.Scratch) (b []byte, ok bool) {
	if e == nil {
		return nil, true
	}
	if b, ok = str.Bytes(e.Value(), tmp); !ok {
		c.W.Error(reply.ErrWrongType)
	}
	return b, ok
}

func setbit(c *keyspace.Ctx) {
	key := c.Args[1]
	pos, ok := offset(c, 2)
	if !ok {
		return
	}
	bit, ok := redisnum.ParseInt(c.Args[3])
	if !ok || bit&^1 != 0 {
		c.W.Error(reply.ErrBitValue)
		return
	}
	e := c.Lookup(key)
	var tmp str.Scratch
	b, ok := content(c, e, &tmp)
	if !ok {
		return
	}
	old := int64(bitAt(b, pos))
	if size := int(pos>>3) + 1; e == nil || size > len(b) || old != bit {
		b = str.Writable(c, key, e, size).Bytes()
		mask := byte(0x80) >> (pos & 7)
		if bit == 1 {
			b[pos>>3] |= mask
		} else {
			b[pos>>3] &^= mask
		}
		c.Notify('$', "setbit", key)
	}
	c.W.Int(old)
}

func getbit(c *keyspace.Ctx) {
	pos, ok := offset(c, 2)
	if !ok {
		return
	}
	var tmp str.Scratch
	if b, ok := content(c, c.Lookup(c.Args[1]), &tmp); ok {
		c.W.Int(int64(bitAt(b, pos)))
	}
}

// bitAt returns the bit at pos; behind the end all are 0.
func bitAt(b []byte, pos int64) byte {
	if pos>>3 >= int64(len(b)) {
		return 0
	}
	return b[pos>>3] >> (7 - pos&7) & 1
}
