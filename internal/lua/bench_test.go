package lua

import "testing"

// BenchmarkLoop is an empty loop of 10,000 turns.
func BenchmarkLoop(b *testing.B) {
	benchmark(b, `for i = 1, 10000 do end`)
}

// BenchmarkFib is mostly calls.
func BenchmarkFib(b *testing.B) {
	benchmark(b, `local function fib(n) if n < 2 then return n end return fib(n - 1) + fib(n - 2) end return fib(20)`)
}

// BenchmarkStrings makes strings and a table of them.
func BenchmarkStrings(b *testing.B) {
	benchmark(b, `local t = {} for i = 1, 1000 do t[#t + 1] = 'key:' .. i end return table.concat(t, ',')`)
}

func benchmark(b *testing.B, src string) {
	c, err := Compile(src, "@bench")
	if err != nil {
		b.Fatal(err)
	}
	L := NewState()
	fn := L.Load(c)
	b.ReportAllocs()
	for b.Loop() {
		L.Begin(1000)
		L.Limit(1<<40, Limits{Memory: 64 << 20})
		if _, err := L.Run(fn); err != nil {
			b.Fatal(err)
		}
	}
}
