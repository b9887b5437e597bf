package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// How the memory of many keys is looked at: small strings, and hashes that have
// as much in them.
const (
	hashFields  = 10
	pauseRounds = 3
	pauseLength = 10 * time.Second
	readers     = 50
	writers     = 10
	memoryBound = 1.2 // of redis-server's RSS
)

// content is a kind of data to fill a server with.
type content struct {
	name string
	per  int // keys of the flag that go into one of these
	make func(dst []byte, i int) []byte
	get  *generator
	set  *generator
}

func contents(keys int) []content {
	hashes := max(keys/hashFields, 1)
	hash := func(dst []byte, i int) []byte {
		args := []string{"HSET", keyName("hash", i)}
		for f := range hashFields {
			args = append(args, "field:"+strconv.Itoa(f), value)
		}
		return appendCommand(dst, args...)
	}
	return []content{
		{name: "strings of 64 bytes", per: 1,
			make: func(dst []byte, i int) []byte { return appendCommand(dst, "SET", keyName("key", i), value) },
			get:  oneCommand(keys, "GET", "key"), set: oneCommand(keys, "SET", "key", value)},
		{name: "hashes of 10 fields of 64 bytes", per: hashFields, make: hash,
			get: oneCommand(hashes, "HGET", "hash", "field:3"), set: oneCommand(hashes, "HSET", "hash", "field:3", value)},
	}
}

// runMemory fills redis-server and msredis with the same, one after the other,
// and then reads from both in turns while others write.
func runMemory(ctx context.Context, o *options, b *bins, root string) error {
	length := pauseLength
	if o.quick {
		length = o.length
	}
	crowd := busy()
	machine, err := machineLine(ctx, b, root)
	if err != nil {
		return err
	}
	var text strings.Builder
	fmt.Fprintf(&text, "%s.\n\n%s", machine, caution(o, crowd))
	text.WriteString("| | keys | RSS MiB | bytes per key | ratio | GET p50 ms | p99 | p99.9 | max | with writers p50 | p99 | p99.9 | max | GC pause p50 µs | p99 | max |\n" +
		"| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n")
	for _, c := range contents(o.keys) {
		rows, err := memoryOf(ctx, b, root, c, max(o.keys/c.per, 1), length)
		if err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
		text.WriteString(rows)
	}
	fmt.Fprintf(&text, "\nReads by %d clients, alone and beside %d that write; RSS after both. The aim is %.1f times redis-server's RSS at the most.\n", readers, writers, memoryBound)
	fmt.Print(text.String())
	if o.update {
		return replaceSection("bench-memory", text.String())
	}
	return nil
}

// filledPeer is a server with all the data and what came of it.
type filledPeer struct {
	*peer
	empty         float64 // RSS without data
	quiet, loaded []sample
}

func memoryOf(ctx context.Context, b *bins, root string, c content, n int, length time.Duration) (string, error) {
	var peers []*filledPeer
	for _, name := range []string{redisNone, msredis1} {
		fmt.Fprintf(os.Stderr, "%s: %d %s ...\n", name, n, c.name)
		p, err := startPeer(ctx, b, root, name, false, "GODEBUG=gctrace=1")
		if err != nil {
			return "", err
		}
		defer p.stop()
		f := &filledPeer{peer: p, empty: p.usage().rss}
		if err := fill(p.addrs[0], n, c.make); err != nil {
			return "", fmt.Errorf("%s: %w", name, err)
		}
		peers = append(peers, f)
	}
	var marks []int // where each one's log was when the reads began
	for _, p := range peers {
		marks = append(marks, logSize(p.procs[0]))
	}
	for range pauseRounds {
		for _, p := range peers {
			s, err := drive(ctx, p.addrs, c.get, readers, 1, length)
			if err != nil {
				return "", err
			}
			p.quiet = append(p.quiet, s)
			if s, err = beside(ctx, p.addrs, &c, length); err != nil {
				return "", err
			}
			p.loaded = append(p.loaded, s)
		}
	}
	var out strings.Builder
	fmt.Fprintf(&out, "| **%s** |%s\n", c.name, strings.Repeat(" |", 15))
	first := 0.0
	for i, p := range peers {
		rss := p.usage().rss
		ratio := none
		if i == 0 {
			first = rss
		} else {
			ratio = fmt.Sprintf("%.2f, %s", rss/first, met(rss/first, memoryBound, true))
		}
		pauses, err := gcPauses(p.procs[0], marks[i])
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&out, "| %s | %d | %.0f | %.0f | %s | %s | %s | %s |\n", p.name, n, rss/(1<<20), (rss-p.empty)/float64(n), ratio,
			latencies(p.quiet), latencies(p.loaded), pauses)
	}
	return out.String(), nil
}

// beside reads while others write, and returns the latencies of the reads.
func beside(ctx context.Context, addrs []string, c *content, length time.Duration) (sample, error) {
	done := make(chan error, 1)
	go func() {
		_, err := drive(ctx, addrs, c.set, writers, 1, length)
		done <- err
	}()
	s, err := drive(ctx, addrs, c.get, readers, 1, length)
	if werr := <-done; err == nil {
		err = werr
	}
	return s, err
}

// latencies has four columns, each the median of the rounds.
func latencies(rounds []sample) string {
	c := column{samples: rounds}
	var cells []string
	for _, of := range []func(*sample) float64{
		p50.of,
		func(s *sample) float64 { return s.p99 },
		func(s *sample) float64 { return s.p999 },
		func(s *sample) float64 { return s.max },
	} {
		cells = append(cells, millis(c.typical(of)))
	}
	return strings.Join(cells, " | ")
}

func logSize(p *process) int {
	if info, err := os.Stat(p.log); err == nil {
		return int(info.Size())
	}
	return 0
}

// gcTrace is a line of GODEBUG=gctrace=1. The first and the last of its three clock
// times are those in which the world stands still, in milliseconds.
var gcTrace = regexp.MustCompile(`^gc \d+ @[0-9.]+s \d+%: ([0-9.]+)\+[0-9.]+\+([0-9.]+) ms clock`)

// gcPauses has three columns: p50, p99 and maximum of the pauses that the log
// shows from an offset on, in microseconds.
func gcPauses(p *process, from int) (string, error) {
	f, err := os.Open(p.log)
	if err != nil {
		return "", err
	}
	defer f.Close()
	if _, err := f.Seek(int64(from), 0); err != nil {
		return "", err
	}
	var pauses []float64
	for lines := bufio.NewScanner(f); lines.Scan(); {
		pauses = append(pauses, pausesIn(lines.Text())...)
	}
	if len(pauses) == 0 {
		return none + " | " + none + " | " + none, nil
	}
	slices.Sort(pauses)
	at := func(q float64) float64 { return pauses[int(q*float64(len(pauses)-1))] * 1000 }
	return fmt.Sprintf("%.0f | %.0f | %.0f", at(0.5), at(0.99), at(1)), nil
}

func pausesIn(line string) (list []float64) {
	if m := gcTrace.FindStringSubmatch(line); m != nil {
		for _, text := range m[1:] {
			if ms, err := strconv.ParseFloat(text, 64); err == nil {
				list = append(list, ms)
			}
		}
	}
	return list
}
