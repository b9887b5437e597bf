package command

import (
	"fmt"
	"strings"
	"testing"
)

// brief shows a syntax tree on one line: names, TOKEN:name, ?=optional,
// +=repeated, (block), {one|of}.
func brief(args []Arg) string {
	var words []string
	for _, a := range args {
		text := a.Name
		switch a.Type {
		case TypePureToken:
			text = a.Token
		case TypeBlock:
			text = "(" + brief(a.Args) + ")"
		case TypeOneOf:
			text = "{" + strings.ReplaceAll(brief(a.Args), " ", "|") + "}"
		}
		if a.Token != "" && a.Type != TypePureToken {
			text = a.Token + ":" + text
		}
		if a.Optional {
			text += "?"
		}
		if a.Multiple {
			text += "+"
		}
		if a.MultipleToken {
			text += "T"
		}
		words = append(words, text)
	}
	return strings.Join(words, " ")
}

func TestParseUsage(t *testing.T) {
	t.Parallel()
	tests := []struct{ line, tree, arity, keys string }{
		{"", "", "1", ""},
		{"key", "key", "2", "1..1/1"},
		{"[message]", "message?", "-1", ""},
		{"key value [NX | XX] [GET] [EX seconds | KEEPTTL]", "key value {NX|XX}? GET? {EX:seconds|KEEPTTL}?", "-3", "1..1/1"},
		{"key [key ...]", "key+", "-2", "1..-1/1"},
		{"key value [key value ...]", "(key value)+", "-3", "1..-1/2"},
		{"key [key ...] timeout", "key+ timeout", "-3", "1..-2/1"},
		{"key field value [field value ...]", "key (field value)+", "-4", "1..1/1"},
		{"key1 key2 [LEN]", "key1 key2 LEN?", "-3", "1..2/1"},
		{"operation destkey key [key ...]", "operation destkey key+", "-4", "2..2/1 3..-1/1"},
		{"numkeys key [key ...] <LEFT | RIGHT> [COUNT count]", "numkeys key+ {LEFT|RIGHT} COUNT:count?", "-4", "n1/1"},
		{"script numkeys [key [key ...]] [arg [arg ...]]", "script numkeys key?+ arg?+", "-3", "n2/1"},
		{"key [LIMIT offset count]", "key LIMIT:(offset count)?", "-2", "1..1/1"},
		{"key [BY pattern] [GET pattern [GET pattern ...]]", "key BY:pattern? GET:pattern?+T", "-2", "1..1/1"},
		{"path [ARGS arg [arg ...]]", "path ARGS:arg?+", "-2", ""},
		{"[username] password", "username? password", "-2", ""},
		{"<ON | OFF | SKIP>", "{ON|OFF|SKIP}", "2", ""},
		{"key [condition [condition ...]]", "key condition?+", "-2", "1..1/1"},
		{"[protover [AUTH username password] [SETNAME clientname]]", "(protover AUTH:(username password)? SETNAME:clientname?)?", "-1", ""},
		{"timeout [WRITE | ALL]", "timeout {WRITE|ALL}?", "-2", ""},
		{"<key | id>", "{key|id}", "2", "untold"},
		{"ids ...", "ids+", "-2", ""},
	}
	for _, tt := range tests {
		args, err := parseUsage(tt.line)
		if err != nil {
			t.Errorf("%q: %v", tt.line, err)
			continue
		}
		if got := brief(args); got != tt.tree {
			t.Errorf("%q: tree %q, want %q", tt.line, got, tt.tree)
		}
		if got := fmt.Sprint(arity(args, 1)); got != tt.arity {
			t.Errorf("%q: arity %s, want %s", tt.line, got, tt.arity)
		}
		if got := briefKeys(args); got != tt.keys {
			t.Errorf("%q: keys %q, want %q", tt.line, got, tt.keys)
		}
	}
}

func briefKeys(args []Arg) string {
	specs, err := keysOf(args, 1, 0)
	if err != nil {
		return "untold"
	}
	var words []string
	for _, k := range specs {
		if k.NumKeys > 0 {
			words = append(words, fmt.Sprintf("n%d/%d", k.NumKeys, k.Step))
		} else {
			words = append(words, fmt.Sprintf("%d..%d/%d", k.First, k.Last, k.Step))
		}
	}
	return strings.Join(words, " ")
}

func TestKeys(t *testing.T) {
	t.Parallel()
	table := testTable(t)
	tests := []struct{ line, want string }{
		{"migrate h 1 k 0 5", "3"},
		{"xread STREAMS a b 0", "2"},
		{"xread STREAMS a", "fault"},
		{"xread STREAMS", "fault"},
		{"zunionstore d 9223372036854775807 a", "fault"},
		{"zunionstore d -1 a", "fault"},
		{"zunionstore d 2 a b WEIGHTS 1 2", "1 3 4"},
		{"eval s 0 a", ""},
		{"mset a 1 b", "1 3"},
		{"blpop a b c 0", "1 2 3"},
		{"spublish c m", ""},
	}
	for _, tt := range tests {
		call := args(strings.Fields(tt.line)...)
		cmd, _ := table.Resolve(call)
		var positions []string
		c := NewCall(cmd, call, 0, nil)
		c.EachKey(func(_ []byte, k Key) { positions = append(positions, fmt.Sprint(k.Pos)) })
		got := strings.Join(positions, " ")
		if c.Footprint().Faulty() {
			got += "fault"
		}
		if got != tt.want {
			t.Errorf("%s: keys at %q, want %q", tt.line, got, tt.want)
		}
	}
}

// Keys never leaves the arguments, whatever they are.
func FuzzKeys(f *testing.F) {
	for _, seed := range []string{"eval x 99999999 a", "xread STREAMS", "migrate h 1 k 0 5 KEYS", "mset a", "zunionstore d -5 a"} {
		f.Add(seed)
	}
	table := testTable(f)
	f.Fuzz(func(t *testing.T, line string) {
		call := args(strings.Fields(line)...)
		if len(call) == 0 {
			return
		}
		cmd, _ := table.Resolve(call)
		if cmd == nil || !cmd.ArityOK(len(call)) {
			return
		}
		c := NewCall(cmd, call, 0, nil)
		for f, i := c.Footprint(), 0; i < f.Len(); i++ {
			if pos := f.Key(i).Pos; pos < 1 || int(pos) >= len(call) {
				t.Fatalf("%q: key at %d", line, pos)
			}
		}
	})
}
