package hll

import (
	"fmt"
	"strings"

	"github.com/msredis/msredis/resp/reply"
	"github.com/msredis/msredis/store/keyspace"
)

// pfdebug shows the insides of a HyperLogLog. GETREG and TODENSE turn it into the
// dense form.
func pfdebug(c *keyspace.Ctx) {
	key := c.Args[2]
	e := c.Lookup(key)
	if e == nil {
		c.W.Error(reply.ErrNoSpecifiedKey)
		return
	}
	b, ok := of(c, e)
	if !ok {
		return
	}
	form := b[formAt]
	switch {
	case c.Is(1, "GETREG"):
		if b, ok = makeDense(c, key, e, b); ok {
			c.W.Array(registers)
			dense(b[headerSize:]).each(func(_ int, v byte) { c.W.Int(int64(v)) })
		}
	case c.Is(1, "DECODE"):
		if form != formSparse {
			c.W.Error(reply.ErrNotSparseHLL)
			return
		}
		c.W.BulkString(describe(b[headerSize:]))
	case c.Is(1, "ENCODING"):
		c.W.Simple([...]string{formDense: "dense", formSparse: "sparse"}[form])
	case c.Is(1, "TODENSE"):
		if _, ok := makeDense(c, key, e, b); !ok {
			return
		}
		if form == formSparse {
			c.W.Int(1)
		} else {
			c.W.Int(0)
		}
	default:
		c.W.Error(fmt.Sprintf(reply.ErrPFDebug, c.Args[1]))
	}
}

// makeDense turns the string of key into the dense form. It answers the error
// itself.
func makeDense(c *keyspace.Ctx, key []byte, e *keyspace.Entry, b []byte) ([]byte, bool) {
	if b[formAt] == formDense {
		return b, true
	}
	b, ok := toDense(b)
	if !ok {
		c.W.Error(reply.ErrCorruptHLL)
		return nil, false
	}
	put(c, key, e, b)
	return b, true
}

// describe writes runs as Redis does: z:n and Z:n are zeros in an opcode of one
// and of two bytes, v:value,n are others.
func describe(s sparse) string {
	var words []string
	for i := 0; i < len(s); {
		n, value, size := s.opcode(i)
		switch {
		case value > 0:
			words = append(words, fmt.Sprintf("v:%d,%d", value, n))
		case size == 1:
			words = append(words, fmt.Sprintf("z:%d", n))
		default:
			words = append(words, fmt.Sprintf("Z:%d", n))
		}
		i += size
	}
	return strings.Join(words, " ")
}
