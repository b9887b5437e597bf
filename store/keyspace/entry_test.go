package keyspace

import (
	"strings"
	"testing"

	"github.com/zeebo/xxh3"
)

type blob int

func (blob) Kind() *Kind            { return nil }
func (blob) Encoding() string       { return "" }
func (blob) Len() int               { return 1 }
func (b blob) MemSize() int64       { return int64(b) }
func (b blob) Clone() Value         { return b }
func (blob) Encode(b []byte) []byte { return b }
func (blob) Digest(*xxh3.Hasher)    {}

func TestEntryKeepsKeysOfAllLengths(t *testing.T) {
	t.Parallel()
	var all []*Entry
	last := int64(0)
	for n := range 300 {
		key := []byte(strings.Repeat("k", n))
		e := newEntry(key, blob(5))
		for i := range key {
			key[i] = 'x' // the caller's buffer is used again
		}
		all = append(all, e)
		size := e.MemSize()
		if size < last || size < int64(n)+int64(entrySize)+5 || size > int64(n)+int64(entrySize)+5+64 {
			t.Errorf("a key of %d bytes is accounted with %d", n, size)
		}
		last = size
	}
	for n, e := range all {
		if e.Key() != strings.Repeat("k", n) {
			t.Errorf("key of %d bytes is %q", n, e.Key())
		}
	}
}

func TestShardSet(t *testing.T) {
	t.Parallel()
	var s, all ShardSet
	for _, i := range []int{511, 0, 63, 64, LeaseLock} {
		s.Add(i)
	}
	var got []int
	s.Each(func(i int) { got = append(got, i) })
	want := []int{0, 63, 64, 511, LeaseLock}
	for i := range want {
		if len(got) != len(want) || got[i] != want[i] || !s.Has(want[i]) {
			t.Fatalf("set has %v, want %v", got, want)
		}
	}
	all.AddAll()
	n := 0
	all.Each(func(int) { n++ })
	if n != Shards+1 || s.Has(1) {
		t.Errorf("all are %d", n)
	}
}
