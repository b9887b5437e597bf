package lua

import "strings"

var tableFuncs = map[string]LGFunction{
	"concat": tableConcat, "foreach": tableForeach, "foreachi": tableForeachi, "getn": tableGetn, "insert": tableInsert,
	"maxn": tableMaxn, "remove": tableRemove, "setn": tableSetn, "sort": tableSort,
}

func tableConcat(L *LState) int {
	t := L.CheckTable(1)
	sep := L.OptString(2, "")
	from := L.OptInt(3, 1)
	to := t.Len()
	if L.Get(4) != LNil {
		to = L.CheckInt(4)
	}
	var b strings.Builder
	for i := from; i <= to; i++ {
		s, ok := toString(t.RawGetInt(i))
		if !ok {
			L.RaiseError("invalid value (%s) at index %d in table for 'concat'", t.RawGetInt(i).Type(), i)
		}
		if b.Len()+len(s)+len(sep) > maxString {
			L.RaiseError("string length overflow")
		}
		L.grow(&b, len(s)+len(sep))
		b.WriteString(s)
		if i < to {
			b.WriteString(sep)
		}
		if i == to { // it may be the largest number there is
			break
		}
	}
	L.Push(LString(b.String()))
	return 1
}

// grow accounts for what is about to be written.
func (L *LState) grow(b *strings.Builder, n int) {
	L.Charge(1 + n/64)
	if room := b.Cap() - b.Len(); n > room {
		L.Pay(b.Cap() + n)
	}
}

func tableForeach(L *LState) int {
	t, f := L.CheckTable(1), L.CheckFunction(2)
	key := LNil
	for {
		k, v, ok := t.next(key)
		if !ok {
			L.runError("invalid key to 'next'")
		}
		if k == LNil {
			return 0
		}
		if ret := L.callFromGo(f, k, v); len(ret) > 0 && ret[0] != LNil {
			L.Push(ret[0])
			return 1
		}
		key = k
	}
}

func tableForeachi(L *LState) int {
	t, f := L.CheckTable(1), L.CheckFunction(2)
	n := t.Len()
	for i := 1; i <= n; i++ {
		if ret := L.callFromGo(f, number(float64(i)), t.RawGetInt(i)); len(ret) > 0 && ret[0] != LNil {
			L.Push(ret[0])
			return 1
		}
	}
	return 0
}

func tableGetn(L *LState) int {
	L.Push(number(float64(L.CheckTable(1).Len())))
	return 1
}

func tableMaxn(L *LState) int {
	L.Push(number(L.CheckTable(1).maxn()))
	return 1
}

func tableSetn(L *LState) int {
	L.CheckTable(1)
	L.RaiseError("'setn' is obsolete")
	return 0
}

func tableInsert(L *LState) int {
	t := L.CheckTable(1)
	end := t.Len() + 1
	switch L.GetTop() {
	case 2:
		L.writable(t)
		t.RawSetInt(end, L.Get(2))
	case 3:
		at := L.CheckInt(2)
		end = max(end, at)
		L.writable(t)
		v := L.Get(3)
		L.Charge((end - at) / 8)
		if at >= 1 && end == len(t.array)+1 && at < end && v != LNil {
			t.append(LFalse)
			copy(t.array[at:end], t.array[at-1:end-1])
			t.array[at-1] = v
			return 0
		}
		for i := end; i > at; i-- {
			L.Charge(1)
			t.RawSetInt(i, t.RawGetInt(i-1))
		}
		t.RawSetInt(at, v)
	default:
		L.RaiseError("wrong number of arguments to 'insert'")
	}
	return 0
}

func tableRemove(L *LState) int {
	t := L.CheckTable(1)
	end := t.Len()
	at := L.OptInt(2, end)
	if at < 1 || at > end {
		return 0
	}
	L.writable(t)
	L.Charge((end - at) / 8)
	v := t.array[at-1]
	copy(t.array[at-1:], t.array[at:])
	t.RawSetInt(end, LNil)
	L.Push(v)
	return 1
}

func tableSort(L *LState) int {
	t := L.CheckTable(1)
	n := t.Len()
	var less LValue
	if L.Get(2) != LNil {
		less = L.CheckFunction(2)
	}
	L.writable(t)
	s := sorter{L: L, t: t, fn: less}
	s.sort(1, n)
	return 0
}

// sorter is the quicksort of Lua 5.1: with a comparison that contradicts itself the
// order that comes of it shows, and so do the calls.
type sorter struct {
	L  *LState
	t  *LTable
	fn LValue
}

func (s *sorter) get(i int) LValue { return s.t.RawGetInt(i) }

func (s *sorter) set(i int, v LValue) { s.t.RawSetInt(i, v) }

func (s *sorter) less(a, b LValue) bool {
	s.L.Charge(1)
	if s.fn == nil {
		return s.L.less(a, b)
	}
	ret := s.L.callFromGo(s.fn, a, b)
	return len(ret) > 0 && LVAsBool(ret[0])
}

func (s *sorter) sort(l, u int) {
	for l < u {
		a, b := s.get(l), s.get(u)
		if s.less(b, a) {
			s.swap(l, u)
		}
		if u-l == 1 {
			break
		}
		i := (l + u) / 2
		if s.less(s.get(i), s.get(l)) {
			s.swap(i, l)
		} else if s.less(s.get(u), s.get(i)) {
			s.swap(i, u)
		}
		if u-l == 2 {
			break
		}
		pivot := s.get(i)
		s.swap(i, u-1)
		i, j := l, u-1
		for {
			for i++; s.less(s.get(i), pivot); i++ {
				if i > u {
					s.L.RaiseError("invalid order function for sorting")
				}
			}
			for j--; s.less(pivot, s.get(j)); j-- {
				if j < l {
					s.L.RaiseError("invalid order function for sorting")
				}
			}
			if j < i {
				break
			}
			s.swap(i, j)
		}
		s.swap(u-1, i)
		if i-l < u-i {
			s.sort(l, i-1)
			l = i + 1
		} else {
			s.sort(i+1, u)
			u = i - 1
		}
	}
}

func (s *sorter) swap(i, j int) {
	a, b := s.get(i), s.get(j)
	s.set(i, b)
	s.set(j, a)
}
