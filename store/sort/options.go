package sort

import (
	"bytes"
	"cmp"

	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/resp/reply"
	"github.com/msredis/msredis/store/keyspace"
)

// options are those of SORT.
type options struct {
	by            *pattern // nil: the elements themselves
	keep          bool     // BY without '*': the elements stay in their order
	get           []pattern
	offset, count int64 // LIMIT; a negative count: all
	desc, alpha   bool
	store         []byte // nil: answer
}

// parse answers the error itself.
func (o *options) parse(c *keyspace.Ctx, stores bool) (ok bool) {
	o.count = -1
	for i := 2; i < len(c.Args); i++ {
		rest := len(c.Args) - i - 1
		switch {
		case c.Is(i, "ASC"):
			o.desc = false
		case c.Is(i, "DESC"):
			o.desc = true
		case c.Is(i, "ALPHA"):
			o.alpha = true
		case c.Is(i, "LIMIT") && rest >= 2:
			if o.offset, ok = c.Int(i + 1); !ok {
				return false
			}
			if o.count, ok = c.Int(i + 2); !ok {
				return false
			}
			i += 2
		case stores && c.Is(i, "STORE") && rest >= 1:
			o.store = c.Args[i+1]
			i++
		case c.Is(i, "BY") && rest >= 1:
			p := parsePattern(c.Args[i+1])
			o.by = &p
			o.keep = o.keep || !p.wild
			i++
		case c.Is(i, "GET") && rest >= 1:
			o.get = append(o.get, parsePattern(c.Args[i+1]))
			i++
		default:
			c.W.Error(reply.ErrSyntax)
			return false
		}
	}
	return true
}

// part returns the places from ≤ place < to of n that LIMIT asks for.
func (o *options) part(n int) (from, to int) {
	from = int(min(max(o.offset, 0), int64(n)))
	to = n
	if o.count >= 0 {
		to = from + int(min(o.count, int64(n-from)))
	}
	return from, to
}

// byOptions finds the key of the last option STORE. It also tells whether a pattern of
// BY or GET makes names of keys.
func byOptions(args [][]byte) (o command.Options) {
	for i := 2; i+1 < len(args); i++ {
		switch {
		case command.Is(args[i], "LIMIT"):
			i += 2
		case command.Is(args[i], "STORE"):
			i++
			o.Stores[0] = i
		case command.Is(args[i], "BY"):
			i++
			if bytes.IndexByte(args[i], '*') >= 0 {
				o.AnyKey, o.AllKeys, o.AllKeysError = true, command.KeyAccess, cmp.Or(o.AllKeysError, reply.ErrSortBy)
			}
		case command.Is(args[i], "GET"):
			i++
			o.AnyKey = o.AnyKey || bytes.IndexByte(args[i], '*') >= 0
			o.AllKeys, o.AllKeysError = command.KeyAccess, cmp.Or(o.AllKeysError, reply.ErrSortGet)
		}
	}
	return o
}

// byOptionsRO is byOptions for SORT_RO, to which STORE is an error.
func byOptionsRO(args [][]byte) command.Options {
	o := byOptions(args)
	o.Stores[0] = 0
	return o
}
