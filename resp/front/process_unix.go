//go:build unix

package front

import (
	"bytes"
	"os"
	"strconv"
	"syscall"
	"time"
)

func measureCPU() cpuUse {
	var self, children syscall.Rusage
	// Neither fails with these arguments.
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &self)
	_ = syscall.Getrusage(syscall.RUSAGE_CHILDREN, &children)
	return cpuUse{
		system:         duration(self.Stime),
		user:           duration(self.Utime),
		systemChildren: duration(children.Stime),
		userChildren:   duration(children.Utime),
	}
}

func duration(t syscall.Timeval) time.Duration { return time.Duration(t.Nano()) }

// residentBytes reads /proc, where there is one; else it returns 0.
func residentBytes() uint64 {
	data, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0
	}
	fields := bytes.Fields(data)
	if len(fields) < 2 {
		return 0
	}
	pages, err := strconv.ParseUint(string(fields[1]), 10, 64)
	if err != nil {
		return 0
	}
	return pages * uint64(os.Getpagesize())
}

// systemMemory returns the machine's memory in bytes; 0 if it is not known.
func systemMemory() uint64 {
	data, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return 0
	}
	line, _, _ := bytes.Cut(data, []byte("\n"))
	fields := bytes.Fields(line) // MemTotal: 123 kB
	if len(fields) < 2 {
		return 0
	}
	kb, err := strconv.ParseUint(string(fields[1]), 10, 64)
	if err != nil {
		return 0
	}
	return kb << 10
}

// systemName is the operating system with its version, if that is known.
func systemName() string {
	release, err := os.ReadFile("/proc/sys/kernel/osrelease")
	if err != nil {
		return osName()
	}
	return osName() + " " + string(bytes.TrimSpace(release))
}
