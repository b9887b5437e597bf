// Command bench measures msredis side by side with redis-server and etcd on this
// machine: make bench.
//
//	go run ./tests/bench [-full] [-quick] [-only REGEXP] [-peers LIST] [-rounds N] [-length D] [-update]
//	go run ./tests/bench -apply    what the store does in memory (tests/bench/apply)
//	go run ./tests/bench -memory   ten million keys
//	go run ./tests/bench -elements what an element of each type costs
//	go run ./tests/bench -stalls   what clients feel of something large, beside ten million keys
//	go run ./tests/bench -large    what one write on a value of a million elements costs
//
// The servers take turns, round by round. A ratio is that of the two runs of one
// round, and the median of the rounds counts. With -update the tables go into
// docs/performance, and the targets and the plots into docs/PERFORMANCE.md and
// beside it. All figures that are quoted anywhere come from there.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"
)

const (
	defaultBin  = "bin/msredis"
	mainSection = "bench"
)

// options are the flags.
type options struct {
	full, quick, update, fsyncs     bool
	apply, memory, elements, stalls bool
	large                           bool
	only, peers, dir, bin, beside   string
	section                         string
	rounds, keys                    int
	length                          time.Duration
}

func main() {
	var o options
	flag.BoolVar(&o.full, "full", false, "every load with every number of clients and depth: hours")
	flag.BoolVar(&o.quick, "quick", false, "one short round, to see that everything works")
	flag.BoolVar(&o.update, "update", false, "write the tables into docs/performance, the targets into "+targetPage+" and the plots beside it")
	flag.BoolVar(&o.fsyncs, "fsyncs", true, "count the fsyncs of redis-server and etcd by strace, in runs of their own")
	flag.BoolVar(&o.apply, "apply", false, "run the benchmarks of tests/bench/apply instead")
	flag.BoolVar(&o.memory, "memory", false, "measure memory and pauses with many keys instead")
	flag.BoolVar(&o.elements, "elements", false, "measure the memory of an element of each type instead")
	flag.BoolVar(&o.stalls, "stalls", false, "measure what other clients feel of snapshots, expiry and large keys instead")
	flag.BoolVar(&o.large, "large", false, "measure the time of single writes on values of a million elements instead")
	flag.StringVar(&o.beside, "beside", "", "with -large: another msredis, which is measured in the same rounds")
	flag.StringVar(&o.section, "section", mainSection, "where -update writes the tables; the plots belong to \""+mainSection+"\"")
	flag.StringVar(&o.only, "only", "", "only the points whose name matches, as \"SET, 50 clients, -P 16\"; with -apply the benchmarks, with -stalls what happens")
	flag.StringVar(&o.peers, "peers", "", "only these, with commas: "+strings.Join(allPeers, ", "))
	flag.IntVar(&o.rounds, "rounds", 5, "rounds")
	flag.IntVar(&o.keys, "keys", 10_000_000, "number of keys with -memory and -stalls")
	flag.DurationVar(&o.length, "length", 3*time.Second, "of one run")
	flag.StringVar(&o.dir, "dir", "bin", "where the servers' data is put: on the disk that counts, not in memory")
	flag.StringVar(&o.bin, "bin", defaultBin, "the server")
	flag.Parse()
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	if err := run(ctx, &o); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		cancel()
		os.Exit(1)
	}
}

func run(ctx context.Context, o *options) error {
	if o.quick {
		o.rounds, o.length = 1, 300*time.Millisecond
		o.keys = min(o.keys, 100_000)
	}
	if o.update {
		measured := version(ctx, o.bin, "--version")
		if o.apply {
			measured = version(ctx, "git", "describe", "--always", "--dirty")
		}
		if err := mustBeClean(measured); err != nil {
			return err
		}
	}
	if o.apply {
		return runApply(ctx, o)
	}
	if !have("redis-benchmark") {
		return fmt.Errorf("redis-benchmark is missing (Debian: apt install redis-tools)")
	}
	bin, err := filepath.Abs(o.bin)
	if err != nil {
		return err
	}
	if _, err := os.Stat(bin); err != nil {
		return fmt.Errorf("%w: make build", err)
	}
	root, err := os.MkdirTemp(o.dir, "bench.")
	if err != nil {
		return err
	}
	defer os.RemoveAll(root)
	if root, err = filepath.Abs(root); err != nil {
		return err
	}
	// The load has one processor, as redis-benchmark has.
	runtime.GOMAXPROCS(1)
	b := bins{msredis: bin}
	switch {
	case o.memory:
		return runMemory(ctx, o, &b, root)
	case o.elements:
		return runElements(ctx, o, &b, root)
	case o.stalls:
		return runStalls(ctx, o, &b, root)
	case o.large:
		return runLarge(ctx, o, &b, root)
	}
	return compare(ctx, o, &b, root)
}

// peerList is -peers.
func (o *options) peerList() (list []string) {
	for name := range strings.SplitSeq(o.peers, ",") {
		if name = strings.TrimSpace(name); name != "" {
			list = append(list, name)
		}
	}
	return list
}

// compare is the run that msredis, redis-server and etcd take part in.
func compare(ctx context.Context, o *options, b *bins, root string) error {
	plan := shortPlan()
	if o.full {
		plan = fullPlan()
	}
	plan, err := selectPoints(plan, o.only, o.peerList())
	if err != nil {
		return err
	}
	if needed(plan, etcd1) || needed(plan, etcd3) {
		fmt.Fprintln(os.Stderr, "building etcd ...")
		if err := b.buildEtcd(ctx, root); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
	}
	crowd := busy()
	machine, err := machineLine(ctx, b, root)
	if err != nil {
		return err
	}
	fmt.Fprintln(os.Stderr, machine)
	r := runner{bins: *b, root: root, rounds: o.rounds, length: o.length, trace: o.fsyncs && have("strace"), log: os.Stderr}
	results, err := r.run(ctx, plan)
	if err != nil {
		return err
	}
	var text strings.Builder
	fmt.Fprintf(&text, "%s. Rounds: %d, of %v each.\n\n", machine, o.rounds, o.length)
	text.WriteString(caution(o, crowd))
	targets := targetTable(results)
	if targets != "" {
		text.WriteString(targets + "\n")
	}
	text.WriteString(resultTable(results))
	fmt.Print(text.String())
	if !o.update {
		return nil
	}
	note := ""
	switch {
	case o.quick:
		note = " (a trial of the tool, not a measurement)"
	case crowd != "":
		note = " (not on a quiet machine)"
	}
	if o.section != mainSection {
		return replaceSection(o.section, text.String())
	}
	if err := writePlots(filepath.Dir(targetPage), results, note); err != nil {
		return err
	}
	short := fmt.Sprintf("%s. Rounds: %d, of %v each.\n\n%s%s", machine, o.rounds, o.length, caution(o, crowd), targets)
	if err := replaceSection(targetSection, short); err != nil {
		return err
	}
	return replaceSection(mainSection, text.String())
}

// caution says why the figures of a run are not to be trusted, if so.
func caution(o *options, crowd string) string {
	switch {
	case o.quick:
		return "**A run with -quick: it shows that the tool works, and nothing about speed.**\n\n"
	case crowd != "":
		return "**Not a quiet machine: " + crowd + ".**\n\n"
	}
	return ""
}
