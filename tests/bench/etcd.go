package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// etcd and the program that loads it are built from a module of their own
// (tests/bench/etcd), so that the server's go.mod does not carry them.
const etcdModule = "tests/bench/etcd"

func (b *bins) buildEtcd(ctx context.Context, dir string) error {
	server, load := filepath.Join(dir, "etcd"), filepath.Join(dir, "etcd-load")
	for out, pkg := range map[string]string{server: "go.etcd.io/etcd/server/v3", load: "."} {
		cmd := exec.CommandContext(ctx, "go", "build", "-C", etcdModule, "-o", out, pkg)
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
		if text, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("building %s: %w\n%s", pkg, err, text)
		}
	}
	b.etcd, b.etcdLoad = server, load
	return nil
}

// etcd starts nodes of etcd with its defaults.
func (p *peer) etcd(b *bins, nodes int, traced bool) error {
	if b.etcd == "" {
		return fmt.Errorf("etcd could not be built")
	}
	var members []string
	busPorts := make([]int, nodes)
	for i := range nodes {
		busPorts[i] = freePort()
		members = append(members, fmt.Sprintf("n%d=http://%s", i+1, loopback(busPorts[i])))
	}
	for i := range nodes {
		name, port := fmt.Sprintf("n%d", i+1), freePort()
		client, bus := "http://"+loopback(port), "http://"+loopback(busPorts[i])
		err := p.run(name, port, traced, nil, b.etcd, "--name", name, "--data-dir", filepath.Join(p.dir, name),
			"--listen-client-urls", client, "--advertise-client-urls", client,
			"--listen-peer-urls", bus, "--initial-advertise-peer-urls", bus,
			"--initial-cluster", strings.Join(members, ","), "--initial-cluster-state", "new", "--log-level", "warn")
		if err != nil {
			return err
		}
	}
	return nil
}

// awaitEtcd fills the store, which needs a leader, and puts that in front.
func (p *peer) awaitEtcd(ctx context.Context, b *bins) error {
	cmd := exec.CommandContext(ctx, b.etcdLoad, "-endpoints", strings.Join(p.addrs, ","), "-fill",
		"-keys", strconv.Itoa(keySpace), "-value", strconv.Itoa(valueSize), "-timeout", readyTimeout.String())
	out, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("%s: %w\n%s", p.name, err, p.procs[0].tail())
	}
	leader, err := strconv.Atoi(strings.TrimSpace(string(out)))
	if err != nil || leader >= len(p.addrs) {
		return fmt.Errorf("%s: the load says that %q leads", p.name, out)
	}
	p.addrs[0], p.addrs[leader] = p.addrs[leader], p.addrs[0]
	p.procs[0], p.procs[leader] = p.procs[leader], p.procs[0]
	return nil
}

// etcdRun puts or gets for a time, one connection per client.
func etcdRun(ctx context.Context, b *bins, addrs []string, op string, clients int, d time.Duration) (sample, error) {
	cmd := exec.CommandContext(ctx, b.etcdLoad, "-endpoints", strings.Join(addrs, ","), "-op", op,
		"-clients", strconv.Itoa(clients), "-keys", strconv.Itoa(keySpace), "-value", strconv.Itoa(valueSize), "-for", d.String())
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return sample{}, fmt.Errorf("etcd-load: %w", err)
	}
	var r struct {
		Ops, Seconds, P50, P99, P999, Max float64
	}
	if err := json.Unmarshal(out, &r); err != nil {
		return sample{}, fmt.Errorf("etcd-load: %w: %s", err, out)
	}
	return sample{ops: r.Ops, seconds: r.Seconds, p50: r.P50, p99: r.P99, p999: r.P999, max: r.Max}, nil
}
