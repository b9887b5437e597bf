package testcluster

import (
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// Program is a client program that runs beside the nodes, as long as its test at most.
type Program struct {
	t    testing.TB
	name string
	proc *process
}

// StartProgram starts a program with env added to its environment. Its output is
// kept, and printed if the test fails.
func StartProgram(t testing.TB, name string, env []string, bin string, args ...string) *Program {
	t.Helper()
	p := &Program{t: t, name: name, proc: startProcess(t, filepath.Join(t.TempDir(), name+".log"), env, bin, args...)}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("%s said:\n%s", name, tail(p.Output(), logTail))
		}
	})
	return p
}

// Output is all that the program has printed.
func (p *Program) Output() string { return p.proc.log() }

// Running reports whether the program has not ended.
func (p *Program) Running() bool { return p.proc.running() }

// Terminate asks the program and its children to end.
func (p *Program) Terminate() { p.proc.signal(syscall.SIGTERM) }

// WaitExit returns the exit code of the program when it ends, -1 for a signal.
func (p *Program) WaitExit(timeout time.Duration) int {
	p.t.Helper()
	code, err := p.proc.wait(timeout)
	if err != nil {
		p.t.Errorf("%s: %v", p.name, err)
	}
	return code
}
