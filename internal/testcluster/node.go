package testcluster

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/msredis/msredis/internal/testcluster/wire"
)

// Node is one msredis process, or the place of one that is down. A test uses
// it from one goroutine.
type Node struct {
	t        testing.TB
	Name     string
	Port     int
	PeerPort int
	host     string   // its address
	space    string   // the network namespace that it is in; "": none of its own
	busPort  int      // where the others reach it: PeerPort, or that of a relay
	Dir      string   // its data
	Env      []string // KEY=value, beside the environment of the test; for the next Start
	logDir   string
	password string
	args     []string
	proc     *process
	stopped  bool
}

// Addr is where clients reach the node.
func (n *Node) Addr() string { return net.JoinHostPort(n.host, portArg(n.Port)) }

// Start starts the node, again if it is down, with the same command line as
// before. It does not wait for the node to be ready.
func (n *Node) Start(more ...string) {
	n.t.Helper()
	if n.Running() {
		n.t.Fatalf("node %s runs already", n.Name)
	}
	log := filepath.Join(n.logDir, n.Name+".log")
	command := append(append([]string{Binary(n.t)}, n.args...), more...)
	if n.space != "" {
		command = append([]string{"ip", "netns", "exec", n.space}, command...)
	}
	n.proc = startProcess(n.t, log, n.Env, command[0], command[1:]...)
	n.stopped = false
}

// Stopped reports whether the process lives, frozen by Stop.
func (n *Node) Stopped() bool { return n.stopped && n.Running() }

// Running reports whether the process lives; a stopped one does.
func (n *Node) Running() bool { return n.proc != nil && n.proc.running() }

// Kill kills the process at once, as kill -9.
func (n *Node) Kill() { n.proc.kill() }

// Stop freezes the process, as SIGSTOP; Cont lets it go on.
func (n *Node) Stop() { n.stopped = true; n.proc.signal(syscall.SIGSTOP) }

// Cont lets a stopped process go on.
func (n *Node) Cont() { n.stopped = false; n.proc.signal(syscall.SIGCONT) }

// Signal sends the process any signal.
func (n *Node) Signal(sig syscall.Signal) { n.proc.signal(sig) }

// Terminate asks the process to end, as SIGTERM, and returns its exit code.
func (n *Node) Terminate() int {
	n.t.Helper()
	n.proc.signal(syscall.SIGTERM)
	return n.WaitExit()
}

// WaitExit waits until the process has ended and returns its exit code.
func (n *Node) WaitExit() int {
	n.t.Helper()
	code, err := n.proc.wait(ReadyTimeout)
	if err != nil {
		n.t.Fatalf("node %s: %v", n.Name, err)
	}
	return code
}

// LoseDisk removes all data of a node that is down.
func (n *Node) LoseDisk() {
	n.t.Helper()
	if n.Running() {
		n.t.Fatalf("node %s still runs", n.Name)
	}
	if err := os.RemoveAll(n.Dir); err != nil {
		n.t.Fatal(err)
	}
}

// Log is what the node has printed in all its runs.
func (n *Node) Log() string {
	if n.proc == nil {
		return ""
	}
	return n.proc.log()
}

// dial connects and says the password, if the cluster has one.
func (n *Node) dial() (*wire.Conn, error) {
	c, err := wire.Dial(n.Addr())
	if err != nil || n.password == "" {
		return c, err
	}
	if _, err := c.Do("AUTH", n.password); err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

// Dial opens a connection, which is closed when the test ends.
func (n *Node) Dial() *wire.Conn {
	n.t.Helper()
	c, err := n.dial()
	if err != nil {
		n.t.Fatalf("node %s: %v", n.Name, err)
	}
	n.t.Cleanup(func() { c.Close() })
	return c
}

// Do runs one command on a connection of its own.
func (n *Node) Do(args ...string) wire.Value {
	n.t.Helper()
	v, err := n.TryDo(args...)
	if err != nil {
		n.t.Fatalf("node %s: %s: %v", n.Name, strings.Join(args, " "), err)
	}
	return v
}

// TryDo is Do for a node that may be down.
func (n *Node) TryDo(args ...string) (wire.Value, error) {
	c, err := n.dial()
	if err != nil {
		return wire.Value{}, err
	}
	defer c.Close()
	return c.Do(args...)
}

// Info returns one field of INFO, empty if there is none.
func (n *Node) Info(section, field string) string {
	n.t.Helper()
	for _, line := range strings.Split(n.Do("INFO", section).Text, "\r\n") {
		if value, ok := strings.CutPrefix(line, field+":"); ok {
			return value
		}
	}
	return ""
}

// WaitReady waits until the node serves commands: it is in touch with a
// majority, so a linearizable read has an answer.
func (n *Node) WaitReady() {
	n.t.Helper()
	Eventually(n.t, ReadyTimeout, fmt.Sprintf("node %s is ready", n.Name), func() error {
		if !n.Running() {
			n.t.Fatalf("node %s ended with code %d:\n%s", n.Name, n.proc.cmd.ProcessState.ExitCode(), tail(n.Log(), logTail))
		}
		c, err := n.dial()
		if err != nil {
			return err
		}
		defer c.Close()
		c.Timeout = time.Second
		v, err := c.Do("DBSIZE")
		if err != nil {
			return err
		}
		if v.IsError() {
			return errors.New(v.Text)
		}
		return nil
	})
}

// leads asks the node whether it is the leader, which shows as a master.
func (n *Node) leads() bool {
	c, err := n.dial()
	if err != nil {
		return false
	}
	defer c.Close()
	c.Timeout = time.Second
	v, err := c.Do("ROLE")
	return err == nil && len(v.Elems) > 0 && v.Elems[0].Text == "master"
}

// ResidentMB is how much memory the process holds, in MiB; 0 where the system
// does not tell.
func (n *Node) ResidentMB() int {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", n.proc.cmd.Process.Pid))
	if err != nil {
		return 0
	}
	_, after, _ := strings.Cut(string(b), "VmRSS:")
	var kb int
	fmt.Sscan(after, &kb)
	return kb >> 10
}
