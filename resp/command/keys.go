package command

import (
	"bytes"

	"github.com/msredis/msredis/internal/redisnum"
)

// keyRange is a key spec applied to arguments: first, first+step … up to last.
type keyRange struct{ first, last, step int }

// maxKeySpecs bounds how many key specs a row may have, so that Keys works on
// the stack.
const maxKeySpecs = 4

// Keys calls fn with the position and the flags of every key in args, in
// Redis's order. It reports whether the arguments make sense as far as keys
// go: if not (a count that is no number, a keyword that is missing) fn is not
// called, and the handler will find the same fault. The arity has to be right.
// A list of keys at the end that is empty counts as a fault too, as in Redis, but
// the handler may take it (PFMERGE without a source): fn gets the other keys.
//
// It does not allocate. Callers in a hurry look at OneKey first.
func (c *Command) Keys(args [][]byte, fn func(pos int, flags KeyFlags)) bool {
	if len(c.KeySpecs) == 2 && c.FullName == "migrate" {
		return c.migrateKeys(args, fn)
	}
	var ranges [maxKeySpecs]keyRange
	complete := true
	for i := range c.KeySpecs {
		if c.byOption(i) {
			ranges[i] = noKeys
			continue
		}
		var ok bool
		ranges[i], ok = c.KeySpecs[i].apply(args)
		none := ranges[i].last < ranges[i].first && c.KeySpecs[i].NumKeys > 0 // a count of 0
		if !ok || none && !c.Flags.Has(NoMandatoryKeys) {
			return false
		}
		complete = complete && ranges[i].first <= ranges[i].last || c.Flags.Has(NoMandatoryKeys)
	}
	for i := range c.KeySpecs {
		flags := c.KeySpecs[i].Flags
		if flags&KeyNotKey != 0 {
			continue
		}
		if flags&KeyVariable != 0 {
			flags = c.variableFlags(args)
		}
		for pos := ranges[i].first; pos <= ranges[i].last; pos += ranges[i].step {
			fn(pos, flags)
		}
	}
	if pos := c.storeOption(args); pos > 0 {
		fn(pos, KeyOW|KeyUpdate)
	}
	return complete
}

var noKeys = keyRange{1, 0, 1}

// apply finds the keys of one spec. A range that does not lie in args is a
// fault, except that a count of 0 gives no key, and neither does a range to the
// end that begins there.
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
			if i < len(args) && equalFold(args[i], k.Keyword) {
				return i
			}
		}
		return -1
	}
	for i := k.From; i < len(args); i++ {
		if equalFold(args[i], k.Keyword) {
			return i
		}
	}
	return -1
}

// equalFold compares an argument with a token, ignoring ASCII case.
func equalFold(arg []byte, token string) bool {
	return len(arg) == len(token) && bytes.EqualFold(arg, []byte(token))
}

// variableFlags are the key flags of the commands whose row has KeyVariable:
// what they do with their key depends on the arguments.
func (c *Command) variableFlags(args [][]byte) KeyFlags {
	switch c.FullName {
	case "set":
		for _, arg := range args[3:] {
			if equalFold(arg, "GET") {
				return KeyRW | KeyAccess | KeyUpdate
			}
		}
		return KeyOW | KeyUpdate
	case "bitfield":
		for i := 2; i < len(args); {
			switch rest := len(args) - i - 1; {
			case equalFold(args[i], "GET") && rest >= 2:
				i += 3
			case equalFold(args[i], "OVERFLOW") && rest >= 1:
				i += 2
			default:
				return KeyRW | KeyAccess | KeyUpdate
			}
		}
		return KeyRO | KeyAccess
	}
	return KeyRW | KeyAccess | KeyUpdate
}
