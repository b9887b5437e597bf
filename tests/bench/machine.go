package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// Of the raw fdatasync: what one write to the log costs at the least.
const (
	syncWrites = 200
	syncBytes  = 4 << 10
)

// rawSync appends to a file and syncs it, again and again.
func rawSync(dir string) (sample, error) {
	f, err := os.Create(filepath.Join(dir, "fdatasync"))
	if err != nil {
		return sample{}, err
	}
	defer os.Remove(f.Name())
	defer f.Close()
	var took []time.Duration
	block := make([]byte, syncBytes)
	for range syncWrites {
		begin := time.Now()
		if _, err := f.Write(block); err != nil {
			return sample{}, err
		}
		if err := datasync(f); err != nil {
			return sample{}, err
		}
		took = append(took, time.Since(begin))
	}
	return quantiles(took), nil
}

// machineLine says on what the figures were measured.
func machineLine(ctx context.Context, b *bins, dir string) (string, error) {
	raw, err := rawSync(dir)
	if err != nil {
		return "", err
	}
	parts := []string{
		fmt.Sprintf("%d × %s", realCores(), firstMatch("/proc/cpuinfo", "model name\t: ", "processor of unknown kind")),
		strings.TrimSpace("Linux " + fileText("/proc/sys/kernel/osrelease")),
		fmt.Sprintf("write and fdatasync of 4 KiB: p50 %.0f µs, p99 %.0f µs", raw.p50*1000, raw.p99*1000),
		version(ctx, b.msredis, "--version"),
	}
	if have("redis-server") {
		text := version(ctx, "redis-server", "--version") // "Redis server v=7.0.15 sha=…"
		if f := strings.Fields(text); len(f) > 2 {
			text = "redis-server " + strings.TrimPrefix(f[2], "v=")
		}
		parts = append(parts, text)
	}
	parts = append(parts, version(ctx, "redis-benchmark", "--version"))
	if b.etcd != "" {
		parts = append(parts, strings.Replace(version(ctx, b.etcd, "--version"), "etcd Version:", "etcd", 1))
	}
	return strings.Join(parts, "; "), nil
}

// realCores is the number before main has changed GOMAXPROCS.
func realCores() int { return runtime.NumCPU() }

// version is the first line that a program prints of itself.
func version(ctx context.Context, program string, args ...string) string {
	out, err := exec.CommandContext(ctx, program, args...).Output()
	line, _, _ := strings.Cut(strings.TrimSpace(string(out)), "\n")
	if err != nil || line == "" {
		return filepath.Base(program) + " of unknown version"
	}
	return line
}

func fileText(path string) string {
	text, _ := os.ReadFile(path)
	return strings.TrimSpace(string(text))
}

func firstMatch(path, prefix, otherwise string) string {
	for line := range strings.Lines(fileText(path)) {
		if rest, ok := strings.CutPrefix(line, prefix); ok {
			return strings.TrimSpace(rest)
		}
	}
	return otherwise
}

// busyShare is how much of the processors others may use before a run is called
// disturbed, and busyWatch how long that is watched.
const (
	busyShare = 0.1
	busyWatch = 2 * time.Second
)

// busy is a warning if the machine has other things to do, else "".
func busy() string {
	idle, all := cpuTicks(fileText("/proc/stat"))
	time.Sleep(busyWatch) // the share of a time needs that time
	idleLater, allLater := cpuTicks(fileText("/proc/stat"))
	if allLater <= all {
		return ""
	}
	share := 1 - (idleLater-idle)/(allLater-all)
	if share < busyShare {
		return ""
	}
	return fmt.Sprintf("other programs used %.0f %% of the processors before the run began", share*100)
}

// cpuTicks reads the first line of /proc/stat: idle time, waiting for disks
// included, and all of it.
func cpuTicks(stat string) (idle, all float64) {
	line, _, _ := strings.Cut(stat, "\n")
	for i, field := range strings.Fields(line) {
		n, err := strconv.ParseFloat(field, 64)
		if err != nil {
			continue // "cpu"
		}
		if i == 4 || i == 5 {
			idle += n
		}
		all += n
	}
	return idle, all
}
