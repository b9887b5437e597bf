package ds

import (
	"fmt"
	"testing"
)

// The benchmarks stand beside Go's map with the same elements.

func benchWords(n int) []*thing {
	words := make([]*thing, n)
	for i := range words {
		words[i] = &thing{fmt.Sprintf("key:%012d", i*7919%n)}
	}
	return words
}

type thing struct{ key string }

func (t *thing) Key() string { return t.key }

func BenchmarkGet(b *testing.B) {
	for _, n := range []int{10, 1000, 100_000} {
		words := benchWords(n)
		d, m := New[*thing](1), map[string]*thing{}
		var keys [][]byte
		for _, w := range words {
			d.Put(w)
			m[w.key] = w
			keys = append(keys, []byte(w.key))
		}
		b.Run(fmt.Sprintf("n=%d/dict", n), func(b *testing.B) {
			b.ReportAllocs()
			for i := range b.N {
				d.Get(keys[i%n])
			}
		})
		b.Run(fmt.Sprintf("n=%d/map", n), func(b *testing.B) {
			b.ReportAllocs()
			for i := range b.N {
				_ = m[string(keys[i%n])]
			}
		})
	}
}

func BenchmarkFill(b *testing.B) {
	const n = 100_000
	words := benchWords(n)
	b.Run("dict", func(b *testing.B) {
		b.ReportAllocs()
		var d *Dict[*thing]
		for i := range b.N {
			if i%n == 0 {
				d = New[*thing](1)
			}
			d.Put(words[i%n])
		}
	})
	b.Run("map", func(b *testing.B) {
		b.ReportAllocs()
		var m map[string]*thing
		for i := range b.N {
			if i%n == 0 {
				m = map[string]*thing{}
			}
			m[words[i%n].key] = words[i%n]
		}
	})
}

func BenchmarkAt(b *testing.B) {
	for _, n := range []int{1000, 100_000} {
		d := New[*thing](1)
		for _, w := range benchWords(n) {
			d.Put(w)
		}
		b.Run(fmt.Sprint("n=", n), func(b *testing.B) {
			for i := range b.N {
				d.At(i % n)
			}
		})
	}
}
