package command

import (
	"bytes"

	"github.com/msredis/msredis/internal/redisnum"
)

// keyRange is where keys of one kind stand in arguments: first, first+step … up to
// last. The zero keyRange has none.
type keyRange struct {
	first, last, step int
	flags             KeyFlags
}

// maxKeySpecs bounds how many key specs a row may have, so that keys are found
// without memory from the heap.
const maxKeySpecs = 4

// maxStores is how many options of a command may name a key to write.
const maxStores = 2

// ranges finds the keys in args, in Redis's order, and how many they are. It is not
// ok if the arguments make no sense as far as keys go: a count is no number, a
// keyword is missing. The handler will find the same fault. A list of keys at the
// end that is empty is not complete, but the other keys are found.
func (c *Command) ranges(args [][]byte, opt *Options, ranges *[maxKeySpecs + maxStores]keyRange) (n int, ok, complete bool) {
	if opt.Fault {
		return 0, false, false
	}
	complete = true
	for i := range c.KeySpecs {
		k, r := &c.KeySpecs[i], &ranges[i]
		switch {
		case k.Option || k.Unknown:
			*r = keyRange{step: 1, last: -1}
			continue
		case i == 0 && opt.First > 0:
			*r, ok = keyRange{first: opt.First, last: opt.Last, step: 1}, true
		default:
			*r, ok = k.apply(args)
		}
		none := r.last < r.first && k.NumKeys > 0 // a count of 0
		if !ok || none && !c.Flags.Has(NoMandatoryKeys) {
			return 0, false, false
		}
		complete = complete && r.first <= r.last || c.Flags.Has(NoMandatoryKeys)
		switch r.flags = k.Flags; {
		case r.flags&KeyNotKey != 0:
			*r = keyRange{step: 1, last: -1}
		case r.flags&KeyVariable != 0:
			r.flags = opt.Flags
		}
	}
	for i, pos := range opt.Stores {
		if pos > 0 {
			ranges[maxKeySpecs+i] = keyRange{pos, pos, 1, KeyOW | KeyUpdate}
		}
	}
	for i := range ranges {
		if r := &ranges[i]; r.step == 0 {
			*r = keyRange{step: 1, last: -1}
		} else if r.first <= r.last {
			n += (r.last-r.first)/r.step + 1
		}
	}
	return n, true, complete
}

// apply finds the keys of one spec. A range that does not lie in args is a fault. There
// are two exceptions: a count of 0 gives no key, and neither does a range to the end
// that begins there.
func (k *KeySpec) apply(args [][]byte) (r keyRange, ok bool) {
	r.step = k.step()
	switch {
	case k.NumKeys > 0:
		if k.NumKeys >= len(args) {
			return r, false
		}
		n, ok := redisnum.ParseInt(args[k.NumKeys])
		if !ok || n < 0 || n > int64(len(args)) {
			return r, false
		}
		r.first = k.NumKeys + 1
		r.last = r.first + (int(n)-1)*r.step
		if n == 0 {
			return r, true
		}
	case k.Keyword != "":
		at := k.findKeyword(args)
		if at < 0 {
			return r, false
		}
		r.first = at + 1
		r.last = r.first + k.Last
		if k.Last < 0 {
			r.last = len(args) + k.Last
		}
		if k.Last < 0 && k.Limit > 0 {
			r.last = r.first + (len(args)-r.first)/k.Limit - 1
		}
	default:
		r.first, r.last = k.First, k.last()
		if r.last < 0 {
			r.last += len(args)
			if k.First > 1 && r.first == len(args) && r.last == r.first-1 {
				return r, true
			}
		}
	}
	return r, r.first <= r.last && r.last < len(args)
}

// findKeyword returns the position of the keyword, or -1.
func (k *KeySpec) findKeyword(args [][]byte) int {
	if k.Keyword == "STREAMS" {
		return streamsOption(args)
	}
	if k.From < 0 {
		for i := len(args) + k.From; i > 0; i-- {
			if i < len(args) && Is(args[i], k.Keyword) {
				return i
			}
		}
		return -1
	}
	for i := k.From; i < len(args); i++ {
		if Is(args[i], k.Keyword) {
			return i
		}
	}
	return -1
}

// Is reports whether an argument is a token, in any case.
func Is(arg []byte, token string) bool {
	return len(arg) == len(token) && bytes.EqualFold(arg, []byte(token))
}
