package command

import (
	"bytes"
	"slices"
	"strings"
	"testing"
)

func args(words ...string) [][]byte {
	list := make([][]byte, len(words))
	for i, word := range words {
		list[i] = []byte(word)
	}
	return list
}

func TestResolve(t *testing.T) {
	t.Parallel()
	table := testTable(t)
	tests := []struct {
		args      [][]byte
		want      string
		container string
	}{
		{args("get", "k"), "get", ""},
		{args("GeT"), "get", ""},
		{args("nosuch"), "", ""},
		{args(""), "", ""},
		{args(strings.Repeat("x", 1000)), "", ""},
		{args("object"), "object", ""},
		{args("OBJECT", "Encoding", "k"), "object|encoding", ""},
		{args("object", "nosuch"), "", "object"},
		{args("object", ""), "", "object"},
		{args("object|encoding"), "", ""},
		{args("encoding"), "", ""},
		{args("get", "encoding"), "get", ""},
	}
	for _, tt := range tests {
		cmd, container := table.Resolve(tt.args)
		if got := nameOf(cmd); got != tt.want {
			t.Errorf("%q: command %q, want %q", tt.args, got, tt.want)
		}
		if got := nameOf(container); got != tt.container {
			t.Errorf("%q: container %q, want %q", tt.args, got, tt.container)
		}
	}
	for i, c := range table.All() {
		if int(c.ID) != i || table.ByID(c.ID) != c || table.Named(strings.ToUpper(c.FullName)) != c {
			t.Errorf("%s: cannot be found by its ID or name", c.FullName)
		}
	}
}

func nameOf(c *Command) string {
	if c == nil {
		return ""
	}
	return c.FullName
}

func TestHotPathDoesNotAllocate(t *testing.T) {
	table := testTable(t)
	calls := [][][]byte{args("SET", "k", "v"), args("MSET", "a", "1", "b", "2"), args("OBJECT", "ENCODING", "k")}
	var room KeyRoom
	var c Call
	n := 0
	allocs := testing.AllocsPerRun(100, func() {
		for _, call := range calls {
			cmd, _ := table.Resolve(call)
			c.Set(cmd, call, 0, &room)
			c.EachKey(func(_ []byte, k Key) { n += int(k.Slot) })
		}
		room.Reset()
	})
	if allocs != 0 {
		t.Errorf("%v allocations", allocs)
	}
}

// A wrong row is refused with its name.
func TestNewTableRefuses(t *testing.T) {
	t.Parallel()
	good := Spec{Name: "x", Usage: "X key", Summary: "s", Since: "1.0.0", Group: GroupString, Flags: ReadOnly}
	tests := []struct {
		change func(*Spec)
		want   string
	}{
		{func(s *Spec) { s.Name = "X" }, "lower-case"},
		{func(s *Spec) { s.Name = strings.Repeat("x", maxName+1) }, "longer"},
		{func(s *Spec) { s.Usage = "Y key" }, "Usage"},
		{func(s *Spec) { s.Usage = "X key [NX" }, "instead of"},
		{func(s *Spec) { s.Usage = "X key []" }, "nothing before"},
		{func(s *Spec) { s.Usage = "X key NX]" }, "unexpected"},
		{func(s *Spec) { s.Usage = "X [key]" }, "give Keys"},
		{func(s *Spec) { s.Usage = "X [NX] key" }, "give Keys"},
		{func(s *Spec) { s.Usage = "X key [key ...] [member ...]" }, "give Keys"},
		{func(s *Spec) { s.Summary = "" }, "Summary"},
		{func(s *Spec) { s.Since = "" }, "Since"},
		{func(s *Spec) { s.Group = "none" }, "Group"},
		{func(s *Spec) { s.Flags = ReadOnly | Write }, "both"},
		{func(s *Spec) { s.Flags = ReadOnly | DenyOOM }, "DenyOOM"},
		{func(s *Spec) { s.ACL = []string{"@nosuch"} }, "ACL"},
		{func(s *Spec) { s.Keys = []KeySpec{{First: 1, NumKeys: 2}} }, "Keys[0]"},
		{func(s *Spec) { s.Keys = []KeySpec{{}} }, "Keys[0]"},
		{func(s *Spec) { s.Keys = slices.Repeat([]KeySpec{{First: 1}}, maxKeySpecs+1) }, "key specs"},
		{func(s *Spec) { s.Container, s.Usage = "nosuch", "NOSUCH X key" }, "container"},
	}
	for _, tt := range tests {
		bad := good
		tt.change(&bad)
		_, err := NewTable([]Spec{bad})
		if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), bad.Name) {
			t.Errorf("%+v: error %v, want one with %q", bad, err, tt.want)
		}
	}
	if _, err := NewTable([]Spec{good}, []Spec{good}); err == nil || !strings.Contains(err.Error(), "two") {
		t.Errorf("a doubled row: %v", err)
	}
}

func TestSlot(t *testing.T) {
	t.Parallel()
	// CLUSTER KEYSLOT of a real server.
	for key, want := range map[string]uint16{
		"": 0, "foo": 12182, "bar": 5061, "hello": 866, "123456789": 12739, "{user1000}.following": 3443,
		"{user1000}.followers": 3443, "foo{}{bar}": 8363, "foo{{bar}}zap": 4015, "foo{bar}{zap}": 5061, "{": 4092, "}{": 12793, "{}": 15257,
	} {
		if got := Slot([]byte(key)); got != want {
			t.Errorf("Slot(%q) = %d, want %d", key, got, want)
		}
	}
}

func TestArityOK(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ arity, n int }{{2, 2}, {-2, 2}, {-2, 9}} {
		if c := (Command{Arity: tt.arity}); !c.ArityOK(tt.n) {
			t.Errorf("arity %d refuses %d", tt.arity, tt.n)
		}
	}
	for _, tt := range []struct{ arity, n int }{{2, 1}, {2, 3}, {-2, 1}} {
		if c := (Command{Arity: tt.arity}); c.ArityOK(tt.n) {
			t.Errorf("arity %d accepts %d", tt.arity, tt.n)
		}
	}
}

// The derived facts of the rows of this test are those of the real server.
func TestGolden(t *testing.T) {
	t.Parallel()
	table := testTable(t)
	var b bytes.Buffer
	if err := WriteGolden(&b, table); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"set arity=-3 flags=write,denyoom range=1,1,1 acl=@write,@string,@slow keys=[RW+access+update+variable_flags index 1 range 0 1 0 \"RW and ACCESS",
		"bitop arity=-4 flags=write,denyoom range=2,-1,1 acl=@write,@bitmap,@slow keys=[OW+update index 2 range 0 1 0; RO+access index 3 range -1 1 0]",
		"xread arity=-4 flags=readonly,blocking,movablekeys range=0,0,0",
		"zunionstore arity=-4 flags=write,denyoom,movablekeys range=1,1,1 acl=@write,@sortedset,@slow keys=[OW+update index 1 range 0 1 0; RO+access index 2 keynum 0 1 1]",
		"eval arity=-3 flags=noscript,stale,skip_monitor,no_mandatory_keys,movablekeys range=0,0,0 acl=@slow,@scripting keys=[RW+access+update index 2 keynum 0 1 1 \"We cannot",
		"object arity=-2 flags= range=0,0,0 acl=@slow keys=[]",
		"grant arity=-2 flags=write range=0,0,0 acl=@write,@slow,@lease keys=[] tips= group=lease since=0.1.0 deprecated= | hidden |",
	} {
		if !slices.ContainsFunc(strings.Split(b.String(), "\n"), func(line string) bool { return strings.HasPrefix(line, want) }) {
			t.Errorf("no line begins with %q in\n%s", want, b.String())
		}
	}
	b.Reset()
	if err := WriteMarkdown(&b, table); err != nil {
		t.Fatal(err)
	}
	if text := b.String(); !strings.Contains(text, "| `SET key value [NX \\| XX]") || !strings.Contains(text, "19 commands") {
		t.Errorf("markdown:\n%s", text)
	}
}
