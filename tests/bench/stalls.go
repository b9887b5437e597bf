package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"
)

// The effect of something large on the others: clients write a little, at a steady
// pace, to a server full of keys. Meanwhile it takes a snapshot, sends one to a new
// node, and so on.
const (
	steadyClients = 20
	steadyPause   = 4 * time.Millisecond // between two requests of a client
	steadyBefore  = 20 * time.Second     // what the pauses are compared with
	steadyAfter   = time.Second          // belongs to the disturbance
	steadyKeys    = 100_000

	witherTime    = 4 * time.Second  // for the keys to go
	expiringAfter = 10 * time.Second // what comes before, for writing the keys
	bigElements   = 1_000_000
	disturbFactor = 2.0 // p99.9 may grow by this
	disturbMillis = 5.0 // or by so much
)

// disturbance is something large that happens to a server.
type disturbance struct {
	name string
	// prepare runs before the load, disturb beside it; it returns when it is over.
	prepare, disturb func(s *stalled, ctx context.Context) error
}

// stalled is a server with all the data.
type stalled struct {
	*peer
	bins    *bins
	keys    int
	million int           // of what is a million in a full run
	before  time.Duration // for how long the load runs undisturbed
	due     time.Time     // when it is disturbed at the earliest; zero: no matter
	newcome *process
}

func disturbances() []disturbance {
	list := []disturbance{
		{name: "snapshot of all keys", disturb: (*stalled).snapshot},
		{name: "snapshot of a million changed keys", prepare: (*stalled).change, disturb: (*stalled).snapshot},
		{name: "a new node gets all keys", disturb: (*stalled).join},
		{name: "a million keys expire in one second", prepare: (*stalled).plant, disturb: (*stalled).wither},
	}
	for _, a := range aggregates {
		list = append(list, disturbance{
			name:    "UNLINK of a " + a.name + " of a million",
			prepare: func(s *stalled, _ context.Context) error { return a.fill(s.addrs[0], s.million, s.million) },
			disturb: func(s *stalled, _ context.Context) error {
				_, err := do(s.addrs[0], "UNLINK", keyName("key", 0))
				return err
			},
		})
	}
	return append(list, disturbance{name: "FLUSHALL ASYNC", disturb: func(s *stalled, _ context.Context) error {
		_, err := do(s.addrs[0], "FLUSHALL", "ASYNC")
		return err
	}})
}

// runStalls measures every disturbance on redis-server and on msredis.
func runStalls(ctx context.Context, o *options, b *bins, root string) error {
	only, err := regexp.Compile(o.only)
	if err != nil {
		return fmt.Errorf("-only: %w", err)
	}
	names := o.peerList()
	if len(names) == 0 {
		names = []string{redisAlways, msredis1}
	}
	before := steadyBefore
	if o.quick {
		before = o.length
	}
	crowd := busy()
	machine, err := machineLine(ctx, b, root)
	if err != nil {
		return err
	}
	var text strings.Builder
	fmt.Fprintf(&text, "%s. %d keys of 64 bytes, %d clients that write %.0f times a second.\n\n%s", machine, o.keys, steadyClients,
		steadyClients*time.Second.Seconds()/steadyPause.Seconds(), caution(o, crowd))
	text.WriteString("| | took s | p50 ms before | p99.9 | max | meanwhile p50 | p99.9 | max | p99.9 grows by less than 2 × or 5 ms |\n| --- | --- | --- | --- | --- | --- | --- | --- | --- |\n")
	for _, name := range names {
		rows, err := stallsOf(ctx, o, b, root, name, before, only)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		text.WriteString(rows)
	}
	fmt.Print(text.String())
	if o.update {
		return replaceSection("bench-stalls", text.String())
	}
	return nil
}

func stallsOf(ctx context.Context, o *options, b *bins, root, name string, before time.Duration, only *regexp.Regexp) (string, error) {
	fmt.Fprintf(os.Stderr, "%s: %d keys ...\n", name, o.keys)
	p, err := startPeer(ctx, b, root, name, false)
	if err != nil {
		return "", err
	}
	defer p.stop()
	s := &stalled{peer: p, bins: b, keys: o.keys, million: min(bigElements, o.keys), before: before}
	if err := fill(s.addrs[0], s.keys, func(dst []byte, i int) []byte { return appendCommand(dst, "SET", keyName("fill", i), value) }); err != nil {
		return "", err
	}
	var out strings.Builder
	fmt.Fprintf(&out, "| **%s** |%s\n", name, strings.Repeat(" |", 8))
	for _, d := range disturbances() {
		if !only.MatchString(d.name) {
			continue
		}
		fmt.Fprintf(os.Stderr, "%s: %s ...\n", name, d.name)
		if d.prepare != nil {
			if err := d.prepare(s, ctx); err != nil {
				return "", fmt.Errorf("%s: %w", d.name, err)
			}
		}
		quiet, disturbed, took, err := s.beside(ctx, &d)
		if s.newcome != nil {
			s.newcome.stop()
			s.newcome = nil
		}
		if err != nil {
			return "", fmt.Errorf("%s: %w", d.name, err)
		}
		bound := max(disturbFactor*quiet.p999, quiet.p999+disturbMillis)
		fmt.Fprintf(&out, "| %s | %.1f | %s | %s | %s | %s | %s | %s | %s |\n", d.name, took.Seconds(),
			millis(quiet.p50), millis(quiet.p999), millis(quiet.max),
			millis(disturbed.p50), millis(disturbed.p999), millis(disturbed.max), met(disturbed.p999, bound, true))
	}
	return out.String(), nil
}

// beside has clients write at a steady pace, and after a while the disturbance. It
// returns their latencies before and meanwhile.
func (s *stalled) beside(ctx context.Context, d *disturbance) (quiet, disturbed sample, took time.Duration, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	times := make([][]timedReply, steadyClients)
	errs := make([]error, steadyClients+1)
	var load sync.WaitGroup
	for i := range steadyClients {
		load.Go(func() { times[i], errs[i] = steady(ctx, s.addrs[0], uint64(i)) })
	}
	wait := func(d time.Duration) {
		select {
		case <-ctx.Done():
		case <-time.After(d):
		}
	}
	wait(max(s.before, time.Until(s.due)))
	s.due = time.Time{}
	begin := time.Now()
	errs[steadyClients] = d.disturb(s, ctx)
	took = time.Since(begin)
	wait(steadyAfter)
	cancel()
	load.Wait()
	if err := errors.Join(errs...); err != nil {
		return quiet, disturbed, took, err
	}
	var early, late []time.Duration
	for _, list := range times {
		for _, t := range list {
			if t.end.Before(begin) {
				early = append(early, t.took)
			} else {
				late = append(late, t.took)
			}
		}
	}
	if len(early) == 0 || len(late) == 0 {
		return quiet, disturbed, took, errors.New("no answers")
	}
	return quantiles(early), quantiles(late), took, nil
}

// timedReply is one answer: when it was there, and how long it took.
type timedReply struct {
	end  time.Time
	took time.Duration
}

// steady writes at its pace until ctx ends. A request that the answer before it
// has held up counts from when it was due.
func steady(ctx context.Context, addr string, seed uint64) (list []timedReply, err error) {
	c, err := net.Dial("tcp", addr)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	rnd := rand.New(rand.NewPCG(seed, 2))
	in := bufio.NewReader(c)
	g := oneCommand(steadyKeys, "SET", "steady", value)
	var out []byte
	due := time.Now().Add(rand.N(steadyPause))
	for ctx.Err() == nil {
		start := time.Now()
		if d := due.Sub(start); d > 0 {
			time.Sleep(d)
			start = time.Now()
		} else {
			start = due
		}
		due = due.Add(steadyPause)
		out, _ = g.request(out[:0], rnd)
		if err := c.SetDeadline(time.Now().Add(replyTimeout)); err != nil {
			return nil, err
		}
		if _, err := c.Write(out); err != nil {
			return nil, err
		}
		if err := skipReply(in); err != nil {
			return nil, err
		}
		end := time.Now()
		list = append(list, timedReply{end, end.Sub(start)})
		if due.Before(end.Add(-steadyPause)) && end.Sub(start) < steadyPause {
			due = end // this program was late, not the server
		}
	}
	return list, nil
}

// info reads a field of INFO.
func (s *stalled) info(addr, section, field string) (string, error) {
	v, err := do(addr, "INFO", section)
	if err != nil {
		return "", err
	}
	for line := range strings.Lines(v.Text) {
		if rest, ok := strings.CutPrefix(line, field+":"); ok {
			return strings.TrimSpace(rest), nil
		}
	}
	return "", fmt.Errorf("INFO %s has no %s", section, field)
}

// until waits for a field of INFO to have a value.
func (s *stalled) until(ctx context.Context, proc *process, addr, section, field, want string) error {
	return await(ctx, proc, field+":"+want, func() error {
		got, err := s.info(addr, section, field)
		if err == nil && got != want {
			err = fmt.Errorf("%s is %s", field, got)
		}
		return err
	})
}

func (s *stalled) snapshot(ctx context.Context) error {
	if _, err := do(s.addrs[0], "BGSAVE"); err != nil {
		return err
	}
	return s.until(ctx, s.procs[0], s.addrs[0], "persistence", "rdb_bgsave_in_progress", "0")
}

// change writes a million of the keys again.
func (s *stalled) change(context.Context) error {
	return fill(s.addrs[0], s.million, func(dst []byte, i int) []byte { return appendCommand(dst, "SET", keyName("fill", i), value) })
}

// join starts a server that gets all the data, and waits until it has them.
func (s *stalled) join(ctx context.Context) (err error) {
	port := freePort()
	addr, dir := loopback(port), filepath.Join(s.dir, "new")
	if err := os.Mkdir(dir, 0o700); err != nil {
		return err
	}
	if s.metrics == nil {
		host, of, _ := net.SplitHostPort(s.addrs[0])
		s.newcome, err = start(s.dir, "new", false, nil, "redis-server", "--port", strconv.Itoa(port), "--bind", "127.0.0.1", "--dir", dir,
			"--save", "", "--replicaof", host+" "+of)
		if err != nil {
			return err
		}
		return s.until(ctx, s.newcome, addr, "replication", "master_link_status", "up")
	}
	s.newcome, err = start(s.dir, "new", false, nil, s.bins.msredis, "--port", strconv.Itoa(port), "--bind", "127.0.0.1", "--dir", dir,
		"--node-name", "new", "--peer-port", strconv.Itoa(freePort()), "--join", s.addrs[0])
	if err != nil {
		return err
	}
	if err := await(ctx, s.newcome, "the new node", func() error { return answers(addr) }); err != nil {
		return err
	}
	_, err = do(s.addrs[0], "CLUSTER", "FORGET", "new")
	return err
}

// plant writes a million keys that expire within one second.
func (s *stalled) plant(context.Context) error {
	s.due = time.Now().Add(s.before + expiringAfter)
	return fill(s.addrs[0], s.million, func(dst []byte, i int) []byte {
		at := s.due.UnixMilli() + int64(i)*1000/int64(s.million)
		return appendCommand(dst, "SET", keyName("brief", i), value, "PXAT", strconv.FormatInt(at, 10))
	})
}

// wither waits until none of them is left. The first expire when it is called.
func (s *stalled) wither(ctx context.Context) error {
	// To count what has expired and is still there takes a server's time.
	select {
	case <-ctx.Done():
	case <-time.After(witherTime):
	}
	return await(ctx, s.procs[0], "the end of the keys that expire", func() error {
		v, err := do(s.addrs[0], "DBSIZE")
		if err != nil {
			return err
		}
		if n, err := strconv.Atoi(v.Text); err != nil || n > s.keys+steadyKeys+1 {
			return fmt.Errorf("%s keys", v.Text)
		}
		return nil
	})
}
