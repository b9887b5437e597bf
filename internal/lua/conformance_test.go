package lua

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var record = flag.String("record", "", "record testdata/*.golden from the redis-server on this port")

// show is in front of every script, on its first line.
const show = `local function show(...) local t = {} for i = 1, select('#', ...) do t[i] = tostring((select(i, ...))) end return table.concat(t, '|') end `

// address is where C's Lua prints a pointer.
var address = regexp.MustCompile(`0x[0-9a-f]+`)

var script = regexp.MustCompile(`(?s) ?script: [0-9a-f]{40}, on @user_script:\d+\.\s*$`)

// scripts returns the scripts of a file: one a line, and more where a line does not
// begin in the first column of a statement.
func scripts(t *testing.T, file string) []string {
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSuffix(strings.ReplaceAll(string(data), "\\\n", "\\\x01"), "\n"), "\n")
}

// TestConformance runs scripts whose results were recorded from the Lua of a real
// redis-server.
func TestConformance(t *testing.T) {
	files, _ := filepath.Glob("testdata/*.lua")
	if len(files) == 0 {
		t.Fatal("no scripts")
	}
	for _, file := range files {
		golden := strings.TrimSuffix(file, ".lua") + ".golden"
		if *record != "" {
			recordResults(t, file, golden)
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		results := strings.Split(strings.TrimSuffix(string(want), "\n"), "\n")
		list := scripts(t, file)
		if len(list) != len(results) {
			t.Fatalf("%s: %d scripts, %d results", file, len(list), len(results))
		}
		for i, src := range list {
			src = strings.ReplaceAll(src, "\x01", "\n")
			if got := oneLine(runForTest(src)); got != results[i] {
				t.Errorf("%s:%d: %s\n got %s\nwant %s", file, i+1, src, got, results[i])
			}
		}
	}
}

func oneLine(s string) string {
	return strings.ReplaceAll(fmt.Sprintf("%q", address.ReplaceAllString(s, "0x0")), "\\x00", "\\0")
}

// testBudget is how many instructions a script of a test may use; what runs out of
// them returns outOfBudget.
const (
	testBudget  = 1_000_000
	outOfBudget = "out of instructions"
)

func runForTest(src string) string {
	L := NewState()
	defer L.Close()
	L.Limit(testBudget, Limits{Memory: 256 << 20})
	protected := L.NewTable()
	protected.RawSetString("__index", L.NewFunction(func(L *LState) int {
		L.RaiseError("Script attempted to access nonexistent global variable '%s'", LVAsString(L.Get(2)))
		return 0
	}))
	L.Globals().Metatable = protected
	L.Globals().ReadOnly = true
	c, err := Compile(show+src, "@user_script")
	if err != nil {
		return "Error compiling script (new function): " + err.Error()
	}
	ret, err := L.Run(L.Load(c))
	if err != nil {
		if e, ok := err.(*APIError); ok {
			if t, ok := e.Object.(*LTable); ok {
				return LVAsString(t.RawGetString("err"))
			}
		}
		return err.Error()
	}
	if len(ret) == 0 {
		return ""
	}
	if n, ok := ret[0].(LNumber); ok {
		return fmt.Sprint(int64(n))
	}
	return LVAsString(ret[0])
}

func recordResults(t *testing.T, file, golden string) {
	var b strings.Builder
	for _, src := range scripts(t, file) {
		src = strings.ReplaceAll(src, "\x01", "\n")
		out, err := exec.Command("redis-cli", "-p", *record, "--raw", "EVAL", show+src, "0").Output()
		if err != nil {
			t.Fatal(err)
		}
		text := strings.TrimSuffix(string(out), "\n")
		text = script.ReplaceAllString(strings.TrimRight(text, "\n"), "")
		b.WriteString(oneLine(strings.TrimPrefix(text, "ERR ")) + "\n")
	}
	if err := os.WriteFile(golden, []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}
