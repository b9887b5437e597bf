package lualib

import (
	"encoding/binary"
	"math"

	"github.com/msredis/msredis/internal/lua"
)

// maxPackNesting is how deep cmsgpack packs tables; deeper ones become nil.
const maxPackNesting = 16

// OpenCMsgpack sets the global table cmsgpack: MessagePack, after lua-cmsgpack
// 0.4.0 as Redis has it.
func OpenCMsgpack(l *lua.LState) {
	t := register(l, "cmsgpack", map[string]func(call) int{
		"pack":         msgpackPack,
		"unpack":       func(c call) int { return c.unpack(0, 0, true) },
		"unpack_one":   func(c call) int { return c.unpack(1, c.optInteger(2, 0), false) },
		"unpack_limit": func(c call) int { return c.unpack(c.integer(2), c.optInteger(3, 0), false) },
	})
	t.RawSetString("_NAME", lua.LString("cmsgpack"))
	t.RawSetString("_VERSION", lua.LString("lua-cmsgpack 0.4.0"))
	t.RawSetString("_COPYRIGHT", lua.LString("Copyright (C) 2012, Salvatore Sanfilippo"))
	t.RawSetString("_DESCRIPTION", lua.LString("MessagePack C implementation for Lua"))
}

func msgpackPack(c call) int {
	n := c.GetTop()
	if n == 0 {
		c.argError(0, "MessagePack pack needs input.")
	}
	p := packer{call: c}
	for i := 1; i <= n; i++ {
		p.value(c.Get(i), 0)
	}
	c.Push(lua.LString(p.out))
	return 1
}

// packer appends values to out.
type packer struct {
	call
	out []byte
}

func (p *packer) value(v lua.LValue, level int) {
	p.Charge(1)
	p.Pay(8)
	switch v := v.(type) {
	case lua.LString:
		p.header(len(v), 31, 0xa0, 0xd9, 0xda)
		p.Charge(len(v) / 64)
		p.Pay(len(v))
		p.out = append(p.out, v...)
	case lua.LBool:
		if v {
			p.out = append(p.out, 0xc3)
		} else {
			p.out = append(p.out, 0xc2)
		}
	case lua.LNumber:
		p.float(float64(v))
	case *lua.LTable:
		if level == maxPackNesting {
			p.out = append(p.out, 0xc0)
			return
		}
		p.table(v, level)
	default:
		p.out = append(p.out, 0xc0)
	}
}

// header appends a length. Up to few it is in the first byte. Else it is behind that in
// 8 bits (if the format has a code for that), 16, or 32, whose code follows that of 16.
func (p *packer) header(n, few int, code, code8, code16 byte) {
	switch {
	case n <= few:
		p.out = append(p.out, code|byte(n))
	case n <= math.MaxUint8 && code8 != 0:
		p.out = append(p.out, code8, byte(n))
	case n <= math.MaxUint16:
		p.out = binary.BigEndian.AppendUint16(append(p.out, code16), uint16(n))
	default:
		p.out = binary.BigEndian.AppendUint32(append(p.out, code16+1), uint32(n))
	}
}

func (p *packer) float(f float64) {
	if n := toInt64(f); float64(n) == f {
		p.whole(n)
		return
	}
	if f32 := float32(f); float64(f32) == f {
		p.out = binary.BigEndian.AppendUint32(append(p.out, 0xca), bits32(f))
		return
	}
	p.out = binary.BigEndian.AppendUint64(append(p.out, 0xcb), bits64(f))
}

func (p *packer) whole(n int64) {
	switch {
	case n >= 0 && n <= math.MaxInt8, n < 0 && n >= -32:
		p.out = append(p.out, byte(n))
	case n >= 0 && n <= math.MaxUint8:
		p.out = append(p.out, 0xcc, byte(n))
	case n >= 0 && n <= math.MaxUint16:
		p.out = binary.BigEndian.AppendUint16(append(p.out, 0xcd), uint16(n))
	case n >= 0 && n <= math.MaxUint32:
		p.out = binary.BigEndian.AppendUint32(append(p.out, 0xce), uint32(n))
	case n >= 0:
		p.out = binary.BigEndian.AppendUint64(append(p.out, 0xcf), uint64(n))
	case n >= math.MinInt8:
		p.out = append(p.out, 0xd0, byte(n))
	case n >= math.MinInt16:
		p.out = binary.BigEndian.AppendUint16(append(p.out, 0xd1), uint16(n))
	case n >= math.MinInt32:
		p.out = binary.BigEndian.AppendUint32(append(p.out, 0xd2), uint32(n))
	default:
		p.out = binary.BigEndian.AppendUint64(append(p.out, 0xd3), uint64(n))
	}
}

func (p *packer) table(t *lua.LTable, level int) {
	length, count := arrayLength(t, func(f float64) bool { return f > 0 && float64(int32(toInt64(f))) == f })
	if length == count {
		p.header(length, 15, 0x90, 0, 0xdc)
		for i := 1; i <= length; i++ {
			p.value(t.RawGetInt(i), level+1)
		}
		return
	}
	p.header(count, 15, 0x80, 0, 0xde)
	t.ForEach(func(key, value lua.LValue) {
		p.value(key, level+1)
		p.value(value, level+1)
	})
}

// arrayLength counts the elements of a table. length is the highest index if all
// keys are indexes, -1 otherwise.
func arrayLength(t *lua.LTable, index func(float64) bool) (length, count int) {
	t.ForEach(func(key, _ lua.LValue) {
		count++
		f, ok := key.(lua.LNumber)
		switch {
		case length < 0:
		case !ok || !index(float64(f)):
			length = -1
		case float64(f) > float64(length):
			length = int(toInt64(float64(f)))
		}
	})
	return length, count
}

// unpack returns values from the string that is the first argument. It returns all of
// them, or limit from offset on, behind the offset at which they end (-1: all is read).
func (c call) unpack(limit, offset int64, all bool) int {
	data := c.string(1)
	switch {
	case offset < 0 || limit < 0:
		c.fail("Invalid request to unpack with offset of %d and limit of %d.", int32(offset), int32(len(data)))
	case offset > int64(len(data)):
		c.fail("Start offset %d greater than input length %d.", int32(offset), int32(len(data)))
	}
	if limit == 0 && offset == 0 {
		all = true
	}
	if all {
		limit = math.MaxInt32
	}
	u := unpacker{call: c, data: []byte(data[offset:])}
	var values []lua.LValue
	for len(u.data) > 0 && int64(len(values)) < limit {
		values = append(values, u.value(len(values)))
		switch u.err {
		case unpackShort:
			c.fail("Missing bytes in input.")
		case unpackBad:
			c.fail("Bad data format in input.")
		case unpackDeep:
			c.fail("stack overflow (too many return values at once; use unpack_one or unpack_limit instead.)")
		case unpackDeepArray:
			c.fail("stack overflow (in function mp_decode_to_lua_array)")
		}
	}
	n := len(values)
	if !all {
		next := len(data) - len(u.data)
		if len(u.data) == 0 {
			next = -1
		}
		c.Push(lua.LNumber(next))
		n++
	}
	for _, v := range values {
		c.Push(v)
	}
	return n
}

// The possible faults of a message.
const (
	unpackShort = iota + 1
	unpackBad
	unpackDeep
	unpackDeepArray
)

// unpacker cuts values off the front of data. After an error nothing it returns
// means anything.
type unpacker struct {
	call
	data []byte
	err  int
}

// take cuts n bytes off.
func (u *unpacker) take(n uint64) []byte {
	if n > uint64(len(u.data)) {
		u.err, u.data = unpackShort, nil
		return nil
	}
	b := u.data[:n]
	u.data = u.data[n:]
	return b
}

// uint reads a number of so many bytes.
func (u *unpacker) uint(size uint64) (v uint64) {
	for _, b := range u.take(size) {
		v = v<<8 | uint64(b)
	}
	return v
}

func (u *unpacker) value(slots int) lua.LValue {
	u.Charge(1)
	if slots >= maxSlots {
		u.err = unpackDeep
		return lua.LNil
	}
	head := u.take(1)
	if u.err != 0 {
		return lua.LNil
	}
	switch code := head[0]; code {
	case 0xc0:
		return lua.LNil
	case 0xc2, 0xc3:
		return lua.LBool(code == 0xc3)
	case 0xca:
		return lua.LNumber(math.Float32frombits(uint32(u.uint(4))))
	case 0xcb:
		return lua.LNumber(math.Float64frombits(u.uint(8)))
	case 0xcc, 0xcd, 0xce:
		return lua.LNumber(u.uint(1 << (code - 0xcc)))
	case 0xcf, 0xd3: // Redis's Lua pushes what is unsigned as signed, too
		return lua.LNumber(int64(u.uint(8)))
	case 0xd0:
		return lua.LNumber(int8(u.uint(1)))
	case 0xd1:
		return lua.LNumber(int16(u.uint(2)))
	case 0xd2:
		return lua.LNumber(int32(u.uint(4)))
	case 0xd9, 0xda, 0xdb:
		return lua.LString(u.take(u.uint(1 << (code - 0xd9))))
	case 0xdc, 0xdd:
		return u.array(u.uint(2<<(code-0xdc)), slots)
	case 0xde, 0xdf:
		return u.table(u.uint(2<<(code-0xde)), slots)
	default:
		switch {
		case code < 0x80:
			return lua.LNumber(code)
		case code >= 0xe0:
			return lua.LNumber(int8(code))
		case code >= 0xa0 && code < 0xc0:
			return lua.LString(u.take(uint64(code & 0x1f)))
		case code < 0x90:
			return u.table(uint64(code&0xf), slots)
		case code < 0xa0:
			return u.array(uint64(code&0xf), slots)
		}
		u.err = unpackBad
		return lua.LNil
	}
}

func (u *unpacker) array(n uint64, slots int) lua.LValue {
	if slots+2 >= maxSlots {
		u.err = unpackDeepArray
		return lua.LNil
	}
	t := u.NewTable()
	for i := 1; u.err == 0 && uint64(i) <= n; i++ {
		if v := u.value(slots + 2); u.err == 0 && v != lua.LNil {
			t.RawSetInt(i, v)
		}
	}
	return t
}

func (u *unpacker) table(n uint64, slots int) lua.LValue {
	t := u.NewTable()
	for i := uint64(0); u.err == 0 && i < n; i++ {
		key := u.value(slots + 1)
		if u.err != 0 {
			break
		}
		value := u.value(slots + 2)
		if u.err != 0 {
			break
		}
		switch k := key.(type) {
		case *lua.LNilType:
			u.Error(lua.LString("table index is nil"), 0) // Lua gives no position here
		case lua.LNumber:
			if math.IsNaN(float64(k)) {
				u.Error(lua.LString("table index is NaN"), 0)
			}
		}
		t.RawSet(key, value)
	}
	return t
}
