package command

import "bytes"

// Some options name keys, or patterns of keys, at places that no key spec can
// tell. The functions here read them as the handlers do: what a handler accepts
// they find, and what it refuses does not matter.

// byOption reports whether the keys of spec i are those of an option.
func (c *Command) byOption(i int) bool {
	k := &c.KeySpecs[i]
	return k.Unknown || k.Keyword != "" && i > 0 && c.hasStoreOption()
}

func (c *Command) hasStoreOption() bool {
	return c.FullName == "sort" || c.FullName == "georadius" || c.FullName == "georadiusbymember"
}

// migrateKeys is Keys for MIGRATE: the key stands at its place, or with the option
// KEYS an empty one stands there and the keys follow.
func (c *Command) migrateKeys(args [][]byte, fn func(pos int, flags KeyFlags)) bool {
	first, last := 3, 3
	for i := 6; i < len(args); i++ {
		switch {
		case equalFold(args[i], "AUTH"):
			i++
		case equalFold(args[i], "AUTH2"):
			i += 2
		case equalFold(args[i], "KEYS"):
			if len(args[3]) != 0 {
				return false // it will be a syntax error
			}
			first, last = i+1, len(args)-1
			i = len(args)
		}
	}
	for pos := first; pos <= last; pos++ {
		fn(pos, c.KeySpecs[0].Flags)
	}
	return first <= last
}

// storeOption returns the position of the key that a STORE option names, 0 if
// there is none. The last one counts.
func (c *Command) storeOption(args [][]byte) (pos int) {
	switch c.FullName {
	case "sort":
		pos, _ = sortOptions(args)
	case "georadius", "georadiusbymember":
		for i := 5; i+1 < len(args); i++ {
			if equalFold(args[i], "STORE") || equalFold(args[i], "STOREDIST") {
				i++
				pos = i
			}
		}
	}
	return pos
}

// AnyKey reports whether a call with these arguments may use keys that are not
// among them: all of the data have to be locked for it.
func (c *Command) AnyKey(args [][]byte) bool {
	if c.Flags&(WholeKeyspace|Script) != 0 {
		return true
	}
	if c.FullName == "sort" || c.FullName == "sort_ro" {
		_, patterns := sortOptions(args)
		return patterns
	}
	return false
}

// sortOptions finds the key of SORT's option STORE, and whether a pattern of BY
// or GET makes names of keys.
func sortOptions(args [][]byte) (store int, patterns bool) {
	for i := 2; i+1 < len(args); i++ {
		switch {
		case equalFold(args[i], "LIMIT"):
			i += 2
		case equalFold(args[i], "STORE"):
			i++
			store = i
		case equalFold(args[i], "BY"), equalFold(args[i], "GET"):
			i++
			patterns = patterns || bytes.IndexByte(args[i], '*') >= 0
		}
	}
	return store, patterns
}
