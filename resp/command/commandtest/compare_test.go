package commandtest

import (
	"strings"
	"testing"

	"github.com/msredis/msredis/resp/command"
)

func TestDifferences(t *testing.T) {
	t.Parallel()
	if n := len(Recorded()); n < 379 {
		t.Fatalf("%d commands recorded, Redis 7.4.1 alone has 379", n)
	}
	get := command.Spec{Name: "get", Usage: "GET key", Summary: "s", Since: "1.0.0", Group: command.GroupString, Flags: command.ReadOnly | command.Fast}
	slow, unknown := get, get
	slow.Flags = command.ReadOnly
	unknown.Name, unknown.Usage = "got", "GOT key"
	hidden := unknown
	hidden.Flags |= command.Hidden
	for _, tt := range []struct {
		row  command.Spec
		want string
	}{
		{get, ""},
		{slow, "get:"},
		{unknown, "got: no recorded server has such a command"},
		{hidden, ""},
	} {
		table, err := command.NewTable([]command.Spec{tt.row})
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(Differences(table), "\n"); !strings.HasPrefix(got, tt.want) || tt.want == "" && got != "" {
			t.Errorf("differences %q, want %q", got, tt.want)
		}
	}
}
