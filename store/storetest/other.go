package storetest

import (
	"encoding/binary"
	"errors"
	"slices"

	"github.com/zeebo/xxh3"

	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/resp/reply"
	"github.com/msredis/msredis/store/keyspace"
)

// Other and OtherRows are a small family of lists (RPUSH, LPOP). They are for tests of
// code that has to work with values of another type, and with containers that become
// empty.
var (
	Other     = keyspace.Kind{Name: "list", Tag: 255, Decode: decodeList}
	OtherRows = []keyspace.Row{
		{Spec: command.Spec{
			Name: "rpush", Usage: "RPUSH key element [element ...]", Since: "1.0.0", Group: command.GroupList,
			Summary: "Append elements to a list", Complexity: "O(1)",
			Flags: command.Write | command.DenyOOM | command.Fast,
		}, Run: rpush},
		{Spec: command.Spec{
			Name: "lpop", Usage: "LPOP key", Since: "1.0.0", Group: command.GroupList,
			Summary: "Remove the first element of a list", Complexity: "O(1)",
			Flags: command.Write | command.Fast,
		}, Run: lpop},
	}
)

// WithOther returns rows with OtherRows in place of commands of the same names.
func WithOther(rows []keyspace.Row) []keyspace.Row {
	return append(slices.DeleteFunc(rows, func(r keyspace.Row) bool {
		return slices.ContainsFunc(OtherRows, func(o keyspace.Row) bool { return o.Name == r.Name && r.Container == "" })
	}), OtherRows...)
}

type list struct {
	elems   [][]byte
	bytes   int64
	smashed bool // whatever it is asked, it panics
}

// check is where a value that was broken in the middle of a change would panic.
func (l *list) check() *list {
	if l.smashed {
		panic("storetest: somebody has asked a smashed value")
	}
	return l
}

func rpush(c *keyspace.Ctx) {
	e := c.Lookup(c.Args[1])
	if e == nil {
		e = c.Set(c.Args[1], &list{}, false)
	}
	l, ok := e.Value().(*list)
	if !ok {
		c.W.Error(reply.ErrWrongType)
		return
	}
	c.Edit(e)
	for _, arg := range c.Args[2:] {
		l.elems = append(l.elems, append([]byte(nil), arg...))
		l.bytes += int64(len(arg))
	}
	c.Notify('l', "rpush", c.Args[1])
	c.W.Int(int64(len(l.elems)))
}

func lpop(c *keyspace.Ctx) {
	e := c.Lookup(c.Args[1])
	if e == nil {
		c.W.Null()
		return
	}
	l, ok := e.Value().(*list)
	if !ok {
		c.W.Error(reply.ErrWrongType)
		return
	}
	c.Edit(e)
	c.W.Bulk(l.elems[0])
	l.bytes -= int64(len(l.elems[0]))
	l.elems = l.elems[1:]
	c.Notify('l', "lpop", c.Args[1])
	if len(l.elems) == 0 {
		c.Notify('g', "del", c.Args[1])
	}
}

func (l *list) Kind() *keyspace.Kind { return &Other }
func (l *list) Encoding() string     { return "listpack" }
func (l *list) Len() int             { return len(l.check().elems) }
func (l *list) MemSize() int64       { return 48 + l.check().bytes + 24*int64(len(l.elems)) }

func (l *list) Clone() keyspace.Value {
	m := &list{bytes: l.check().bytes}
	for _, e := range l.elems {
		m.elems = append(m.elems, append([]byte(nil), e...))
	}
	return m
}

func (l *list) Encode(dst []byte) []byte {
	for _, e := range l.check().elems {
		dst = binary.AppendUvarint(dst, uint64(len(e)))
		dst = append(dst, e...)
	}
	return dst
}

func (l *list) Digest(h *xxh3.Hasher) { h.Write(l.Encode(nil)) }

func decodeList(src []byte) (keyspace.Value, error) {
	l := &list{}
	for len(src) > 0 {
		n, w := binary.Uvarint(src)
		if w <= 0 || n > uint64(len(src)-w) {
			return nil, errors.New("storetest: not an encoded list")
		}
		l.elems = append(l.elems, append([]byte(nil), src[w:w+int(n)]...))
		l.bytes += int64(n)
		src = src[w+int(n):]
	}
	return l, nil
}
