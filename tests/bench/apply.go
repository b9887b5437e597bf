package main

import (
	"context"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
)

// Lengths of the benchmarks of tests/bench/apply; the seeds' mix takes five
// seconds.
const (
	applyPackage = "./tests/bench/apply"
	benchTime    = "500ms"
	mixTime      = "5s"
	quickTime    = "20ms"
)

// timing has what the rounds of one Go benchmark gave.
type timing struct {
	name              string // without Benchmark and the number of processors
	ns, bytes, allocs []float64
}

// runApply runs the benchmarks of the store in turns and prints their medians.
func runApply(ctx context.Context, o *options) error {
	dir, err := os.MkdirTemp("", "bench-apply.")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	test := filepath.Join(dir, "apply.test")
	if out, err := exec.CommandContext(ctx, "go", "test", "-c", "-o", test, applyPackage).CombinedOutput(); err != nil {
		return fmt.Errorf("go test -c: %w\n%s", err, out)
	}
	crowd := busy()
	length, mixLength := benchTime, mixTime
	if o.quick {
		length, mixLength = quickTime, quickTime
	}
	only := o.only
	if only == "" {
		only = "."
	}
	var all []*timing
	for round := range o.rounds {
		fmt.Fprintf(os.Stderr, "round %d of %d\n", round+1, o.rounds)
		cmd := exec.CommandContext(ctx, test, "-test.run", "^$", "-test.bench", only, "-test.benchtime", length, "-mix.time", mixLength)
		cmd.Stderr = os.Stderr
		out, err := cmd.Output()
		if err != nil {
			return fmt.Errorf("%s: %w\n%s", applyPackage, err, out)
		}
		all = addTimings(all, string(out))
	}
	var text strings.Builder
	fmt.Fprintf(&text, "%d × %s, %s. Rounds: %d, of %s each, the mix %s.\n\n", runtime.NumCPU(),
		firstMatch("/proc/cpuinfo", "model name\t: ", "processor of unknown kind"), runtime.Version(), o.rounds, length, mixLength)
	text.WriteString(caution(o, crowd))
	if table := applyTargets(all, runtime.NumCPU()); table != "" {
		text.WriteString(table + "\n")
	}
	text.WriteString(applyTable(all))
	fmt.Print(text.String())
	if o.update {
		return replaceSection("bench-apply", text.String())
	}
	return nil
}

var benchLine = regexp.MustCompile(`(?m)^Benchmark(\S+?)(?:-\d+)?\s+\d+\s+([0-9.]+) ns/op\s+([0-9.]+) B/op\s+([0-9.]+) allocs/op`)

// addTimings adds what `go test -bench` printed.
func addTimings(all []*timing, out string) []*timing {
	for _, m := range benchLine.FindAllStringSubmatch(out, -1) {
		t := timingNamed(all, strings.ReplaceAll(m[1], "_", " "))
		if t == nil {
			t = &timing{name: strings.ReplaceAll(m[1], "_", " ")}
			all = append(all, t)
		}
		for i, to := range []*[]float64{&t.ns, &t.bytes, &t.allocs} {
			v, err := strconv.ParseFloat(m[i+2], 64)
			if err != nil {
				v = math.NaN() // the pattern lets "1.2.3" through
			}
			*to = append(*to, v)
		}
	}
	return all
}

func timingNamed(all []*timing, name string) *timing {
	for _, t := range all {
		if t.name == name {
			return t
		}
	}
	return nil
}

// headings tell what the benchmarks do.
var headings = map[string]string{
	"PutSequential": "put, one goroutine",
	"PutParallel":   "put, one goroutine per core",
	"Txn":           "transaction: get, put, put; one goroutine per core",
	"Mix":           "50 goroutines on 1000 keys: 50 % put, 25 % delete, 25 % get",
	"Batch":         "batch of puts, per put",
}

func applyTable(all []*timing) string {
	var b strings.Builder
	b.WriteString("| | M/s | ns/op (lowest–highest) | B/op | allocs/op |\n| --- | --- | --- | --- | --- |\n")
	last := ""
	for _, t := range all {
		kind, name, _ := strings.Cut(t.name, "/")
		if kind != last {
			fmt.Fprintf(&b, "| **%s** | | | | |\n", headings[kind])
			last = kind
		}
		low, high := bounds(t.ns)
		fmt.Fprintf(&b, "| %s | %.2f | %.0f (%.0f–%.0f) | %.0f | %.1f |\n", strings.ReplaceAll(name, "/", ", "),
			1000/median(t.ns), median(t.ns), low, high, median(t.bytes), median(t.allocs))
	}
	return b.String()
}

// The targets of the store. seedsMix is what the design that these shards come
// from reached on eight threads, in operations a second.
const (
	lanesShare  = 0.8
	perCore     = 3.0
	seedsMix    = 6.16e6
	seedsThread = 8
)

// applyTargets compares lanes with one lane, and shards with one lock.
func applyTargets(all []*timing, cores int) string {
	var b strings.Builder
	row := func(what, name, than string, bound float64) {
		x, y := timingNamed(all, name), timingNamed(all, than)
		if x == nil || y == nil {
			return
		}
		var list []float64
		for i := range min(len(x.ns), len(y.ns)) {
			list = append(list, y.ns[i]/x.ns[i])
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", what, boundText(bound, false), medianSpread(list), met(median(list), bound, false))
	}
	lanes := 1
	for lanes*2 <= cores {
		lanes *= 2
	}
	if lanes > 1 {
		row(fmt.Sprintf("batch of 10,000, %d lanes against one", lanes), fmt.Sprintf("Batch/store/calls=10000/lanes=%d", lanes),
			"Batch/store/calls=10000/lanes=1", lanesShare*float64(lanes))
		row("mix, the store against one lock around it", "Mix/store", "Mix/store, one lock", perCore*float64(cores-1))
		row("mix with -P 16, the same", "Mix/store, -P 16", "Mix/store, one lock, -P 16", perCore*float64(cores-1))
	}
	if t := timingNamed(all, "Mix/store"); t != nil && cores >= seedsThread {
		perSecond := 1e9 / median(t.ns)
		fmt.Fprintf(&b, "| mix, operations a second | ≥ %.3g | %.3g | %s |\n", seedsMix, perSecond, met(perSecond, seedsMix, false))
	}
	if b.Len() == 0 {
		return ""
	}
	return "| | target | median (lowest–highest) | |\n| --- | --- | --- | --- |\n" + b.String()
}
