package testcluster

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// process is a server program that runs as long as its test at most.
type process struct {
	cmd     *exec.Cmd
	logPath string
	done    chan struct{} // closed when it has ended
	err     error         // of Wait; valid after done
}

var (
	spawnOnce sync.Once
	spawnWork chan func()
)

// spawn starts cmd from one OS thread that lives as long as the test program. The
// kernel kills the child when the thread that started it ends.
func spawn(cmd *exec.Cmd) error {
	spawnOnce.Do(func() {
		spawnWork = make(chan func())
		go func() {
			runtime.LockOSThread()
			for f := range spawnWork {
				f()
			}
		}()
	})
	result := make(chan error, 1)
	spawnWork <- func() { result <- cmd.Start() }
	return <-result
}

// startProcess runs the program in a process group of its own, with its output
// appended to logPath and env added to its environment. The group is killed at
// the end of the test, and by the kernel if the test program dies first.
func startProcess(t testing.TB, logPath string, env []string, bin string, args ...string) *process {
	t.Helper()
	log, err := os.OpenFile(logPath, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	cmd := exec.Command(bin, args...)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.Env = append(os.Environ(), env...)
	cmd.SysProcAttr = childAttr()
	if err := spawn(cmd); err != nil {
		t.Fatalf("start %s: %v", bin, err)
	}
	p := &process{cmd: cmd, logPath: logPath, done: make(chan struct{})}
	go func() {
		p.err = cmd.Wait()
		close(p.done)
	}()
	t.Cleanup(p.kill)
	return p
}

// kill ends the whole process group at once and waits for it.
func (p *process) kill() {
	if p.running() {
		syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL)
		<-p.done
	}
}

func (p *process) signal(sig syscall.Signal) {
	if p.running() {
		syscall.Kill(-p.cmd.Process.Pid, sig)
	}
}

func (p *process) running() bool {
	select {
	case <-p.done:
		return false
	default:
		return true
	}
}

// wait waits for the process to end and returns its exit code, -1 for a signal.
func (p *process) wait(timeout time.Duration) (code int, err error) {
	select {
	case <-p.done:
		return p.cmd.ProcessState.ExitCode(), nil
	case <-time.After(timeout):
		return 0, fmt.Errorf("process %d has not ended after %v", p.cmd.Process.Pid, timeout)
	}
}

// log is what the process has printed, over all its runs.
func (p *process) log() string {
	b, err := os.ReadFile(p.logPath)
	if err != nil {
		return err.Error()
	}
	return string(b)
}

// tail is the last lines of a text.
func tail(text string, lines int) string {
	all := strings.SplitAfter(strings.TrimSuffix(text, "\n"), "\n")
	if len(all) <= lines {
		return text
	}
	return "…\n" + strings.Join(all[len(all)-lines:], "") + "\n"
}
