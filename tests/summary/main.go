// Command summary reads the events of `go test -json` and prints a summary for people.
// It has a line per package, and the output of the tests that failed. In the end it
// tells how many tests ran and which did not, with the reason.
//
//	go test -json ./... | go run ./tests/summary [-v] [-again] [-- flags of go test]
//
// With -v it also prints a line per test. With -again it runs a few tests that failed
// in the company of all the others once more, each alone (again.go). It exits with 1 if
// anything failed or nothing was run.
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"sort"
	"strings"
)

func main() {
	verbose := flag.Bool("v", false, "print a line per test")
	again := flag.Bool("again", false, "run what failed once more, alone, with the flags behind --")
	flag.Parse()
	s := read(os.Stdin, os.Stdout, *verbose)
	if *again {
		s.again(func(n name) bool { return runAlone(os.Stdout, n, flag.Args()) })
	}
	if !s.end() {
		os.Exit(1)
	}
}

// event is one line of go test -json; see `go doc test2json`.
type event struct {
	Action     string
	Package    string
	ImportPath string
	Test       string
	Elapsed    float64
	Output     string
}

type name struct{ pkg, test string }

// summary is what has been seen so far.
type summary struct {
	out      io.Writer
	verbose  bool
	output   map[name][]string
	passed   int
	failed   []name
	final    bool            // what failed is no matter of time: see again.go
	flaky    []name          // failed in company, passed alone
	skipped  map[name]string // with the reason
	packages int
	unbuilt  bool
	// The packages that failed, as a whole; one may have no test that did.
	broken map[string]bool
}

// read takes all events in.
func read(in io.Reader, out io.Writer, verbose bool) *summary {
	s := &summary{out: out, verbose: verbose, output: map[name][]string{}, skipped: map[name]string{}, broken: map[string]bool{}}
	r := bufio.NewReader(in)
	for {
		line, err := r.ReadString('\n')
		var e event
		switch {
		case line != "" && json.Unmarshal([]byte(line), &e) == nil:
			s.event(&e)
		case line != "":
			fmt.Fprint(out, line) // of the go command itself
		}
		if err != nil {
			break
		}
	}
	return s
}

func (s *summary) event(e *event) {
	n := name{e.Package, e.Test}
	switch e.Action {
	case "build-output":
		fmt.Fprint(s.out, e.Output)
	case "build-fail":
		s.unbuilt = true
	case "output":
		s.final = s.final || isFinal(e.Output)
		if e.Test == "" && !noise(e.Output) {
			fmt.Fprint(s.out, e.Output)
		}
		s.output[n] = append(s.output[n], e.Output)
	case "pass", "fail", "skip":
		s.result(e, n)
		delete(s.output, n)
	}
}

func (s *summary) result(e *event, n name) {
	if e.Test == "" {
		s.packages++
		if e.Action == "fail" {
			s.broken[e.Package] = true
		}
		return
	}
	if s.verbose {
		fmt.Fprintf(s.out, "--- %s: %s (%.2fs)\n", strings.ToUpper(e.Action), e.Test, e.Elapsed)
	}
	switch e.Action {
	case "pass":
		s.passed++
	case "fail":
		s.failed = append(s.failed, n)
		fmt.Fprintf(s.out, "%s\n", strings.Join(s.output[n], ""))
	case "skip":
		s.skipped[n] = reason(s.output[n])
	}
}

// noise are the lines that say PASS and FAIL once more.
func noise(line string) bool {
	return line == "PASS\n" || line == "FAIL\n" || strings.HasPrefix(line, "?   \t") || strings.Contains(line, "[no test files]")
}

// reason is what t.Skip was told: the last line of output but go test's own.
func reason(output []string) string {
	for i := len(output) - 1; i >= 0; i-- {
		line := strings.TrimSpace(output[i])
		if line != "" && !strings.HasPrefix(line, "---") && !strings.HasPrefix(line, "===") {
			if _, text, ok := strings.Cut(line, ".go:"); ok {
				if _, text, ok = strings.Cut(text, ": "); ok {
					return text
				}
			}
			return line
		}
	}
	return "no reason given"
}

// end prints the totals and reports whether all is well.
func (s *summary) end() bool {
	fmt.Fprintf(s.out, "\n%d tests passed, %d failed, %d did not run\n", s.passed, len(s.failed), len(s.skipped))
	for _, n := range s.failed {
		fmt.Fprintf(s.out, "  failed: %s %s\n", n.pkg, n.test)
	}
	for _, n := range s.flaky {
		fmt.Fprintf(s.out, "  failed among the others, passed alone: %s %s\n", n.pkg, n.test)
	}
	var lines []string
	for n, why := range s.skipped {
		lines = append(lines, fmt.Sprintf("  did not run: %s %s: %s\n", n.pkg, n.test, why))
	}
	sort.Strings(lines)
	fmt.Fprint(s.out, strings.Join(lines, ""))
	return !s.unbuilt && len(s.broken) == 0 && len(s.failed) == 0 && s.packages > 0
}
