package store_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/msredis/msredis/store"
	"github.com/msredis/msredis/store/storetest"
)

// BenchmarkWriteUnderSnapshot is a write on a value of a million elements: without a
// snapshot (plain), the first one after the cut (first), and one while the value is on its
// way to the disk (during).
func BenchmarkWriteUnderSnapshot(b *testing.B) {
	const million = 1_000_000
	for _, f := range []struct {
		name string
		fill func(i int) []string // two words for an element, at most
		cmd  string
		more []string
	}{
		{"list", func(i int) []string { return []string{fmt.Sprint("element:", i)} }, "rpush", []string{"lset", "k", "500000", "x"}},
		{"hash", func(i int) []string { return []string{fmt.Sprint("field:", i), "value"} }, "hset", []string{"hset", "k", "field:77", "other"}},
		{"set", func(i int) []string { return []string{fmt.Sprint("member:", i)} }, "sadd", []string{"smove", "k", "k2", "member:%d"}},
		{"zset", func(i int) []string { return []string{fmt.Sprint(i), fmt.Sprint("member:", i)} }, "zadd", []string{"zincrby", "k", "3", "member:500000"}},
		{"stream", nil, "", []string{"xadd", "k", "*", "field", "value"}},
	} {
		b.Run(f.name, func(b *testing.B) {
			e := storetest.New(b, store.Kinds(), store.Rows())
			for i := 0; i < million; {
				if f.fill == nil {
					e.Do("xadd", "k", "*", "field", "value")
					i++
					continue
				}
				args := []string{f.cmd, "k"}
				for range 1000 {
					args = append(args, f.fill(i)...)
					i++
				}
				e.Do(args...)
			}
			n := 0
			write := func() time.Duration {
				n++
				args := append([]string(nil), f.more...)
				for i, w := range args {
					if w == "member:%d" {
						args[i] = fmt.Sprint("member:", n)
					}
				}
				start := time.Now()
				e.Do(args...)
				return time.Since(start)
			}
			var plain, first, during time.Duration
			for b.Loop() {
				write()
				plain = max(plain, write())
				d := e.Store.Cut()
				first = max(first, write())
				d.Stop()
				_ = d.Write(discard{})
				d.Done(false)
				d = e.Store.Cut()
				done := make(chan error)
				go func() { done <- d.Write(discard{}) }()
				for waiting := true; waiting; {
					select {
					case <-done:
						waiting = false
					default:
						during = max(during, write())
						time.Sleep(100 * time.Microsecond)
					}
				}
				d.Done(false)
			}
			b.ReportMetric(float64(plain.Microseconds()), "plain-µs-max")
			b.ReportMetric(float64(first.Microseconds()), "first-µs-max")
			b.ReportMetric(float64(during.Microseconds()), "during-µs-max")
		})
	}
}

// discard is a disk that takes everything.
type discard struct{}

func (discard) Set(_, _ []byte) error         { return nil }
func (discard) Delete([]byte) error           { return nil }
func (discard) DeleteRange(_, _ []byte) error { return nil }
