package hash

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/zeebo/xxh3"

	"github.com/msredis/msredis/internal/settings"
	"github.com/msredis/msredis/store/keyspace"
)

// byDefault are the settings of a cluster that has changed none.
var byDefault = settings.Default()

// model is a hash that remembers in which order its fields came.
type model struct {
	fields []string
	values map[string]string
	table  bool
}

func (m *model) set(s *settings.Values, field, value string) bool {
	m.table = m.table || max(len(field), len(value)) > s.HashMaxListpackValue
	_, exists := m.values[field]
	m.values[field] = value
	if !exists {
		m.fields = append(m.fields, field)
	}
	m.table = m.table || len(m.fields) > s.HashMaxListpackEntries
	return !exists
}

func (m *model) remove(field string) bool {
	_, exists := m.values[field]
	if exists {
		delete(m.values, field)
		m.fields = slices.DeleteFunc(m.fields, func(f string) bool { return f == field })
	}
	return exists
}

func content(h *Hash) (fields []string, values map[string]string) {
	values = map[string]string{}
	h.Each(func(field, value []byte) bool {
		fields = append(fields, string(field))
		values[string(field)] = string(value)
		return true
	})
	return fields, values
}

func digest(v keyspace.Value) uint64 {
	h := xxh3.New()
	v.Digest(h)
	return h.Sum64()
}

// compare compares h with the model in every way there is to look at it.
func compare(t *testing.T, h *Hash, m *model) {
	t.Helper()
	encoding := map[bool]string{false: "listpack", true: "hashtable"}[m.table]
	if h.Len() != len(m.fields) || h.Encoding() != encoding {
		t.Fatalf("%d fields, %s; want %d, %s", h.Len(), h.Encoding(), len(m.fields), encoding)
	}
	fields, values := content(h)
	if len(fields) != len(m.fields) {
		t.Fatalf("Each gives %d fields of %d", len(fields), len(m.fields))
	}
	if !m.table && !slices.Equal(fields, m.fields) {
		t.Fatalf("order of the fields: %q, want %q", fields, m.fields)
	}
	bytes := int64(0)
	for _, field := range fields {
		want, exists := m.values[field]
		got, ok := h.Get([]byte(field))
		if !exists || !ok || string(got) != want || values[field] != want {
			t.Fatalf("field %q is %q, %q; want %q", field, got, values[field], want)
		}
		if m.table {
			bytes += int64(newPair([]byte(field), got).memSize())
		}
	}
	if m.table && bytes != int64(h.packed.n) {
		t.Fatalf("%d bytes counted, want %d", int64(h.packed.n), bytes)
	}
	if _, ok := h.Get([]byte("none such")); ok {
		t.Fatal("a field that was never set")
	}
	if c := cap(h.packed.b); c > 64 && c > 5*len(h.packed.b) {
		t.Fatalf("%d bytes in a buffer of %d", len(h.packed.b), c)
	}
	if h.Len() == 0 {
		return
	}
	data := h.Encode(nil)
	decoded, err := Kind.Decode(data)
	if err != nil {
		t.Fatal(err)
	}
	for _, same := range []keyspace.Value{decoded, h.Clone()} {
		got, _ := content(same.(*Hash))
		if !slices.Equal(got, fields) || same.Encoding() != encoding || same.MemSize() != h.MemSize() ||
			digest(same) != digest(h) || string(same.Encode(nil)) != string(data) {
			t.Fatalf("a copy of %d fields differs", h.Len())
		}
	}
}

func TestAgainstMap(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		targets []int
		size    int // of values
		long    int // one of so many values is longer
		// The settings; 0, 0: the defaults.
		entries, value int
	}{
		"packed": {[]int{5, 0, 100, 3, 512, 2, 300, 0}, 30, 0, 0, 0},
		"many":   {[]int{10, 500, 600, 3, 2000, 0}, 10, 0, 0, 0},
		"long":   {[]int{20, 5, 300, 1, 0}, 64, 50, 0, 0},
		"huge":   {[]int{5, 20, 1}, 20000, 0, 0, 0},
		"few":    {[]int{3, 5, 1, 8, 0}, 30, 0, 5, 64},
		"longer": {[]int{5, 100, 3, 300, 0}, 300, 50, 200, 1000},
		"never":  {[]int{5, 0, 100, 0}, 20000, 0, 1 << 40, 1 << 40},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rnd := rand.New(rand.NewPCG(5, uint64(len(name))))
			in := settings.Default()
			if tc.entries > 0 {
				in.HashMaxListpackEntries, in.HashMaxListpackValue = tc.entries, tc.value
			}
			h, m := New(), &model{values: map[string]string{}}
			for _, target := range tc.targets {
				for steps := 0; len(m.fields) != target; steps++ {
					field := fmt.Sprint("f", rnd.IntN(3000))
					if rnd.IntN(50) == 0 {
						field = ""
					}
					grow := len(m.fields) < target
					if rnd.IntN(5) == 0 {
						grow = !grow
					}
					if n := len(m.fields); n > 0 && (!grow || rnd.IntN(4) == 0) {
						field = m.fields[rnd.IntN(n)]
					}
					if grow {
						value := strings.Repeat(string(rune('a'+rnd.IntN(20))), rnd.IntN(tc.size+1))
						if tc.long > 0 && rnd.IntN(tc.long) == 0 {
							value = strings.Repeat(value, 5)
						}
						if got := h.Set(in, []byte(field), []byte(value)); got != m.set(in, field, value) {
							t.Fatalf("Set(%q) = %v", field, got)
						}
					} else if got := h.Remove([]byte(field)); got != m.remove(field) {
						t.Fatalf("Remove(%q) = %v", field, got)
					}
					if steps%500 == 0 {
						compare(t, h, m)
					}
				}
				compare(t, h, m)
				if target > 0 { // go on with what was restored
					v, err := Kind.Decode(h.Encode(nil))
					if err != nil {
						t.Fatal(err)
					}
					h = v.(*Hash)
				} else {
					h, m.table = New(), false
				}
			}
		})
	}
}

// The order of a table follows from its fields, not from how they came.
func TestOrderIsOfTheContent(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(7, 8))
	var want []string
	for range 5 {
		h := New()
		h.spread()
		for _, i := range rnd.Perm(2000) {
			h.Set(byDefault, fmt.Appendf(nil, "field %d", i), []byte("value"))
		}
		for _, i := range rnd.Perm(1000) {
			h.Remove(fmt.Appendf(nil, "field %d", i))
		}
		fields, _ := content(h)
		if want == nil {
			want = fields
		}
		if !slices.Equal(fields, want) {
			t.Fatal("another order")
		}
	}
}

func TestCloneSharesNothingMutable(t *testing.T) {
	t.Parallel()
	for _, n := range []int{3, 1000} {
		h := New()
		for i := range n {
			h.Set(byDefault, fmt.Appendf(nil, "field %d", i), []byte("value"))
		}
		before := h.Encode(nil)
		c := h.Clone().(*Hash)
		for i := range n {
			c.Set(byDefault, fmt.Appendf(nil, "field %d", i), []byte("VALUE"))
		}
		c.Set(byDefault, []byte("field 0"), []byte("another length"))
		c.Remove([]byte("field 1"))
		if !bytes.Equal(h.Encode(nil), before) {
			t.Errorf("%d fields changed with their clone", n)
		}
	}
}

func TestPairs(t *testing.T) {
	t.Parallel()
	for _, f := range []int{0, 1, 15, 127, 128, 16383, 16384, 3 << 20} {
		for _, v := range []int{0, 1, 127, 128, 16384} {
			field, value := bytes.Repeat([]byte{'f'}, f), bytes.Repeat([]byte{'v'}, v)
			p := newPair(field, value)
			gotField, gotValue := p.parts()
			if !bytes.Equal(gotField, field) || !bytes.Equal(gotValue, value) || p.Key() != string(field) || len(p.raw()) != pairSize(f, v) {
				t.Errorf("a pair of %d and %d bytes has %d and %d", f, v, len(gotField), len(gotValue))
			}
			gotField, gotValue, rest, ok := cutPair(append(slices.Clone(p.raw()), "rest"...))
			if !ok || !bytes.Equal(gotField, field) || !bytes.Equal(gotValue, value) || string(rest) != "rest" {
				t.Errorf("a pair of %d and %d bytes is cut into %d, %d and %d", f, v, len(gotField), len(gotValue), len(rest))
			}
		}
	}
}

func FuzzDecode(f *testing.F) {
	small, large := New(), New()
	for i := range 20 {
		small.Set(byDefault, fmt.Appendf(nil, "field %d", i), []byte("value"))
		large.Set(byDefault, fmt.Appendf(nil, "field %d", i), []byte(strings.Repeat("v", 60+i)))
	}
	f.Add(small.Encode(nil))
	f.Add(large.Encode(nil))
	for _, h := range []*Hash{small, large} {
		h.expire([]byte("field 3"), 1000)
		h.expire([]byte("field 14"), 999)
		f.Add(h.Encode(nil))
	}
	f.Add([]byte{formTimed, 1, 1, 'a', 5, formPacked, 1, 1, 'b', 'c'}) // of no field
	f.Add([]byte{formTimed, 1, 1, 'a', 5, formTimed, 1, 1, 'a', 5})
	f.Add([]byte{})
	f.Add([]byte{formPacked})
	f.Add([]byte{formTable, 0, 0})
	f.Add([]byte{formTable, 1, 1, 'a', 'b', 1, 1, 'a', 'c'}) // a field twice
	f.Add([]byte{formPacked, 1, 0x80, 0})                    // a length in too many bytes
	f.Add(append([]byte{formPacked, 0, 65}, make([]byte, 65)...))
	f.Fuzz(func(t *testing.T, src []byte) {
		v, err := Kind.Decode(src)
		if err != nil {
			return
		}
		data := v.Encode(nil)
		if src[0] != formTable && v.Encoding() == "listpack" && !bytes.Equal(data, src) || len(data) != len(src) || v.Len() == 0 {
			t.Errorf("%x decodes to %d fields that encode to %x", src, v.Len(), data)
		}
		for i := range src {
			src[i] ^= 0xff
		}
		again, err := Kind.Decode(data)
		if err != nil || !bytes.Equal(again.Encode(nil), data) || !bytes.Equal(v.Encode(nil), data) {
			t.Errorf("%x is not canonical: %v", data, err)
		}
	})
}
