package main

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strings"
)

// maxAgain is how many tests may fail and be run again. More than that is no
// accident.
const maxAgain = 8

// isFinal reports whether a line of output shows a fault that no second run can make
// good. A data race or a panic shows a bug whenever it is seen once.
func isFinal(line string) bool {
	return strings.Contains(line, "WARNING: DATA RACE") || strings.HasPrefix(line, "panic: ") || strings.HasPrefix(line, "fatal error: ")
}

// again runs the tests that failed once more, each alone. Tests with real processes and
// dates share two cores with fifty others of their kind. An event that they wait for
// can come too late there. Those that pass are named in the summary all the same.
// Nothing is run again after a failed build, a data race, a panic, or a package that
// failed without a test that did.
func (s *summary) again(run func(name) bool) {
	tests := s.topLevel()
	if s.unbuilt || s.final || len(tests) > maxAgain {
		return
	}
	explained := map[string]bool{}
	for _, n := range tests {
		explained[n.pkg] = true
	}
	for pkg := range s.broken {
		if !explained[pkg] {
			return
		}
	}
	var failed []name
	for _, n := range tests {
		if run(n) {
			s.passed++
			s.flaky = append(s.flaky, n)
		} else {
			failed = append(failed, n)
		}
	}
	s.failed = failed
	clear(s.broken)
	for _, n := range failed {
		s.broken[n.pkg] = true
	}
}

// topLevel are the failed tests without their subtests, each once.
func (s *summary) topLevel() []name {
	var out []name
	seen := map[name]bool{}
	for _, n := range s.failed {
		n.test, _, _ = strings.Cut(n.test, "/")
		if !seen[n] {
			seen[n] = true
			out = append(out, n)
		}
	}
	return out
}

// runAlone runs one test, with nothing else of its package beside it.
func runAlone(out io.Writer, n name, flags []string) bool {
	args := append([]string{"test", "-count=1", "-run", "^" + regexp.QuoteMeta(n.test) + "$"}, flags...)
	cmd := exec.Command("go", append(args, n.pkg)...)
	fmt.Fprintf(out, "\nonce more, alone: %s\n", strings.Join(cmd.Args, " "))
	cmd.Stdout, cmd.Stderr = out, os.Stderr
	return cmd.Run() == nil
}
