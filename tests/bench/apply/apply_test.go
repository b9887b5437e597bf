package apply

import (
	"bytes"
	"flag"
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/msredis/msredis/resp/command"
)

var mixTime = flag.Duration("mix.time", 5*time.Second, "length of the mix of fifty goroutines")

const (
	putKeys    = 100_000
	mixKeys    = 1000
	mixClients = 50
)

// BenchmarkPutSequential is one goroutine that writes.
func BenchmarkPutSequential(b *testing.B) {
	for _, sys := range systems {
		b.Run(sys.name, func(b *testing.B) {
			c := sys.make(b, putKeys).client()
			filled(c, putKeys)
			b.ReportAllocs()
			b.ResetTimer()
			for i := range b.N {
				c.put(i * 7919 % putKeys)
			}
		})
	}
}

// BenchmarkPutParallel is one goroutine per processor.
func BenchmarkPutParallel(b *testing.B) {
	for _, sys := range systems {
		b.Run(sys.name, func(b *testing.B) {
			s := sys.make(b, putKeys)
			filled(s.client(), putKeys)
			var seed atomic.Uint64
			b.ReportAllocs()
			b.ResetTimer()
			b.RunParallel(func(pb *testing.PB) {
				c, rnd := s.client(), rand.New(rand.NewPCG(seed.Add(1), 1))
				for pb.Next() {
					c.put(rnd.IntN(putKeys))
				}
			})
		})
	}
}

func filled(c kv, keys int) {
	for i := range keys {
		c.put(i)
	}
}

// BenchmarkTxn reads a key and writes two as one, from all processors. The maps
// that lock by themselves cannot.
func BenchmarkTxn(b *testing.B) {
	parallel := func(name string, txn func(b *testing.B) func() func(x, y int)) {
		b.Run(name, func(b *testing.B) {
			client := txn(b)
			var seed atomic.Uint64
			b.ReportAllocs()
			b.ResetTimer()
			b.RunParallel(func(pb *testing.PB) {
				run, rnd := client(), rand.New(rand.NewPCG(seed.Add(1), 1))
				for pb.Next() {
					run(rnd.IntN(putKeys), rnd.IntN(putKeys))
				}
			})
		})
	}
	body := func(m *machine, x, y int) command.Call {
		return command.NewExec(m.table.Lookup([]byte("exec")), &command.Tx{Calls: []command.Call{m.gets[x], m.puts[x], m.puts[y]}}, nil)
	}
	parallel("store", func(b *testing.B) func() func(x, y int) {
		s := newSharded(b, putKeys, 1)
		return func() func(x, y int) {
			c := s.client().(*shardedClient)
			return func(x, y int) { c.add(body(s.machine, x, y)) }
		}
	})
	parallel("store, one lock", func(b *testing.B) func() func(x, y int) {
		l := newLocked(b, putKeys, 1)
		return func() func(x, y int) {
			c := l.client().(*lockedClient)
			return func(x, y int) { c.add(body(l.machine, x, y)) }
		}
	})
	parallel("map, one lock", func(*testing.B) func() func(x, y int) {
		p := &plainMap{data: newData(putKeys), m: map[string][]byte{}}
		return func() func(x, y int) {
			return func(x, y int) {
				p.mu.Lock()
				use(p.m[p.names[x]])
				p.m[p.names[x]], p.m[p.names[y]] = bytes.Clone(p.value), bytes.Clone(p.value)
				p.mu.Unlock()
			}
		}
	})
}

// BenchmarkMix is fifty goroutines on a thousand keys, half puts, a quarter
// deletes, a quarter gets, for a fixed time: b.N has no say. With
// -P 16 every goroutine sends pipelines, as clients do.
func BenchmarkMix(b *testing.B) {
	for _, sys := range systems {
		b.Run(sys.name, func(b *testing.B) { mix(b, sys.make(b, mixKeys)) })
	}
	b.Run("store, -P 16", func(b *testing.B) { mix(b, newSharded(b, mixKeys, 16)) })
	b.Run("store, one lock, -P 16", func(b *testing.B) { mix(b, newLocked(b, mixKeys, 16)) })
}

func mix(b *testing.B, s system) {
	const between = 64 // operations between two looks at the clock; whole pipelines
	var (
		wg            sync.WaitGroup
		ops           atomic.Int64
		before, after runtime.MemStats
	)
	b.ReportAllocs()
	runtime.GC()
	runtime.ReadMemStats(&before)
	begin := time.Now()
	for i := range mixClients {
		wg.Go(func() {
			c, rnd := s.client(), rand.New(rand.NewPCG(uint64(i), 1))
			n := int64(0)
			for ; time.Since(begin) < *mixTime; n += between {
				for range between {
					switch key := rnd.IntN(mixKeys); rnd.IntN(4) {
					case 0:
						c.get(key)
					case 1:
						c.del(key)
					default:
						c.put(key)
					}
				}
			}
			ops.Add(n)
		})
	}
	wg.Wait()
	took := time.Since(begin)
	runtime.ReadMemStats(&after)
	report(b, took, float64(ops.Load()), &before, &after)
}

// BenchmarkBatch applies batches of puts, as one log entry brings them, in lanes;
// all figures are per put. The maps get the same puts from as many goroutines,
// which is no batch: readers see it half done.
func BenchmarkBatch(b *testing.B) {
	for _, calls := range []int{1, 10, 100, 1000, 10_000} {
		for lanes := 1; lanes <= max(2, runtime.NumCPU()); lanes *= 2 {
			b.Run(fmt.Sprintf("store/calls=%d/lanes=%d", calls, lanes), func(b *testing.B) { batch(b, calls, lanes) })
			if calls < 10_000 {
				continue
			}
			for _, sys := range systems[2:] {
				b.Run(fmt.Sprintf("%s/calls=%d/lanes=%d", sys.name, calls, lanes), func(b *testing.B) {
					s := sys.make(b, putKeys)
					filled(s.client(), putKeys)
					perCall(b, calls, func() { strew(s, calls, lanes) })
				})
			}
		}
	}
}

// perCall runs b.N batches and reports what one call of them costs.
func perCall(b *testing.B, calls int, run func()) {
	var before, after runtime.MemStats
	b.ReportAllocs()
	runtime.ReadMemStats(&before)
	b.ResetTimer()
	for range b.N {
		run()
	}
	b.StopTimer()
	runtime.ReadMemStats(&after)
	report(b, b.Elapsed(), float64(b.N*calls), &before, &after)
}

func report(b *testing.B, took time.Duration, ops float64, before, after *runtime.MemStats) {
	b.ReportMetric(float64(took.Nanoseconds())/ops, "ns/op")
	b.ReportMetric(float64(after.TotalAlloc-before.TotalAlloc)/ops, "B/op")
	b.ReportMetric(float64(after.Mallocs-before.Mallocs)/ops, "allocs/op")
}

// strew puts keys from some goroutines at once.
func strew(s system, calls, lanes int) {
	var wg sync.WaitGroup
	for lane := range lanes {
		wg.Go(func() {
			c := s.client()
			for i := lane; i < calls; i += lanes {
				c.put(i * 7919 % putKeys)
			}
		})
	}
	wg.Wait()
}

// pipeline is how many calls the units of a batch have.
const pipeline = 10

func batch(b *testing.B, calls, lanes int) {
	m := newMachine(b, putKeys, lanes)
	var units []*command.Unit
	for i := range putKeys {
		if i%min(pipeline, calls) == 0 {
			units = append(units, &command.Unit{})
		}
		last := units[len(units)-1]
		last.Calls = append(last.Calls, m.puts[i*7919%putKeys])
	}
	m.apply(units) // all keys are there
	reset := func() {
		for _, u := range units {
			u.W.Reset()
		}
	}
	reset()
	units = units[:calls/min(pipeline, calls)]
	perCall(b, calls, func() {
		m.apply(units)
		reset()
	})
}

// TestSystems: what is compared does the same.
func TestSystems(t *testing.T) {
	const keys = 10
	s, l := newSharded(t, keys, 1), newLocked(t, keys, 1)
	for _, c := range []kv{s.client(), l.client()} {
		c.put(1)
		c.put(2)
		c.del(1)
		c.get(2)
	}
	a, _ := s.s.Digest()
	if b, _ := l.s.Digest(); a != b {
		t.Fatalf("digests %s and %s", a, b)
	}
	var wg sync.WaitGroup
	for i := range mixClients {
		wg.Go(func() {
			c := s.client()
			for j := range 100 {
				c.put((i + j) % keys)
			}
		})
	}
	wg.Wait()
	for _, info := range s.s.DBInfo() {
		if info.Keys != keys {
			t.Fatalf("%d keys, want %d", info.Keys, keys)
		}
	}
}
