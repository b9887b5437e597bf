package front

import (
	"runtime"
	"runtime/metrics"
	"strings"
	"time"
)

// memoryUse is what the process holds, in bytes.
type memoryUse struct {
	heap     uint64 // live and not yet collected objects
	total    uint64 // mapped by the Go runtime
	resident uint64 // as the operating system counts it; total if it does not tell
	released uint64 // of total, given back to the operating system
}

// measureMemory does not stop the world, as runtime.ReadMemStats would.
func measureMemory() memoryUse {
	samples := []metrics.Sample{
		{Name: "/memory/classes/heap/objects:bytes"},
		{Name: "/memory/classes/total:bytes"},
		{Name: "/memory/classes/heap/released:bytes"},
	}
	metrics.Read(samples)
	m := memoryUse{
		heap:     samples[0].Value.Uint64(),
		total:    samples[1].Value.Uint64(),
		released: samples[2].Value.Uint64(),
	}
	if m.resident = residentBytes(); m.resident == 0 {
		m.resident = m.total - m.released
	}
	return m
}

// cpuUse is the processor time of the process and of its children.
type cpuUse struct {
	system, user                 time.Duration
	systemChildren, userChildren time.Duration
}

// osName is the operating system as uname spells it.
func osName() string {
	name := runtime.GOOS
	return strings.ToUpper(name[:1]) + name[1:]
}
