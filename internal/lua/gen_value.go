package lua

// maxString bounds the length of one string.
const maxString = 1 << 30

// concat makes a chain of '..', which is run from its end.
func (g *gen) concat(e *concatExpr) exprFn {
	fns := make([]exprFn, len(e.list))
	names := make([]*site, len(e.list))
	for i, x := range e.list {
		fns[i], names[i] = g.one(x), nameOf(x, e.line)
	}
	at := &site{line: e.line}
	return func(fr *frame) LValue {
		L := fr.L
		base := L.top
		for _, fn := range fns {
			L.pushValue(fn(fr))
		}
		v := fr.join(base, names, at)
		L.top = base
		return v
	}
}

// join concatenates the values on the stack from base on.
func (fr *frame) join(base int, names []*site, at *site) LValue {
	L := fr.L
	var numbers [8]string
	for L.top-base > 1 {
		vals := L.stack[base:L.top]
		// As many from the end as are strings and numbers.
		n, size := len(vals), 0
		var text []string
		if n <= len(numbers) {
			text = numbers[:n]
		} else {
			text = make([]string, n)
		}
		for n > 0 {
			s, ok := toString(vals[n-1])
			if !ok {
				break
			}
			n--
			text[n] = s
			size += len(s)
		}
		if len(vals)-n >= 2 {
			fr.site = at
			if size > maxString {
				L.runError("string length overflow")
			}
			fr.g.pay(size + 16)
			L.Charge(size / 64)
			buf := make([]byte, 0, size)
			for _, s := range text[n:len(vals)] {
				buf = append(buf, s...)
			}
			vals[n] = LString(unsafeString(buf))
			L.top = base + n + 1
			continue
		}
		fr.site = at
		a, b := vals[len(vals)-2], vals[len(vals)-1]
		v, ok := L.binaryMeta(a, b, "__concat")
		if !ok {
			which := len(vals) - 2
			if _, ok := toString(a); ok {
				which++
			}
			var name *site
			if which < len(names) {
				name = names[which]
			}
			L.typeError(vals[which], name, "concatenate")
		}
		L.stack[L.top-2] = v
		L.top--
	}
	return L.stack[base]
}

// table makes a constructor.
func (g *gen) table(e *tableExpr) exprFn {
	type item struct {
		key, val exprFn
		str      string // if key is nil and isStr
		isStr    bool
		at       *site
	}
	var items []item
	var rest multiFn
	n, computed := 0, false
	for i, it := range e.items {
		x := item{at: &site{line: it.line}}
		switch key := it.key.(type) {
		case nil:
			if i == len(e.items)-1 {
				if isMulti(it.val) {
					rest = g.multi(it.val)
					continue
				}
			}
			n++
		case *stringExpr:
			x.str, x.isStr = key.s, true
		default:
			x.key = g.one(key)
			computed = true
		}
		x.val = g.one(it.val)
		items = append(items, x)
	}
	// In {[1] = 'a', 'b'} the element without a key wins, whichever comes first. C's
	// Lua sets those by fifties, and the last of them at the end.
	mixed := computed && (n > 0 || rest != nil)
	return func(fr *frame) LValue {
		t := fr.g.table(n)
		at := 0
		var late []LValue
		for i := range items {
			it := &items[i]
			if mixed && len(late) == fieldsPerFlush {
				at = t.placeAll(at, late)
				late = late[:0]
			}
			switch {
			case it.isStr:
				t.RawSetString(it.str, it.val(fr))
			case it.key != nil:
				k := it.key(fr)
				v := it.val(fr)
				fr.site = it.at
				fr.L.rawSet(t, k, v)
			case mixed:
				late = append(late, it.val(fr))
			default:
				at++
				t.place(at, it.val(fr))
			}
		}
		var vals []LValue
		if rest != nil {
			vals = rest(fr)
			if len(vals) > 4 {
				fr.g.pay(slotSize * len(vals))
			}
		}
		t.placeAll(t.placeAll(at, late), vals)
		t.trim()
		return t
	}
}

// fieldsPerFlush is how many elements without keys C's Lua gathers before it sets
// them (LFIELDS_PER_FLUSH).
const fieldsPerFlush = 50

// placeAll places values behind the first at ones, and returns how many there are.
func (t *LTable) placeAll(at int, vals []LValue) int {
	for _, v := range vals {
		at++
		t.place(at, v)
	}
	return at
}

// place sets the next of the array of a table that is being made, which may be nil.
func (t *LTable) place(i int, v LValue) {
	if i == len(t.array)+1 {
		if v == LNil && len(t.array) == cap(t.array) {
			t.pay(slotSize * max(len(t.array), 4))
		}
		if v == LNil {
			if len(t.list) > 0 {
				t.set(number(float64(i)), v)
			}
			t.array = append(t.array, v)
			t.high = max(t.high, len(t.array))
			t.gather()
			return
		}
	}
	t.RawSetInt(i, v)
}
