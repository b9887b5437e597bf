package hash

import (
	"fmt"
	"math"

	"github.com/msredis/msredis/internal/redisnum"
	"github.com/msredis/msredis/resp/reply"
	"github.com/msredis/msredis/store/keyspace"
)

// options are those of HGETEX and HSETEX, and the fields behind FIELDS, which may
// stand anywhere among them.
type options struct {
	fields [][]byte // with their values, if width is 2
	width  int      // arguments of a field; 2 tells HSETEX from HGETEX

	timed            bool  // a time was given
	deadline         int64 // it, in Unix milliseconds
	keepTTL, persist bool
	fnx, fxx, nx, xx bool
}

// fieldTimes are the options that take a time: what it counts from, and its unit
// in milliseconds.
var fieldTimes = [...]struct {
	word     string
	relative bool
	scale    int64
}{
	{"EX", true, 1000},
	{"PX", true, 1},
	{"EXAT", false, 1000},
	{"PXAT", false, 1},
}

// parse reads the arguments behind the key. It answers errors itself.
func (o *options) parse(c *keyspace.Ctx) bool {
	for i := 2; i < len(c.Args); i++ {
		var ok bool
		if i, ok = o.next(c, i); !ok {
			return false
		}
	}
	set := o.width == 2
	switch {
	case o.fields == nil:
		c.W.Error(reply.ErrNoFields)
		return false
	case !set && (o.keepTTL || o.fxx || o.fnx), set && o.persist:
		c.W.Error(reply.ErrNotThisArgument)
		return false
	}
	return true
}

// next reads the option at argument i and returns where it ends.
func (o *options) next(c *keyspace.Ctx, i int) (end int, ok bool) {
	for _, t := range fieldTimes {
		if c.Is(i, t.word) {
			base := int64(0)
			if t.relative {
				base = c.Now
			}
			return i + 1, o.parseTime(c, i+1, base, t.scale)
		}
	}
	switch {
	case c.Is(i, "FIELDS"):
		return o.parseFields(c, i)
	case c.Is(i, "PERSIST"):
		if o.timed || o.persist {
			return i, o.fail(c, o.manyTimes())
		}
		o.persist = true
	case c.Is(i, "KEEPTTL"):
		if o.timed || o.keepTTL {
			return i, o.fail(c, o.manyTimes())
		}
		o.keepTTL = true
	case c.Is(i, "FXX"), c.Is(i, "FNX"):
		if o.fxx || o.fnx {
			return i, o.fail(c, reply.ErrManyConditions)
		}
		o.fxx = c.Is(i, "FXX")
		o.fnx = !o.fxx
	case o.width == 2 && (c.Is(i, "NX") || c.Is(i, "XX")):
		if o.nx || o.xx {
			return i, o.fail(c, reply.ErrSyntax)
		}
		o.nx = c.Is(i, "NX")
		o.xx = !o.nx
	default:
		return i, o.fail(c, fmt.Sprintf(reply.ErrUnknownArgument, c.Args[i]))
	}
	return i, true
}

func (o *options) fail(c *keyspace.Ctx, errText string) (ok bool) {
	c.W.Error(errText)
	return false
}

// manyTimes is the error of two options of which one is enough.
func (o *options) manyTimes() string {
	if o.width == 2 {
		return fmt.Sprintf(reply.ErrManyTimes, "KEEPTTL")
	}
	return fmt.Sprintf(reply.ErrManyTimes, "PERSIST")
}

func (o *options) parseTime(c *keyspace.Ctx, i int, base, scale int64) (ok bool) {
	switch {
	case o.timed || o.keepTTL || o.persist:
		return o.fail(c, o.manyTimes())
	case i == len(c.Args):
		return o.fail(c, reply.ErrNoTime)
	}
	o.timed = true
	o.deadline, ok = deadlineArg(c, i, base, scale)
	return ok
}

func (o *options) parseFields(c *keyspace.Ctx, i int) (end int, ok bool) {
	switch {
	case o.fields != nil:
		return i, o.fail(c, reply.ErrManyFields)
	case i+1 == len(c.Args):
		return i, o.fail(c, reply.WrongArity(c.Cmd.FullName))
	}
	n, ok := redisnum.ParseInt(c.Args[i+1])
	if !ok || n < 1 || n > math.MaxInt32 {
		return i, o.fail(c, reply.ErrFieldsNumber)
	}
	rest := c.Args[i+2:]
	if n *= int64(o.width); n > int64(len(rest)) {
		return i, o.fail(c, reply.ErrFewArguments)
	}
	o.fields = rest[:n]
	return i + 1 + int(n), true
}

// deadlineArg reads argument i as a time in units of scale milliseconds from base
// on, and returns the moment. It answers errors itself.
func deadlineArg(c *keyspace.Ctx, i int, base, scale int64) (when int64, ok bool) {
	n, ok := c.Int(i)
	switch {
	case !ok:
		return 0, false
	case n < 0:
		c.W.Error(reply.ErrExpireNegative)
		return 0, false
	case n > maxDeadline/scale || n*scale > maxDeadline-base:
		c.W.Error(fmt.Sprintf(reply.ErrInvalidExpire, c.Cmd.FullName))
		return 0, false
	}
	return n*scale + base, true
}
