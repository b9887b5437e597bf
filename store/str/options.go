package str

import (
	"fmt"
	"math"

	"github.com/msredis/msredis/internal/redisnum"
	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/resp/reply"
	"github.com/msredis/msredis/store/keyspace"
)

// options are those of SET, GETEX and MSETEX. At most one of keepTTL, persist, lease
// and a time is set; the last time counts if one is given twice.
type options struct {
	nx, xx, get      bool // SET; without get MSETEX
	keepTTL, persist bool // the one SET and MSETEX, the other GETEX
	match            condition

	leaseArg int // SET: position of the id of the lease to attach the key to; 0: none

	timeArg int   // position of the time; 0: none
	unit    byte  // 'x': EX or PX, 'a': EXAT or PXAT
	scale   int64 // milliseconds in the unit of the time
}

// times are the options that take a time.
var times = [...]struct {
	word  string
	unit  byte
	scale int64
}{
	{"EX", 'x', 1000},
	{"PX", 'x', 1},
	{"EXAT", 'a', 1000},
	{"PXAT", 'a', 1},
}

// The commands that have options.
type optionsOf byte

const (
	ofSet optionsOf = iota
	ofGetex
	ofMsetex
)

// parse reads the options of a command from argument i on. It answers the error
// itself and returns false.
func (o *options) parse(c *keyspace.Ctx, i int, of optionsOf) bool {
	set, sets := of == ofSet, of != ofGetex
	for ; i < len(c.Args); i++ {
		more := i+1 < len(c.Args)
		switch {
		case sets && !o.xx && c.Is(i, "NX"):
			o.nx = true
		case sets && !o.nx && c.Is(i, "XX"):
			o.xx = true
		case set && c.Is(i, "GET"):
			o.get = true
		case set && more && !o.nx && !o.xx && o.match.parse(c, i):
			i++
		case sets && o.timeArg == 0 && o.leaseArg == 0 && c.Is(i, "KEEPTTL"):
			o.keepTTL = true
		case !sets && o.timeArg == 0 && c.Is(i, "PERSIST"):
			o.persist = true
		case set && more && o.timeArg == 0 && !o.keepTTL && c.Is(i, "LEASE"):
			i++
			o.leaseArg = i
		case more && !o.keepTTL && !o.persist && o.leaseArg == 0 && o.parseTime(c, i):
			i++
		default:
			c.W.Error(reply.ErrSyntax)
			return false
		}
	}
	return true
}

// parseTime takes option i with its argument, unless it is no time or a time in
// another unit was given before.
func (o *options) parseTime(c *keyspace.Ctx, i int) bool {
	for _, t := range times {
		if !c.Is(i, t.word) {
			continue
		}
		if o.timeArg != 0 && (o.unit != t.unit || o.scale != t.scale) {
			return false
		}
		o.timeArg, o.unit, o.scale = i+1, t.unit, t.scale
		return true
	}
	return false
}

// deadline returns the time asked for as a deadline in Unix milliseconds, 0 if
// none was. It answers the error itself and returns false.
func (o *options) deadline(c *keyspace.Ctx) (ms int64, ok bool) {
	if o.timeArg == 0 {
		return 0, true
	}
	n, ok := c.Int(o.timeArg)
	if !ok {
		return 0, false
	}
	if n > 0 && n <= math.MaxInt64/o.scale {
		n *= o.scale
		if o.unit == 'a' {
			return n, true
		}
		if n <= math.MaxInt64-c.Now {
			return n + c.Now, true
		}
	}
	c.W.Error(fmt.Sprintf(reply.ErrInvalidExpire, c.Cmd.FullName))
	return 0, false
}

// findLease returns the lease asked for, nil if none was. It answers the error
// itself and returns false.
func (o *options) findLease(c *keyspace.Ctx) (l *keyspace.Lease, ok bool) {
	if o.leaseArg == 0 {
		return nil, true
	}
	id, ok := redisnum.ParseInt(c.Args[o.leaseArg])
	if !ok || id <= 0 {
		c.W.Error(reply.ErrLeaseID)
		return nil, false
	}
	if l = c.Lease(id); l == nil {
		c.W.Error(reply.ErrNoSuchLease)
		return nil, false
	}
	return l, true
}

// setOptions tells what the options of SET make of its footprint. Without a condition it
// always changes something. LEASE asks which leases there are.
func setOptions(args [][]byte) command.Options {
	o := command.Options{Flags: command.KeyOW | command.KeyUpdate, Always: true}
	for _, word := range args[3:] {
		switch {
		case command.Is(word, "GET"):
			o.Flags = command.KeyRW | command.KeyAccess | command.KeyUpdate
		case isCondition(word):
			o.Flags = o.Flags&^command.KeyOW | command.KeyRW
			o.Always = false
		case command.Is(word, "NX"), command.Is(word, "XX"):
			o.Always = false
		case command.Is(word, "LEASE"):
			o.Tables |= command.TableLeaseIDs
		}
	}
	return o
}

// delexOptions tells what the options of DELEX make of its footprint: without a
// condition it does not look at the value.
func delexOptions(args [][]byte) command.Options {
	o := command.Options{Flags: command.KeyRM | command.KeyDelete}
	for _, word := range args[2:] {
		if isCondition(word) {
			o.Flags = command.KeyRW | command.KeyDelete
		}
	}
	return o
}

func isCondition(word []byte) bool {
	return command.Is(word, ifEqual) || command.Is(word, ifNotEqual) || command.Is(word, ifDigest) || command.Is(word, ifNotDigest)
}
