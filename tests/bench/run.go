package main

import (
	"context"
	"fmt"
	"io"
	"math"
	"slices"
	"time"
)

// sample is what one run of a load gave. Latencies are in milliseconds; what is
// not known is NaN.
type sample struct {
	ops, seconds         float64
	rate                 float64 // requests per second
	p50, p99, p999, max  float64
	cpu, rss, fsyncs     float64 // seconds, bytes and fsyncs per node, of the servers
	cpuPerMillion, perOp float64 // the same per request
}

// column has the samples of a series, one per round.
type column struct {
	series  series
	samples []sample
	fsyncs  float64 // per request and node, by strace; NaN: not counted that way
	err     error   // why there are none
}

// result is a point that was measured.
type result struct {
	point   *point
	columns []*column
}

func (r *result) column(s series) *column {
	if i := slices.IndexFunc(r.columns, func(c *column) bool { return c.series == s }); i >= 0 {
		return r.columns[i]
	}
	return nil
}

// runner measures points. It starts the peers when they are first needed and
// stops them when no later point needs them.
type runner struct {
	bins   bins
	root   string
	rounds int
	length time.Duration // of one run
	trace  bool          // count the fsyncs of others by strace
	log    io.Writer

	peers map[string]*peer
	dead  map[string]error // peers that do not start
}

func (r *runner) run(ctx context.Context, plan []*point) ([]*result, error) {
	r.peers, r.dead = map[string]*peer{}, map[string]error{}
	defer func() {
		for _, p := range r.peers {
			p.stop()
		}
	}()
	var out []*result
	for i, pt := range plan {
		fmt.Fprintf(r.log, "[%d/%d] %v\n", i+1, len(plan), pt)
		res, err := r.point(ctx, pt)
		if err != nil {
			return out, fmt.Errorf("%v: %w", pt, err)
		}
		out = append(out, res)
		for name, p := range r.peers {
			if !needed(plan[i+1:], name) {
				p.stop()
				delete(r.peers, name)
			}
		}
	}
	return out, nil
}

func needed(plan []*point, peer string) bool {
	return slices.ContainsFunc(plan, func(p *point) bool {
		return slices.ContainsFunc(p.series, func(s series) bool { return s.peer == peer })
	})
}

// peer returns a running peer. One that does not start is left out of the whole
// run: a machine may lack etcd or redis-server.
func (r *runner) peer(ctx context.Context, name string) (*peer, error) {
	if p := r.peers[name]; p != nil {
		return p, nil
	}
	if err := r.dead[name]; err != nil {
		return nil, err
	}
	p, err := startPeer(ctx, &r.bins, r.root, name, false)
	if err != nil {
		r.dead[name] = err
		fmt.Fprintf(r.log, "  %s is left out: %v\n", name, err)
		return nil, err
	}
	r.peers[name] = p
	return p, nil
}

// point measures all series of a point in turns, round by round, so that what
// the machine does beside it meets all of them.
func (r *runner) point(ctx context.Context, pt *point) (*result, error) {
	res := &result{point: pt}
	requests := map[series]int{}
	for _, s := range pt.series {
		c := &column{series: s, fsyncs: math.NaN()}
		res.columns = append(res.columns, c)
		p, err := r.peer(ctx, s.peer)
		if c.err = err; err != nil {
			if ctx.Err() != nil {
				return nil, err
			}
			continue
		}
		if requests[s], err = r.calibrate(ctx, p, s, pt); err != nil {
			return nil, fmt.Errorf("%v: %w", s, err)
		}
	}
	for round := range r.rounds {
		for _, c := range res.columns {
			if c.err != nil {
				continue
			}
			got, err := r.measure(ctx, r.peers[c.series.peer], c.series, pt, requests[c.series], r.length)
			if err != nil {
				return nil, fmt.Errorf("%v: %w", c.series, err)
			}
			fmt.Fprintf(r.log, "  %d  %-22v %9.0f/s  p50 %.3f ms  p99 %.3f ms\n", round+1, c.series, got.rate, got.p50, got.p99)
			c.samples = append(c.samples, got)
		}
	}
	if r.trace && pt.load.write {
		for _, c := range res.columns {
			if c.err == nil && c.series.peer != redisNone && c.series.place == atLeader && math.IsNaN(c.samples[0].fsyncs) {
				if err := r.countFsyncs(ctx, c, pt, requests[c.series]); err != nil {
					return nil, fmt.Errorf("%v under strace: %w", c.series, err)
				}
			}
		}
	}
	return res, nil
}

// Runs of redis-benchmark have a number of requests, not a length: short runs
// say which number takes as long as wanted. They are the warming up, too.
const (
	probeLeast  = 100 // requests
	probeGrowth = 8
	probeShare  = 10 // a probe may be shorter than a run by this factor
)

func (r *runner) calibrate(ctx context.Context, p *peer, s series, pt *point) (int, error) {
	if pt.load.bench == nil || p.isEtcd {
		_, err := r.measure(ctx, p, s, pt, 0, r.length/probeShare)
		return 0, err
	}
	each := pt.clients * pt.depth
	for n := max(2, probeLeast/each) * each; ; n *= probeGrowth {
		got, err := r.measure(ctx, p, s, pt, n, r.length)
		if err != nil {
			return 0, err
		}
		if got.seconds > r.length.Seconds()/probeShare {
			return max(int(got.rate*r.length.Seconds())/each, 2) * each, nil
		}
	}
}

// measure runs the load once: n requests by redis-benchmark, or for a time.
func (r *runner) measure(ctx context.Context, p *peer, s series, pt *point, n int, length time.Duration) (got sample, err error) {
	if err := p.prepare(pt.load, n); err != nil {
		return got, err
	}
	addrs := s.choose(p.addrs)
	var audience *listeners
	if pt.load.listeners > 0 {
		if audience, err = listen(p.addrs[len(p.addrs)-1], pt.load.listeners); err != nil {
			return got, err
		}
		defer audience.close()
	}
	before, begin := p.usage(), time.Now()
	switch {
	case p.isEtcd:
		got, err = etcdRun(ctx, &r.bins, addrs, pt.load.etcd, pt.clients, length)
	case pt.load.bench == nil:
		got, err = drive(ctx, addrs, pt.load.own, pt.clients, pt.depth, length)
	default:
		got, err = redisBenchmark(ctx, addrs, pt.load, pt.clients, pt.depth, n)
	}
	if err != nil {
		return got, err
	}
	if audience != nil { // a message counts when it has arrived
		var last time.Time
		got.ops, last = audience.heard(n)
		got.seconds = last.Sub(begin).Seconds()
	}
	after := p.usage()
	got.rate = got.ops / got.seconds
	got.cpu, got.rss, got.fsyncs = after.cpu-before.cpu, after.rss, after.fsyncs-before.fsyncs
	got.cpuPerMillion, got.perOp = got.cpu/got.ops*1e6, got.fsyncs/got.ops
	return got, ctx.Err()
}

// prepare sees to the data that a run of n requests needs.
func (p *peer) prepare(l *load, n int) error {
	if p.isEtcd {
		return nil // it was filled at its start
	}
	if l.fresh != "" {
		if _, err := do(p.addrs[0], "DEL", l.fresh); err != nil {
			return err
		}
	}
	if l.fill == nil || p.filled[l.once] {
		return nil
	}
	if l.once != "" {
		p.filled[l.once] = true
	}
	return l.fill(p.addrs[0], n)
}

// countFsyncs repeats a run on a fresh server under strace. The cost of strace shows in
// the rate, which is not used, and hardly in the number of fsyncs.
func (r *runner) countFsyncs(ctx context.Context, c *column, pt *point, n int) error {
	p, err := startPeer(ctx, &r.bins, r.root, c.series.peer, true)
	if err != nil {
		fmt.Fprintf(r.log, "  no fsyncs of %v: %v\n", c.series, err) // strace is not allowed everywhere
		return ctx.Err()
	}
	defer p.stop()
	each := pt.clients * pt.depth
	n = max(n/2/each, 2) * each // strace slows it down
	got, err := r.measure(ctx, p, c.series, pt, n, r.length/2)
	c.fsyncs = got.perOp
	return err
}
