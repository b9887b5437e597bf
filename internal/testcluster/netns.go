package testcluster

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Network is what a test can do to what nodes say to each other.
type Network interface {
	// Block lets nothing that from says reach to, until Heal.
	Block(from, to string)
	// Heal takes all rules back.
	Heal()
}

// Spaces is a network between nodes that are in namespaces of their own. The kernel
// drops packets where a Net holds bytes, and it knows of no Outsider.
type Spaces struct {
	t    testing.TB
	tag  string // begins the names of all that is made
	net  string // "198.18.7."
	hub  string // the namespace that has the bridge
	all  []space
	from map[string]space
}

type space struct{ name, addr string }

// newSpaces makes a bridge for namespaces. The test is skipped where that is not
// permitted, or where the kernel does not let packets pass.
func newSpaces(t testing.TB) *Spaces {
	t.Helper()
	for _, tool := range []string{"ip", "iptables"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("network namespaces: %v", err)
		}
	}
	n := rand.IntN(250)
	s := &Spaces{t: t, tag: fmt.Sprintf("msr%d", n), net: fmt.Sprintf("198.18.%d.", n), from: map[string]space{}}
	t.Cleanup(s.remove)
	// The bridge has a namespace of its own, too, out of reach of the rules that
	// this machine may have for forwarding. The test has a port at it.
	hub := s.tag + "hub"
	s.hub = hub
	for _, args := range []string{
		"netns add " + hub,
		"-n " + hub + " link add br0 type bridge",
		"-n " + hub + " link set br0 up",
		"link add " + s.tag + " type veth peer name host netns " + hub,
		"-n " + hub + " link set host master br0 up",
		"addr add " + s.net + "254/24 dev " + s.tag,
		"link set " + s.tag + " up",
	} {
		if out, err := run("ip", strings.Fields(args)...); err != nil {
			t.Skipf("network namespaces are not permitted here: ip %s: %v: %s", args, err, out)
		}
	}
	a, b := s.add("probe-a"), s.add("probe-b")
	if out, _ := s.in(a, "timeout", "2", "bash", "-c", "</dev/tcp/"+b.addr+"/9"); !strings.Contains(out, "refused") {
		t.Skipf("network namespaces: packets do not pass the bridge: %s", out)
	}
	if out, err := s.in(a, "iptables", "-L", "INPUT"); err != nil {
		t.Skipf("network namespaces: %v: %s", err, out)
	}
	return s
}

func run(name string, args ...string) (string, error) {
	out, err := exec.Command(name, args...).CombinedOutput()
	return string(out), err
}

// in runs a command inside a namespace.
func (s *Spaces) in(x space, args ...string) (string, error) {
	return run("ip", append([]string{"netns", "exec", x.name}, args...)...)
}

// add makes the namespace of a node.
func (s *Spaces) add(node string) space {
	s.t.Helper()
	i := len(s.all) + 1
	x := space{fmt.Sprint(s.tag, "n", i), fmt.Sprint(s.net, i)}
	s.all = append(s.all, x)
	s.from[node] = x
	for _, args := range []string{
		"netns add " + x.name,
		"-n " + s.hub + " link add " + x.name + " type veth peer name eth0 netns " + x.name,
		"-n " + s.hub + " link set " + x.name + " master br0 up",
		"-n " + x.name + " addr add " + x.addr + "/24 dev eth0",
		"-n " + x.name + " link set eth0 up",
		"-n " + x.name + " link set lo up",
	} {
		if out, err := run("ip", strings.Fields(args)...); err != nil {
			s.t.Skipf("network namespaces: ip %s: %v: %s", args, err, out)
		}
	}
	return x
}

// remove takes all of it down. A namespace lives as long as it has processes,
// and those have been killed by now.
func (s *Spaces) remove() {
	for _, x := range s.all {
		run("ip", "netns", "del", x.name)
	}
	run("ip", "link", "del", s.tag)
	run("ip", "netns", "del", s.hub)
}

// Block drops the packets of one node at another one's door.
func (s *Spaces) Block(from, to string) {
	f, ok := s.from[from]
	if !ok {
		return
	}
	if out, err := s.in(s.from[to], "iptables", "-w", "-A", "INPUT", "-s", f.addr, "-j", "DROP"); err != nil {
		s.t.Errorf("iptables: %v: %s", err, out)
	}
}

// Heal drops nothing any more.
func (s *Spaces) Heal() {
	for _, x := range s.all {
		if out, err := s.in(x, "iptables", "-w", "-F", "INPUT"); err != nil {
			s.t.Errorf("iptables: %v: %s", err, out)
		}
	}
}

// StartInNamespaces is Start with every node in a network namespace of its own,
// and c.Net for what passes between them. The nodes have different addresses, so they
// prove a secret to each other.
func StartInNamespaces(t testing.TB, n int, options ...string) *Cluster {
	t.Helper()
	spaces := newSpaces(t)
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte(hostsSecret), 0o600); err != nil {
		t.Fatal(err)
	}
	args := append(slices.Clone(options), "--cluster-secret-file", secret)
	return start(&Cluster{t: t, args: args, logDir: t.TempDir(), Net: spaces, spaces: spaces}, n)
}
