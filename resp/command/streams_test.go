package command

import (
	"fmt"
	"strings"
	"testing"
)

// TestStreamKeys: the keys of XREAD are found where its handler finds them, also
// if something else is called like an option.
func TestStreamKeys(t *testing.T) {
	t.Parallel()
	table := testTable(t)
	for _, tt := range []struct{ line, want string }{
		{"XREAD STREAMS a b 0 0", "[2 3]"},
		{"XREAD COUNT 1 BLOCK 0 streams a 0", "[6]"},
		{"XREAD STREAMS STREAMS 0", "[2]"},
		{"XREAD NOACK GROUP STREAMS STREAMS STREAMS STREAMS >", "[6]"},
		{"XREAD GROUP g STREAMS COUNT STREAMS STREAMS a 0", "[7]"},
		{"XREAD GROUP BLOCK COUNT STREAMS a 0", "[5]"},
		{"XREAD foo STREAMS a 0", "[]"},
		{"XREAD COUNT STREAMS a 0", "[]"},
		{"XREAD COUNT 1 STREAMS", "[]"},
		{"XREAD COUNT 1 GROUP", "[]"},
	} {
		var args [][]byte
		for _, word := range strings.Fields(tt.line) {
			args = append(args, []byte(word))
		}
		found := []int{}
		c := NewCall(table.Lookup(args[0]), args, 0, nil)
		c.EachKey(func(_ []byte, k Key) { found = append(found, int(k.Pos)) })
		if got := fmt.Sprint(found); got != tt.want {
			t.Errorf("%s: keys at %s, want %s", tt.line, got, tt.want)
		}
	}
}
