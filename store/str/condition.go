package str

import (
	"bytes"

	"github.com/zeebo/xxh3"

	"github.com/msredis/msredis/resp/reply"
	"github.com/msredis/msredis/store/keyspace"
)

// condition is what SET and DELEX may ask of the string that is there: to equal
// another one, or to have a digest. The zero condition asks nothing.
type condition struct {
	word string // "IFEQ" …
	arg  []byte // what to compare with
}

// The conditions. Those that want equality want the key to be there, too.
const (
	ifEqual         = "IFEQ"
	ifNotEqual      = "IFNE"
	ifDigest        = "IFDEQ"
	ifNotDigest     = "IFDNE"
	digestHexDigits = 16
)

// set reports whether a condition was given.
func (m *condition) set() bool { return m.word != "" }

// needsKey reports whether the condition cannot hold where there is no key.
func (m *condition) needsKey() bool { return m.word == ifEqual || m.word == ifDigest }

// parse takes the condition at argument i with the argument behind it. It does not
// if there is none, or another one was given before: the last of a kind counts.
func (m *condition) parse(c *keyspace.Ctx, i int) bool {
	for _, word := range [...]string{ifEqual, ifNotEqual, ifDigest, ifNotDigest} {
		if c.Is(i, word) {
			if m.set() && m.word != word {
				return false
			}
			m.word, m.arg = word, c.Args[i+1]
			return true
		}
	}
	return false
}

// holds reports whether the condition holds for e. Two cases are answered with an error
// and ok false: a value of another family, and a digest that is none.
func (m *condition) holds(c *keyspace.Ctx, e *keyspace.Entry) (holds, ok bool) {
	var tmp Scratch
	b, ok := Bytes(e.Value(), &tmp)
	if !ok {
		c.W.Error(reply.ErrWrongType)
		return false, false
	}
	switch m.word {
	case ifEqual:
		return bytes.Equal(b, m.arg), true
	case ifNotEqual:
		return !bytes.Equal(b, m.arg), true
	}
	if len(m.arg) != digestHexDigits {
		c.W.Error(reply.ErrDigest)
		return false, false
	}
	same := bytes.EqualFold(m.arg, appendDigest(nil, b))
	return same == (m.word == ifDigest), true
}

// appendDigest appends the hash of a string by which clients know it again.
func appendDigest(dst, b []byte) []byte {
	const digits = "0123456789abcdef"
	h := xxh3.Hash(b)
	for shift := 60; shift >= 0; shift -= 4 {
		dst = append(dst, digits[h>>shift&0xf])
	}
	return dst
}

func replyDigest(c *keyspace.Ctx) {
	e := c.Lookup(c.Args[1])
	if e == nil {
		c.W.Null()
		return
	}
	var tmp Scratch
	b, ok := Bytes(e.Value(), &tmp)
	if !ok {
		c.W.Error(reply.ErrWrongType)
		return
	}
	c.W.Bulk(appendDigest(nil, b))
}

func delex(c *keyspace.Ctx) {
	key := c.Args[1]
	if len(c.Args) == 2 {
		remove(c, key)
		return
	}
	if len(c.Args) != 4 {
		c.W.Error(reply.WrongArity(c.Cmd.FullName))
		return
	}
	e := c.Lookup(key)
	if e == nil {
		c.W.Int(0)
		return
	}
	if _, ok := Size(e.Value()); !ok {
		c.W.Error(reply.ErrDelexType)
		return
	}
	var m condition
	if !m.parse(c, 2) {
		c.W.Error(reply.ErrDelexCondition)
		return
	}
	removeIf(c, e, &m)
}

func delifeq(c *keyspace.Ctx) {
	e := c.Lookup(c.Args[1])
	if e == nil {
		c.W.Int(0)
		return
	}
	removeIf(c, e, &condition{ifEqual, c.Args[2]})
}

// removeIf deletes the command's key if the condition holds for e, which it has.
func removeIf(c *keyspace.Ctx, e *keyspace.Entry, m *condition) {
	holds, ok := m.holds(c, e)
	switch {
	case !ok:
	case holds:
		remove(c, c.Args[1])
	default:
		c.W.Int(0)
	}
}

// remove deletes the key and answers whether it was there.
func remove(c *keyspace.Ctx, key []byte) {
	if !c.Delete(key) {
		c.W.Int(0)
		return
	}
	c.Notify('g', "del", key)
	c.W.Int(1)
}
