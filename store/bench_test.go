package store_test

import (
	"fmt"
	"testing"

	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/store"
)

// benchKeys is the size of the keyspace of the benchmarks.
const benchKeys = 100_000

func benchStore(b *testing.B, lanes, large int) *store.Store {
	s := newStore(b, lanes, large)
	for i := range benchKeys {
		u := &command.Unit{Calls: []command.Call{benchSet(i)}}
		s.Apply([]store.Entry{{Index: uint64(i + 1), Time: 1, Units: []*command.Unit{u}}})
	}
	b.ReportAllocs()
	b.ResetTimer()
	return s
}

func benchSet(i int) command.Call {
	return call(0, "set", fmt.Sprintf("key:%012d", i*7919%benchKeys), make([]byte, 64))
}

// BenchmarkApply shows what a call costs in batches of many sizes, on one
// goroutine and on two: where the latter starts to win is laneThreshold.
func BenchmarkApply(b *testing.B) {
	for _, calls := range []int{1, 16, 64, 256, 1000, 10_000} {
		for _, lanes := range []int{1, 2, 4} {
			if lanes > 1 && calls < 64 {
				continue
			}
			b.Run(fmt.Sprintf("calls=%d/lanes=%d", calls, lanes), func(b *testing.B) {
				s := benchStore(b, lanes, 1)
				units := make([]*command.Unit, (calls+15)/16)
				for i := range units {
					units[i] = &command.Unit{}
					for j := range min(calls, 16) {
						units[i].Calls = append(units[i].Calls, benchSet(i*16+j*3))
					}
				}
				index := uint64(benchKeys)
				b.ResetTimer()
				for i := 0; i < b.N; i += calls {
					index++
					s.Apply([]store.Entry{{Index: index, Time: 2, Units: units}})
					for _, u := range units {
						u.W.Reset()
					}
				}
			})
		}
	}
}

func BenchmarkRead(b *testing.B) {
	for _, c := range []command.Call{
		call(0, "get", fmt.Sprintf("key:%012d", 12345)),
		call(0, "mget", fmt.Sprintf("key:%012d", 1), fmt.Sprintf("key:%012d", 2), fmt.Sprintf("key:%012d", 3)),
	} {
		b.Run(c.Cmd.Name, func(b *testing.B) {
			s := benchStore(b, 1, 1<<30)
			u := &command.Unit{Calls: []command.Call{c}}
			for range b.N {
				s.Read(u)
				u.W.Reset()
			}
		})
	}
}
