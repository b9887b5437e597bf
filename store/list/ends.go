package list

import (
	"bytes"

	"github.com/msredis/msredis/internal/redisnum"
	"github.com/msredis/msredis/resp/reply"
	"github.com/msredis/msredis/store/keyspace"
)

// end is an end of a list.
type end int

const (
	left end = iota
	right
)

// The names of the keyspace events at either end.
var (
	pushed = [...]string{left: "lpush", right: "rpush"}
	popped = [...]string{left: "lpop", right: "rpop"}
)

// endArg reads argument i as an end. It answers the error itself.
func endArg(c *keyspace.Ctx, i int) (at end, ok bool) {
	switch {
	case c.Is(i, "LEFT"):
		return left, true
	case c.Is(i, "RIGHT"):
		return right, true
	}
	c.W.Error(reply.ErrSyntax)
	return 0, false
}

// lookup returns the list of key and its entry, both nil if there is none. A
// value of another family is answered with an error and ok false.
func lookup(c *keyspace.Ctx, key []byte) (e *keyspace.Entry, l *List, ok bool) {
	e = c.Lookup(key)
	if e == nil {
		return nil, nil, true
	}
	if l, ok = e.Value().(*List); !ok {
		c.W.Error(reply.ErrWrongType)
	}
	return e, l, ok
}

func (l *List) push(at end, e []byte) {
	if at == left {
		l.PushFront(e)
	} else {
		l.PushBack(e)
	}
}

// peek returns the element at an end of a list that is not empty.
func (l *List) peek(at end) []byte {
	if at == left {
		return l.At(0)
	}
	return l.At(l.Len() - 1)
}

func (l *List) pop(at end) {
	if at == left {
		l.Remove(0)
	} else {
		l.Remove(l.Len() - 1)
	}
}

func lpush(c *keyspace.Ctx)  { push(c, left, true) }
func rpush(c *keyspace.Ctx)  { push(c, right, true) }
func lpushx(c *keyspace.Ctx) { push(c, left, false) }
func rpushx(c *keyspace.Ctx) { push(c, right, false) }

func push(c *keyspace.Ctx, at end, create bool) {
	key := c.Args[1]
	e, l, ok := lookup(c, key)
	if !ok {
		return
	}
	switch {
	case e != nil:
		c.Edit(e)
	case create:
		l = NewIn(c.Settings())
	default:
		c.W.Int(0)
		return
	}
	for _, arg := range c.Args[2:] {
		l.push(at, arg)
	}
	if e == nil {
		c.Set(key, l, false)
	}
	c.Notify('l', pushed[at], key)
	c.W.Int(int64(l.Len()))
}

func lpop(c *keyspace.Ctx) { pop(c, left) }
func rpop(c *keyspace.Ctx) { pop(c, right) }

func pop(c *keyspace.Ctx, at end) {
	count := int64(-1)
	if len(c.Args) > 3 {
		c.W.Error(reply.WrongArity(c.Cmd.FullName))
		return
	}
	if len(c.Args) == 3 {
		var ok bool
		if count, ok = redisnum.ParseInt(c.Args[2]); !ok || count < 0 {
			c.W.Error(reply.ErrNotPositive)
			return
		}
	}
	key := c.Args[1]
	e, l, ok := lookup(c, key)
	switch {
	case !ok:
	case e == nil && count < 0:
		c.W.Null()
	case e == nil:
		c.W.NullArray()
	case count == 0:
		c.W.Array(0)
	case count < 0:
		c.Edit(e)
		c.W.Bulk(l.peek(at))
		l.pop(at)
		notifyPop(c, l, at, key)
	default:
		popMany(c, e, l, at, count, key)
	}
}

// popMany answers the count elements at an end, from the end inwards, and takes
// them out.
func popMany(c *keyspace.Ctx, e *keyspace.Entry, l *List, at end, count int64, key []byte) {
	n := int(min(count, int64(l.Len())))
	c.Edit(e)
	c.W.Array(n)
	rest := n
	bulk := func(e []byte) bool {
		c.W.Bulk(e)
		rest--
		return rest > 0
	}
	if at == left {
		l.Ascend(0, bulk)
	} else {
		l.Descend(l.Len()-1, bulk)
	}
	l.Trim(n, at == left)
	notifyPop(c, l, at, key)
}

func notifyPop(c *keyspace.Ctx, l *List, at end, key []byte) {
	c.Notify('l', popped[at], key)
	notifyEmpty(c, l, key)
}

// notifyEmpty tells that the key is gone if its list is empty now.
func notifyEmpty(c *keyspace.Ctx, l *List, key []byte) {
	if l.Len() == 0 {
		c.Notify('g', "del", key)
	}
}

func lmpop(c *keyspace.Ctx) { mpop(c, 1) }

// mpop is LMPOP from argument first on. In front of a first of 2 stands a
// timeout, which Redis looks at last.
func mpop(c *keyspace.Ctx, first int) {
	numkeys, ok := redisnum.ParseInt(c.Args[first])
	if !ok || numkeys <= 0 {
		c.W.Error(reply.ErrNumKeys)
		return
	}
	if numkeys >= int64(len(c.Args)-first-1) {
		c.W.Error(reply.ErrSyntax)
		return
	}
	i := first + 1 + int(numkeys)
	keys := c.Args[first+1 : i]
	at, ok := endArg(c, i)
	if !ok {
		return
	}
	count := int64(1)
	if i++; i < len(c.Args) {
		if len(c.Args) < i+2 || !c.Is(i, "COUNT") {
			c.W.Error(reply.ErrSyntax)
			return
		}
		if count, ok = redisnum.ParseInt(c.Args[i+1]); !ok || count <= 0 {
			c.W.Error(reply.ErrCountZero)
			return
		}
		if len(c.Args) > i+2 {
			c.W.Error(reply.ErrSyntax)
			return
		}
	}
	if first == 2 && !c.Timeout(1) {
		return
	}
	for _, key := range keys {
		e, l, ok := lookup(c, key)
		if !ok {
			return
		}
		if e != nil {
			c.W.Array(2)
			c.W.Bulk(key)
			popMany(c, e, l, at, count, key)
			return
		}
	}
	c.W.NullArray()
}

func rpoplpush(c *keyspace.Ctx) { move(c, right, left) }

func lmove(c *keyspace.Ctx) {
	from, ok := endArg(c, 3)
	if !ok {
		return
	}
	if to, ok := endArg(c, 4); ok {
		move(c, from, to)
	}
}

func move(c *keyspace.Ctx, from, to end) {
	source, destination := c.Args[1], c.Args[2]
	e, l, ok := lookup(c, source)
	if !ok {
		return
	}
	if e == nil {
		c.W.Null()
		return
	}
	if bytes.Equal(source, destination) {
		rotate(c, e, l, from, to)
		return
	}
	te, tl, ok := lookup(c, destination)
	if !ok {
		return
	}
	c.Edit(e)
	elem := l.peek(from)
	c.W.Bulk(elem)
	if te != nil {
		c.Edit(te)
		tl.push(to, elem)
	} else {
		tl = NewIn(c.Settings())
		tl.push(to, elem)
		c.Set(destination, tl, false)
	}
	l.pop(from)
	c.Notify('l', pushed[to], destination)
	notifyPop(c, l, from, source)
}

// rotate moves an element from one end of a list to the other, or nowhere.
func rotate(c *keyspace.Ctx, e *keyspace.Entry, l *List, from, to end) {
	c.Edit(e)
	var tmp [64]byte
	elem := append(tmp[:0], l.peek(from)...)
	c.W.Bulk(elem)
	l.pop(from)
	l.push(to, elem)
	c.Notify('l', pushed[to], c.Args[1])
	c.Notify('l', popped[from], c.Args[1])
}
