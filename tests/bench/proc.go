package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const (
	readyTimeout = 5 * time.Minute // a new node may get gigabytes
	stopTimeout  = 20 * time.Second
	pollPause    = 20 * time.Millisecond
	logTail      = 2000 // bytes of a server's log that an error shows
)

// process is a server that was started, perhaps under strace.
type process struct {
	cmd    *exec.Cmd
	log    string
	traced string // file in which strace writes a line per fsync, "" without it
	done   chan struct{}
}

// start runs a program with its output in dir/name.log.
func start(dir, name string, traced bool, env []string, argv ...string) (*process, error) {
	p := &process{log: filepath.Join(dir, name+".log"), done: make(chan struct{})}
	if traced {
		p.traced = filepath.Join(dir, name+".strace")
		// The filter lets all other system calls pass at full speed.
		argv = append([]string{"strace", "-f", "--seccomp-bpf", "-e", "trace=fsync,fdatasync", "-o", p.traced}, argv...)
	}
	out, err := os.Create(p.log)
	if err != nil {
		return nil, err
	}
	defer out.Close()
	p.cmd = exec.Command(argv[0], argv[1:]...)
	p.cmd.Stdout, p.cmd.Stderr = out, out
	p.cmd.Env = append(os.Environ(), env...)
	p.cmd.SysProcAttr = childAttr()
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		_ = p.cmd.Wait() // how it ended is in its log
		close(p.done)
	}()
	return p, nil
}

// pid is the server's; strace has it as its only child.
func (p *process) pid() int {
	pid := p.cmd.Process.Pid
	if p.traced == "" {
		return pid
	}
	list, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid))
	if child, _, _ := strings.Cut(string(list), " "); err == nil && child != "" {
		if n, err := strconv.Atoi(child); err == nil {
			return n
		}
	}
	return pid
}

func (p *process) running() bool {
	select {
	case <-p.done:
		return false
	default:
		return true
	}
}

// stop asks the server to end and insists after a while.
func (p *process) stop() {
	if !p.running() {
		return
	}
	_ = syscall.Kill(p.pid(), syscall.SIGTERM)
	select {
	case <-p.done:
	case <-time.After(stopTimeout):
		_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL)
		<-p.done
	}
}

// tail is the end of the server's log.
func (p *process) tail() string {
	text, _ := os.ReadFile(p.log)
	return string(text[max(0, len(text)-logTail):])
}

// await polls until check returns nil.
func await(ctx context.Context, p *process, what string, check func() error) error {
	deadline := time.Now().Add(readyTimeout)
	for {
		err := check()
		switch {
		case err == nil:
			return nil
		case ctx.Err() != nil:
			return ctx.Err()
		case !p.running():
			return fmt.Errorf("%s: the server ended:\n%s", what, p.tail())
		case time.Now().After(deadline):
			return fmt.Errorf("%s: %w\n%s", what, err, p.tail())
		}
		time.Sleep(pollPause)
	}
}

// clockTick is the unit of times in /proc/PID/stat, the same on every Linux.
const clockTick = 100

// cpuSeconds is what a process and the children it has waited for have used.
func cpuSeconds(pid int) (float64, error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	return parseStat(stat)
}

// parseStat adds user and system time. The name of the program, the only field
// that may have blanks in it, stands in brackets before them.
func parseStat(stat []byte) (float64, error) {
	f := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
	const utime, cstime = 11, 14 // counted from the state
	if len(f) <= cstime {
		return 0, errors.New("/proc/PID/stat is too short")
	}
	ticks := 0
	for _, field := range f[utime : cstime+1] {
		n, err := strconv.Atoi(string(field))
		if err != nil {
			return 0, err
		}
		ticks += n
	}
	return float64(ticks) / clockTick, nil
}

// residentBytes is VmRSS.
func residentBytes(pid int) (float64, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kib, err := strconv.Atoi(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(rest), "kB")))
			return float64(kib) * 1024, err
		}
	}
	return 0, errors.New("no VmRSS")
}

// Ports are taken below the range from which the kernel gives connections their
// own.
const (
	firstPort = 13000
	lastPort  = 32000
)

var givenPorts = map[int]bool{}

// freePort returns a port of the loopback address on which nobody listens.
func freePort() int {
	for {
		port := firstPort + rand.IntN(lastPort-firstPort)
		if givenPorts[port] {
			continue
		}
		givenPorts[port] = true
		if l, err := net.Listen("tcp", loopback(port)); err == nil {
			l.Close()
			return port
		}
	}
}

func loopback(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }
