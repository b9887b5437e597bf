package wal

import (
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"go.etcd.io/etcd/server/v3/storage/wal"
)

// BenchmarkAppend compares appends into segments that are filled with zeros
// ahead (see spare.go) with appends into space that is only reserved. Disks
// drift by more than the difference: only the rounds of one run compare.
//
//	go test -run - -bench Append -benchtime 2000x ./cluster/wal
func BenchmarkAppend(b *testing.B) {
	defer func(was int64) { wal.SegmentSizeBytes = was }(wal.SegmentSizeBytes)
	wal.SegmentSizeBytes = SegmentBytes
	for _, size := range []int{100, 4000, 40000} {
		for round := range 3 {
			for _, c := range []struct {
				name string
				fill bool
			}{{"reserved", false}, {"filled", true}} {
				b.Run(fmt.Sprintf("%dB/%d/%s", size, round, c.name), func(b *testing.B) {
					benchAppend(b, size, c.fill)
				})
			}
		}
	}
}

func benchAppend(b *testing.B, size int, fill bool) {
	l, err := createOne(filepath.Join(b.TempDir(), "wal"), fill)
	must(b, err)
	defer l.Close()
	e := ents(1, 1, string(make([]byte, size)))
	times := make([]time.Duration, 0, b.N)
	b.SetBytes(int64(size))
	b.ReportAllocs()
	b.ResetTimer()
	for i := range b.N {
		*e[0].Index = uint64(i + 1)
		start := time.Now()
		must(b, l.Append(nil, e))
		times = append(times, time.Since(start))
	}
	b.StopTimer()
	slices.Sort(times)
	b.ReportMetric(float64(times[len(times)/2].Microseconds()), "p50-µs")
	b.ReportMetric(float64(times[len(times)*99/100].Microseconds()), "p99-µs")
}
