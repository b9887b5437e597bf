package lua

import (
	"hash/maphash"
	"math"
)

// LTable is a table. Its order, which pairs shows, is that of the insertions: the
// array first, then the other keys. So it is the same on every machine.
type LTable struct {
	Metatable LValue
	// ReadOnly tables cannot be changed by scripts.
	ReadOnly bool

	array []LValue // keys 1 to len(array); the last one is not nil
	high  int      // the longest that array was
	list  []pair   // the other keys in the order of their insertion; a nil value is a deleted one
	index []int32  // open addressing: place in list plus one; nil while list is short
	dead  int      // deleted ones in list
	g     *global  // pays for the memory; nil: nobody does
	id    uint64
}

type pair struct{ key, val LValue }

// The memory that the parts of a table count, in bytes.
const (
	tableSize = 112
	slotSize  = 16
	pairSize  = 40
)

// shortList is up to how many keys are searched one by one.
const shortList = 8

var hashSeed = maphash.MakeSeed()

// String implements LValue.
func (t *LTable) String() string { return named("table", t.id) }

// Type implements LValue.
func (*LTable) Type() LValueType { return LTTable }

// Len returns a border of the table, without __len.
func (t *LTable) Len() int { return len(t.array) }

func hashOf(key LValue) uint64 {
	switch k := key.(type) {
	case LString:
		return maphash.String(hashSeed, string(k))
	case LNumber:
		x := math.Float64bits(float64(k)) * 0x9e3779b97f4a7c15
		return x ^ x>>29
	case LBool:
		if k {
			return 1
		}
		return 2
	case *LTable:
		return k.id * 0x9e3779b97f4a7c15
	case *LFunction:
		return k.id * 0x9e3779b97f4a7c15
	case *LUserData:
		return k.id * 0x9e3779b97f4a7c15
	case *LState:
		return k.id * 0x9e3779b97f4a7c15
	}
	return 0
}

func same(a, b LValue) bool {
	if x, ok := a.(LString); ok {
		y, ok := b.(LString)
		return ok && x == y
	}
	return a == b
}

// find returns the place of a key in list, -1 if it is not there.
func (t *LTable) find(key LValue) int {
	if s, ok := key.(LString); ok {
		return t.findString(string(s))
	}
	if t.index == nil {
		for i := range t.list {
			if t.list[i].key == key {
				return i
			}
		}
		return -1
	}
	mask := uint64(len(t.index) - 1)
	for at := hashOf(key) & mask; ; at = (at + 1) & mask {
		i := int(t.index[at]) - 1
		if i < 0 {
			return -1
		}
		if t.list[i].key == key {
			return i
		}
	}
}

func (t *LTable) findString(key string) int {
	if t.index == nil {
		for i := range t.list {
			if s, ok := t.list[i].key.(LString); ok && string(s) == key {
				return i
			}
		}
		return -1
	}
	mask := uint64(len(t.index) - 1)
	for at := maphash.String(hashSeed, key) & mask; ; at = (at + 1) & mask {
		i := int(t.index[at]) - 1
		if i < 0 {
			return -1
		}
		if s, ok := t.list[i].key.(LString); ok && string(s) == key {
			return i
		}
	}
}

// RawGetString returns the value of a key.
func (t *LTable) RawGetString(key string) LValue {
	if i := t.findString(key); i >= 0 {
		return t.list[i].val
	}
	return LNil
}

// RawGetInt returns the value of a key.
func (t *LTable) RawGetInt(key int) LValue {
	if key > 0 && key <= len(t.array) {
		return t.array[key-1]
	}
	if len(t.list) > 0 {
		if i := t.find(number(float64(key))); i >= 0 {
			return t.list[i].val
		}
	}
	return LNil
}

// RawGet returns the value of a key, without __index.
func (t *LTable) RawGet(key LValue) LValue {
	switch k := key.(type) {
	case LString:
		return t.RawGetString(string(k))
	case LNumber:
		if i := int(k); LNumber(i) == k {
			if i > 0 && i <= len(t.array) {
				return t.array[i-1]
			}
		}
		key = normal(k, key)
	}
	if len(t.list) > 0 {
		if i := t.find(key); i >= 0 {
			return t.list[i].val
		}
	}
	return LNil
}

// normal makes -0 the key that 0 is.
func normal(k LNumber, key LValue) LValue {
	if k == 0 {
		return small[-smallMin]
	}
	return key
}

// RawSetString sets the value of a key.
func (t *LTable) RawSetString(key string, v LValue) {
	i := t.findString(key)
	switch {
	case i >= 0:
		t.put(i, v)
	case v != LNil:
		t.insert(LString(key), v)
	}
}

// RawSetInt sets the value of a key.
func (t *LTable) RawSetInt(key int, v LValue) {
	n := len(t.array)
	switch {
	case key > 0 && key <= n:
		t.array[key-1] = v
		if key == n && v == LNil {
			t.trim()
		}
	case key == n+1:
		if v == LNil {
			if len(t.list) > 0 {
				t.set(number(float64(key)), v)
			}
			return
		}
		t.append(v)
	default:
		t.set(number(float64(key)), v)
	}
}

// RawSet sets the value of a key, without __newindex. The key is neither nil nor
// NaN.
func (t *LTable) RawSet(key, v LValue) {
	switch k := key.(type) {
	case LString:
		i := t.findString(string(k))
		switch {
		case i >= 0:
			t.put(i, v)
		case v != LNil:
			t.insert(key, v)
		}
		return
	case LNumber:
		if i := int(k); LNumber(i) == k && i > 0 && i <= len(t.array)+1 {
			t.RawSetInt(i, v)
			return
		}
		key = normal(k, key)
	}
	t.set(key, v)
}

func (t *LTable) set(key, v LValue) {
	i := t.find(key)
	switch {
	case i >= 0:
		t.put(i, v)
	case v != LNil:
		t.insert(key, v)
	}
}

func (t *LTable) put(i int, v LValue) {
	old := t.list[i].val
	if (old == LNil) != (v == LNil) {
		if v == LNil {
			t.dead++
		} else {
			t.dead--
		}
	}
	t.list[i].val = v
}

func (t *LTable) append(v LValue) {
	if len(t.array) == cap(t.array) {
		t.pay(slotSize * max(len(t.array), 4))
		if len(t.array) == 0 {
			t.array = make([]LValue, 0, 4)
		}
	}
	t.array = append(t.array, v)
	t.high = max(t.high, len(t.array))
	t.gather()
}

// gather moves the keys that follow the array from the list into it. No living key
// of the list is one of the array's, or the next.
func (t *LTable) gather() {
	if len(t.list) == t.dead {
		return
	}
	for {
		i := t.find(number(float64(len(t.array) + 1)))
		if i < 0 || t.list[i].val == LNil {
			return
		}
		v := t.list[i].val
		t.put(i, LNil)
		t.array = append(t.array, v)
		t.high = max(t.high, len(t.array))
	}
}

// trim takes nils from the end of the array.
func (t *LTable) trim() {
	n := len(t.array)
	for n > 0 && t.array[n-1] == LNil {
		n--
	}
	t.array = t.array[:n]
}

// insert adds a key that is not there.
func (t *LTable) insert(key, v LValue) {
	if len(t.list) == cap(t.list) {
		if t.dead > len(t.list)/2 {
			t.compact()
		} else {
			t.pay(pairSize * max(len(t.list), 4))
		}
	}
	t.list = append(t.list, pair{key, v})
	switch {
	case t.index == nil && len(t.list) <= shortList:
	case 4*len(t.list) > 3*len(t.index):
		t.reindex()
	default:
		t.link(len(t.list) - 1)
	}
}

func (t *LTable) link(i int) {
	mask := uint64(len(t.index) - 1)
	at := hashOf(t.list[i].key) & mask
	for t.index[at] != 0 {
		at = (at + 1) & mask
	}
	t.index[at] = int32(i + 1)
}

func (t *LTable) reindex() {
	size := 2 * shortList
	for 4*len(t.list) > 2*size {
		size *= 2
	}
	t.index = make([]int32, size)
	for i := range t.list {
		t.link(i)
	}
}

// compact takes the deleted keys out of the list.
func (t *LTable) compact() {
	kept := t.list[:0]
	for _, p := range t.list {
		if p.val != LNil {
			kept = append(kept, p)
		}
	}
	clear(t.list[len(kept):])
	t.list, t.dead = kept, 0
	if len(kept) <= shortList {
		t.index = nil
	} else {
		t.reindex()
	}
}

func (t *LTable) pay(bytes int) {
	if t.g != nil {
		t.g.pay(bytes)
	}
}

func (t *LTable) next(key LValue) (k, v LValue, ok bool) {
	i := 0
	if key != LNil {
		if n, isNumber := key.(LNumber); isNumber {
			j := int(n)
			if LNumber(j) == n && j > 0 && j <= max(len(t.array), t.high) {
				if j > len(t.array) { // it may stand in the list since
					if at := t.find(key); at >= 0 {
						return t.nextInList(at + 1)
					}
				}
				i = j
				goto array
			}
			key = normal(n, key)
		}
		at := t.find(key)
		if at < 0 {
			return LNil, LNil, false
		}
		return t.nextInList(at + 1)
	}
array:
	for ; i < len(t.array); i++ {
		if t.array[i] != LNil {
			return number(float64(i + 1)), t.array[i], true
		}
	}
	return t.nextInList(0)
}

func (t *LTable) nextInList(i int) (k, v LValue, ok bool) {
	for ; i < len(t.list); i++ {
		if t.list[i].val != LNil {
			return t.list[i].key, t.list[i].val, true
		}
	}
	return LNil, LNil, true
}

// ForEach calls fn with all keys and values, in order.
func (t *LTable) ForEach(fn func(k, v LValue)) {
	for i, v := range t.array {
		if v != LNil {
			fn(number(float64(i+1)), v)
		}
	}
	for i := 0; i < len(t.list); i++ {
		if t.list[i].val != LNil {
			fn(t.list[i].key, t.list[i].val)
		}
	}
}

// maxn is table.maxn: the largest positive key.
func (t *LTable) maxn() float64 {
	largest := float64(len(t.array))
	for i := range t.list {
		if n, ok := t.list[i].key.(LNumber); ok && t.list[i].val != LNil {
			largest = max(largest, float64(n))
		}
	}
	return largest
}
