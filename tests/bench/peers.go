package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/msredis/msredis/internal/testcluster/wire"
)

// The servers that are compared. Each is given its defaults but for what its
// name says: redis-server rewrites its append-only file and msredis takes its
// snapshots when they think fit.
const (
	redisNone     = "redis"
	redisEverysec = "redis everysec"
	redisAlways   = "redis always"
	msredis1      = "msredis"
	msredis3      = "msredis 3"
	etcd1         = "etcd"
	etcd3         = "etcd 3"
)

var allPeers = []string{redisNone, redisEverysec, redisAlways, msredis1, msredis3, etcd1, etcd3}

// peer is a server that runs, or a cluster of them.
type peer struct {
	name    string
	dir     string
	procs   []*process
	addrs   []string // where clients connect, the leader first
	metrics []string // of msredis: where its figures are
	isEtcd  bool
	filled  map[string]bool
}

// bins are the programs that are started.
type bins struct {
	msredis        string
	etcd, etcdLoad string // "" where they could not be built
}

// startPeer starts a server and returns when it answers. With traced its fsyncs
// are counted by strace.
func startPeer(ctx context.Context, b *bins, root, name string, traced bool, env ...string) (_ *peer, err error) {
	p := &peer{name: name, filled: map[string]bool{}, isEtcd: name == etcd1 || name == etcd3}
	if p.dir, err = os.MkdirTemp(root, "peer."); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			p.stop()
		}
	}()
	switch name {
	case redisNone:
		err = p.redis(traced, "--appendonly", "no")
	case redisEverysec:
		err = p.redis(traced, "--appendonly", "yes", "--appendfsync", "everysec")
	case redisAlways:
		err = p.redis(traced, "--appendonly", "yes", "--appendfsync", "always")
	case msredis1:
		err = p.msredis(b, 1, traced, env)
	case msredis3:
		err = p.msredis(b, 3, traced, env)
	case etcd1:
		err = p.etcd(b, 1, traced)
	case etcd3:
		err = p.etcd(b, 3, traced)
	default:
		err = fmt.Errorf("no such peer: %q; there are %s", name, strings.Join(allPeers, ", "))
	}
	if err != nil {
		return nil, err
	}
	if p.isEtcd {
		return p, p.awaitEtcd(ctx, b)
	}
	for i, addr := range p.addrs {
		if err := await(ctx, p.procs[i], name, func() error { return answers(addr) }); err != nil {
			return nil, err
		}
	}
	return p, p.leaderFirst(ctx)
}

func (p *peer) redis(traced bool, options ...string) error {
	port := freePort()
	argv := append([]string{"redis-server", "--port", strconv.Itoa(port), "--bind", "127.0.0.1", "--dir", p.dir, "--save", ""}, options...)
	return p.run("redis", port, traced, nil, argv...)
}

func (p *peer) run(name string, port int, traced bool, env []string, argv ...string) error {
	proc, err := start(p.dir, name, traced, env, argv...)
	if err != nil {
		return err
	}
	p.procs = append(p.procs, proc)
	p.addrs = append(p.addrs, loopback(port))
	return nil
}

func (p *peer) msredis(b *bins, nodes int, traced bool, env []string) error {
	var members []string
	busPorts := make([]int, nodes)
	for i := range nodes {
		busPorts[i] = freePort()
		members = append(members, fmt.Sprintf("n%d=%s", i+1, loopback(busPorts[i])))
	}
	for i := range nodes {
		name, port, metrics := fmt.Sprintf("n%d", i+1), freePort(), freePort()
		p.metrics = append(p.metrics, "http://"+loopback(metrics)+"/metrics")
		err := p.run(name, port, traced, env, b.msredis, "--port", strconv.Itoa(port), "--bind", "127.0.0.1",
			"--dir", filepath.Join(p.dir, name), "--node-name", name, "--peer-port", strconv.Itoa(busPorts[i]),
			"--metrics-port", strconv.Itoa(metrics), "--initial-cluster", strings.Join(members, ","))
		if err != nil {
			return err
		}
	}
	return nil
}

// stop ends the servers and removes their data.
func (p *peer) stop() {
	for _, proc := range p.procs {
		proc.stop()
	}
	_ = os.RemoveAll(p.dir) // the directory above is removed in the end
}

// answers writes a key: a server that is loading or has no leader cannot.
func answers(addr string) error {
	_, err := do(addr, "SET", "bench:up", "1")
	return err
}

// do sends one command over a connection of its own.
func do(addr string, args ...string) (wire.Value, error) {
	c, err := wire.Dial(addr)
	if err != nil {
		return wire.Value{}, err
	}
	defer c.Close()
	v, err := c.Do(args...)
	if err == nil && v.IsError() {
		err = errors.New(v.Text)
	}
	return v, err
}

// leaderFirst puts the node that leads in front.
func (p *peer) leaderFirst(ctx context.Context) error {
	if len(p.addrs) == 1 {
		return nil
	}
	return await(ctx, p.procs[0], "a leader of "+p.name, func() error {
		for i, addr := range p.addrs {
			v, err := do(addr, "ROLE")
			if err != nil {
				return err
			}
			if len(v.Elems) > 0 && v.Elems[0].Text == "master" {
				p.addrs[0], p.addrs[i] = p.addrs[i], p.addrs[0]
				p.procs[0], p.procs[i] = p.procs[i], p.procs[0]
				p.metrics[0], p.metrics[i] = p.metrics[i], p.metrics[0]
				return nil
			}
		}
		return errors.New("nobody leads")
	})
}

// usage is what the servers have used so far.
type usage struct {
	cpu    float64 // seconds, of all nodes
	rss    float64 // bytes, of all nodes
	fsyncs float64 // of the log, per node; NaN: not known
}

func (p *peer) usage() usage {
	var u usage
	for _, proc := range p.procs {
		cpu, err := cpuSeconds(proc.pid())
		if err != nil {
			cpu = math.NaN()
		}
		rss, err := residentBytes(proc.pid())
		if err != nil {
			rss = math.NaN()
		}
		u.cpu += cpu
		u.rss += rss
		u.fsyncs += p.fsyncs(proc) / float64(len(p.procs))
	}
	return u
}

// fsyncs is the number of fsyncs of one node: by strace if it is traced, else as
// msredis counts them itself.
func (p *peer) fsyncs(proc *process) float64 {
	if proc.traced != "" {
		text, err := os.ReadFile(proc.traced)
		if err != nil {
			return math.NaN()
		}
		return float64(bytes.Count(text, []byte("sync(")))
	}
	for i, other := range p.procs {
		if other == proc && p.metrics != nil {
			return scrape(p.metrics[i], "msredis_wal_fsync_seconds_count")
		}
	}
	return math.NaN()
}

// scrape reads one figure without labels from a page of Prometheus's text
// format.
func scrape(url, name string) float64 {
	resp, err := http.Get(url)
	if err != nil {
		return math.NaN()
	}
	defer resp.Body.Close()
	var text bytes.Buffer
	if _, err := text.ReadFrom(resp.Body); err != nil {
		return math.NaN()
	}
	return figureIn(text.String(), name)
}

func figureIn(page, name string) float64 {
	for line := range strings.Lines(page) {
		if rest, ok := strings.CutPrefix(line, name+" "); ok {
			if v, err := strconv.ParseFloat(strings.TrimSpace(rest), 64); err == nil {
				return v
			}
		}
	}
	return math.NaN()
}

func have(program string) bool {
	_, err := exec.LookPath(program)
	return err == nil
}
