package compat

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/msredis/msredis/internal/testcluster/wire"
)

// values are replies of every type.
var values = []wire.Value{
	{Kind: wire.Simple, Text: "OK"},
	{Kind: wire.Simple, Text: "with space"},
	{Kind: wire.Simple, Text: ""},
	{Kind: wire.Error, Text: "ERR syntax error"},
	{Kind: wire.Error, Text: "ERR ends with space "},
	{Kind: wire.Integer, Text: "-12"},
	{Kind: wire.Bulk, Text: ""},
	{Kind: wire.Bulk, Text: "a \"b\" \\ \r\n\x00\xff"},
	{Kind: wire.Bulk, Text: strings.Repeat("x", 1<<20)},
	{Kind: wire.Bulk, Text: strings.Repeat("xy", 1<<19)},
	{Kind: wire.NilBulk},
	{Kind: wire.NilArray},
	{Kind: wire.Null},
	{Kind: wire.Bool, Text: "t"},
	{Kind: wire.Double, Text: "1.5"},
	{Kind: wire.BigNumber, Text: "12345678901234567890"},
	{Kind: wire.Verbatim, Text: "txt:some text"},
	{Kind: wire.Array},
	{Kind: wire.Array, Elems: []wire.Value{{Kind: wire.Error, Text: "ERR no"}, {Kind: wire.Simple, Text: "OK"}, {Kind: wire.Array}}},
	{Kind: wire.Map, Elems: []wire.Value{{Kind: wire.Bulk, Text: "k"}, {Kind: wire.Set, Elems: []wire.Value{{Kind: wire.Integer, Text: "1"}}}}},
	{Kind: wire.Push, Elems: []wire.Value{{Kind: wire.Bulk, Text: strings.Repeat("long ", 30)}, {Kind: wire.Null}}},
}

// TestNotation: what Format writes, ParsePattern reads as the same value and no
// other.
func TestNotation(t *testing.T) {
	for i, v := range values {
		text := Format(v)
		p, err := ParsePattern(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if p.Open() {
			t.Errorf("%s: leaves something open", text)
		}
		for j, other := range values {
			if got := p.Match(other, Vars{}); got != (i == j) {
				t.Errorf("%s matches %.80s: %v", text, Format(other), got)
			}
		}
	}
}

func TestPatterns(t *testing.T) {
	bulk := func(s string) wire.Value { return wire.Value{Kind: wire.Bulk, Text: s} }
	num := func(s string) wire.Value { return wire.Value{Kind: wire.Integer, Text: s} }
	list := func(e ...wire.Value) wire.Value { return wire.Value{Kind: wire.Array, Elems: e} }
	for _, tc := range []struct {
		pattern string
		value   wire.Value
		want    bool
	}{
		{"any", num("1"), true},
		{":1..3", num("3"), true},
		{":1..3", num("4"), false},
		{":1..3", bulk("2"), false},
		{"$1..3", bulk("2"), true},
		{":-2..-1", num("-1"), true},
		{":@unix(-5)..@unix(5)", num("0"), false},
		{`$/a.*\/b/`, bulk("a\n/b"), true},
		{`$/a/`, bulk("ab"), false},
		{`=txt:/a.c/`, wire.Value{Kind: wire.Verbatim, Text: "txt:abc"}, true},
		{`=txt:/a.c/`, wire.Value{Kind: wire.Verbatim, Text: "mkd:abc"}, false},
		{`unordered ["a" "b"]`, list(bulk("b"), bulk("a")), true},
		{`unordered ["a" "b"]`, list(bulk("b"), bulk("b")), false},
		{`["a" any]`, list(bulk("a"), num("1")), true},
		{`["a" "b"]`, list(bulk("b"), bulk("a")), false},
		{`[:<x> :<x>]`, list(num("1"), num("1")), true},
		{`[:<x> :<x>]`, list(num("1"), num("2")), false},
		{`(nil)`, wire.Value{Kind: wire.NilArray}, false},
		{`+/a|b/`, wire.Value{Kind: wire.Simple, Text: "b"}, true},
	} {
		p, err := ParsePattern(tc.pattern)
		if err != nil {
			t.Errorf("%s: %v", tc.pattern, err)
		} else if got := p.Match(tc.value, Vars{}); got != tc.want {
			t.Errorf("%s matches %s: %v", tc.pattern, Format(tc.value), got)
		}
	}
	for _, bad := range []string{"", "[", `"open`, "{1}", "hello", "$/(/", `"a" "b"`, ":1..x"} {
		if _, err := ParsePattern(bad); err == nil {
			t.Errorf("%q was accepted", bad)
		}
	}
}

// TestScriptText: a script that is read and written is the same.
func TestScriptText(t *testing.T) {
	for _, s := range scripts(t) {
		text, err := os.ReadFile(s.Path)
		if err != nil {
			t.Fatal(err)
		}
		if got := s.Text(); got != string(text) {
			t.Errorf("%s: changes by being written", s.Path)
		}
	}
}

func TestScriptErrors(t *testing.T) {
	for _, bad := range []string{
		"reply without command\n",
		"only: somebody because\n> PING\n",
		"only: redis\n> PING\n",
		"> PING\n+PONG\nfile needs: lpush\n",
		"times 3>> PING\n",
		"file divergence: x\n",
	} {
		path := filepath.Join(t.TempDir(), "bad.txt")
		if err := os.WriteFile(path, []byte(bad), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := Load(path); err == nil {
			t.Errorf("%q was accepted", bad)
		}
	}
}
