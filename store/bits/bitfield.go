package bits

import (
	"strings"

	"github.com/msredis/msredis/internal/redisnum"
	"github.com/msredis/msredis/resp/reply"
	"github.com/msredis/msredis/store/keyspace"
	"github.com/msredis/msredis/store/str"
)

// fieldOp is one subcommand of BITFIELD.
type fieldOp struct {
	verb     byte // 'g' GET, 's' SET, 'i' INCRBY
	overflow overflow
	field    field
	operand  int64 // of SET and INCRBY
}

func bitfield(c *keyspace.Ctx)   { runFields(c, false) }
func bitfieldRO(c *keyspace.Ctx) { runFields(c, true) }

func runFields(c *keyspace.Ctx, readOnly bool) {
	ops, ok := parseFields(c)
	if !ok {
		return
	}
	size := 0 // that the string must have for the writes
	for i := range ops {
		if ops[i].verb != 'g' {
			size = max(size, ops[i].field.end())
		}
	}
	if readOnly && size > 0 {
		c.W.Error(reply.ErrBitfieldRO)
		return
	}
	key := c.Args[1]
	e := c.Lookup(key)
	var tmp str.Scratch
	b, ok := content(c, e, &tmp)
	if !ok {
		return
	}
	w := writer{ctx: c, entry: e, b: b, size: size}
	if size > len(b) {
		w.open() // Redis adds the zeros even if every write fails
		w.grown = true
	}
	c.W.Array(len(ops))
	for i := range ops {
		if value, ok := ops[i].run(&w); ok {
			c.W.Int(value)
		} else {
			c.W.Null()
		}
	}
	if w.changed {
		c.Notify('$', "setbit", key)
	}
}

// run executes one subcommand and returns its reply; false: null, because of
// OVERFLOW FAIL.
func (op *fieldOp) run(w *writer) (int64, bool) {
	old := op.field.get(w.b)
	var result, next int64
	var fits bool
	switch op.verb {
	case 'g':
		return old, true
	case 's':
		next, fits = op.field.limit(op.operand, 0, op.overflow)
		result = old
	default:
		next, fits = op.field.limit(old, op.operand, op.overflow)
		result = next
	}
	if !fits && op.overflow == fail {
		return 0, false
	}
	if next != old || w.grown {
		w.open()
		op.field.set(w.b, next)
		w.changed = true
	}
	return result, true
}

// writer makes the string writable when the first bit changes.
type writer struct {
	ctx   *keyspace.Ctx
	entry *keyspace.Entry
	b     []byte
	size  int

	opened  bool
	grown   bool // to size, before the first write
	changed bool // by a write that did not fail
}

func (w *writer) open() {
	if !w.opened {
		w.b = str.Writable(w.ctx, w.ctx.Args[1], w.entry, w.size).Bytes()
		w.opened = true
	}
}

// parseFields reads the subcommands. It answers the error itself.
func parseFields(c *keyspace.Ctx) ([]fieldOp, bool) {
	ops := make([]fieldOp, 0, len(c.Args)/3)
	mode := wrap
	for i := 2; i < len(c.Args); {
		op := fieldOp{overflow: mode}
		words := 0
		switch more := len(c.Args) - 1 - i; {
		case more >= 2 && c.Is(i, "GET"):
			op.verb, words = 'g', 3
		case more >= 3 && c.Is(i, "SET"):
			op.verb, words = 's', 4
		case more >= 3 && c.Is(i, "INCRBY"):
			op.verb, words = 'i', 4
		case more >= 1 && c.Is(i, "OVERFLOW"):
			var ok bool
			if mode, ok = parseOverflow(c, i+1); !ok {
				return nil, false
			}
			i += 2
			continue
		default:
			c.W.Error(reply.ErrSyntax)
			return nil, false
		}
		var ok bool
		if op.field, ok = parseField(c, i+1); !ok {
			return nil, false
		}
		if words == 4 {
			if op.operand, ok = c.Int(i + 3); !ok {
				return nil, false
			}
		}
		ops = append(ops, op)
		i += words
	}
	return ops, true
}

func parseOverflow(c *keyspace.Ctx, i int) (overflow, bool) {
	switch {
	case c.Is(i, "WRAP"):
		return wrap, true
	case c.Is(i, "SAT"):
		return saturate, true
	case c.Is(i, "FAIL"):
		return fail, true
	}
	c.W.Error(reply.ErrBitfieldMode)
	return 0, false
}

// parseField reads the encoding ("i16", "u8") at argument i and the offset
// behind it, which counts fields if it starts with '#'. It answers the error
// itself.
func parseField(c *keyspace.Ctx, i int) (f field, ok bool) {
	encoding := string(c.Args[i])
	f.signed = strings.HasPrefix(encoding, "i")
	width := int64(0)
	if f.signed || strings.HasPrefix(encoding, "u") {
		width, _ = redisnum.ParseInt([]byte(encoding[1:]))
	}
	if width < 1 || width > 64 || width == 64 && !f.signed {
		c.W.Error(reply.ErrBitfieldType)
		return f, false
	}
	f.width = uint(width)

	text := c.Args[i+1]
	scale := int64(1)
	if len(text) > 0 && text[0] == '#' {
		text, scale = text[1:], width
	}
	pos, ok := redisnum.ParseInt(text)
	// The product is checked, not the number, to stay inside int64.
	longest := str.MaxLen(c.Settings())
	if !ok || pos < 0 || pos > longest*8/scale || pos*scale>>3 >= longest {
		c.W.Error(reply.ErrBitOffset)
		return f, false
	}
	f.pos = pos * scale
	return f, true
}
