package main

import (
	"fmt"
	"strings"
	"testing"
)

func TestSummarize(t *testing.T) {
	t.Parallel()
	const pass = `{"Action":"run","Package":"p","Test":"TestA"}
{"Action":"output","Package":"p","Test":"TestA","Output":"    a_test.go:3: chatter\n"}
{"Action":"pass","Package":"p","Test":"TestA","Elapsed":0.01}
{"Action":"output","Package":"p","Output":"PASS\n"}
{"Action":"output","Package":"p","Output":"ok  \tp\t0.1s\n"}
{"Action":"pass","Package":"p","Elapsed":0.1}
`
	for _, c := range []struct {
		name, in, want string
		verbose, ok    bool
	}{
		{"pass", pass, "ok  \tp\t0.1s\n\n1 tests passed, 0 failed, 0 did not run\n", false, true},
		{"verbose", pass, "--- PASS: TestA (0.01s)\nok  \tp\t0.1s\n\n1 tests passed, 0 failed, 0 did not run\n", true, true},
		{"skip", `{"Action":"output","Package":"p","Test":"TestB","Output":"=== RUN   TestB\n"}
{"Action":"output","Package":"p","Test":"TestB","Output":"    b_test.go:9: no redis-server\n"}
{"Action":"output","Package":"p","Test":"TestB","Output":"--- SKIP: TestB (0.00s)\n"}
{"Action":"skip","Package":"p","Test":"TestB"}
{"Action":"pass","Package":"p"}
`, "\n0 tests passed, 0 failed, 1 did not run\n  did not run: p TestB: no redis-server\n", false, true},
		{"fail", `{"Action":"output","Package":"p","Test":"TestC","Output":"    c_test.go:1: wrong\n"}
{"Action":"fail","Package":"p","Test":"TestC"}
{"Action":"output","Package":"p","Output":"FAIL\tp\t0.1s\n"}
{"Action":"fail","Package":"p"}
`, "    c_test.go:1: wrong\n\nFAIL\tp\t0.1s\n\n0 tests passed, 1 failed, 0 did not run\n  failed: p TestC\n", false, false},
		{"build", `{"ImportPath":"p","Action":"build-output","Output":"p.go:1: syntax error\n"}
{"ImportPath":"p","Action":"build-fail"}
{"Action":"fail","Package":"p"}
`, "p.go:1: syntax error\n\n0 tests passed, 0 failed, 0 did not run\n", false, false},
		{"nothing", "go: no such package\n", "go: no such package\n\n0 tests passed, 0 failed, 0 did not run\n", false, false},
	} {
		var out strings.Builder
		if ok := read(strings.NewReader(c.in), &out, c.verbose).end(); ok != c.ok || out.String() != c.want {
			t.Errorf("%s: %v\n%s\nwant: %v\n%s", c.name, ok, out.String(), c.ok, c.want)
		}
	}
}

// TestAgain: what failed among the others may pass alone, and is named; but not
// everything gets a second run.
func TestAgain(t *testing.T) {
	t.Parallel()
	const fail = `{"Action":"fail","Package":"p","Test":"TestC/part"}
{"Action":"fail","Package":"p","Test":"TestC"}
{"Action":"fail","Package":"p"}
`
	many := fail
	for i := range maxAgain {
		many += strings.ReplaceAll(fail, "TestC", "TestD"+string(rune('0'+i)))
	}
	for _, c := range []struct {
		name, in, run, want string
		passes, ok          bool
	}{
		{"passes", fail, "TestC ", "1 tests passed, 0 failed, 0 did not run\n  failed among the others, passed alone: p TestC\n", true, true},
		{"fails", fail, "TestC ", "0 tests passed, 1 failed, 0 did not run\n  failed: p TestC\n", false, false},
		{"nothing failed", `{"Action":"pass","Package":"p","Test":"TestA"}` + "\n" + `{"Action":"pass","Package":"p"}`, "", "1 tests passed, 0 failed", true, true},
		{"race", `{"Action":"output","Package":"p","Test":"TestC","Output":"WARNING: DATA RACE\n"}` + "\n" + fail, "", "0 tests passed, 2 failed", true, false},
		{"panic", `{"Action":"output","Package":"p","Test":"TestC","Output":"panic: boom\n"}` + "\n" + fail, "", "0 tests passed, 2 failed", true, false},
		{"build", fail + `{"ImportPath":"q","Action":"build-fail"}`, "", "0 tests passed, 2 failed", true, false},
		{"package without a test", fail + `{"Action":"fail","Package":"q"}`, "", "0 tests passed, 2 failed", true, false},
		{"many", many, "", fmt.Sprintf("0 tests passed, %d failed", 2*(maxAgain+1)), true, false},
	} {
		var out, run strings.Builder
		s := read(strings.NewReader(c.in), &out, false)
		s.again(func(n name) bool { run.WriteString(n.test + " "); return c.passes })
		ok := s.end()
		if ok != c.ok || run.String() != c.run || !strings.Contains(out.String(), c.want) {
			t.Errorf("%s: %v, ran %q\n%s\nwant: %v, %q\n%s", c.name, ok, run.String(), out.String(), c.ok, c.run, c.want)
		}
	}
}
