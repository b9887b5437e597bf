package front

import (
	"strings"
	"testing"

	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/resp/command/commandtest"
)

// TestRowsAreRedis holds that the rows say what Redis 7.0.15 says of its commands.
func TestRowsAreRedis(t *testing.T) {
	table, err := command.NewTable(Specs())
	if err != nil {
		t.Fatal(err)
	}
	for _, difference := range commandtest.Differences(table) {
		t.Error(difference)
	}
}

// TestEveryRowAnswers holds that a handler is there wherever one has to be.
func TestEveryRowAnswers(t *testing.T) {
	ts := newTestServer(t)
	for _, row := range Rows() {
		full := strings.TrimPrefix(row.Container+"|"+row.Name, "|")
		cmd := ts.table.Named(full)
		if row.Run == nil && !cmd.IsContainer() && full != "exec" {
			t.Errorf("%s has no handler", full)
		}
	}
}

// TestMigrateKeys holds that MIGRATE's keys are found where it finds them.
func TestMigrateKeys(t *testing.T) {
	table, err := command.NewTable(Specs())
	if err != nil {
		t.Fatal(err)
	}
	for line, want := range map[string]string{
		"migrate h 1 k 0 5":                 "k",
		"migrate h 1 k 0 5 KEYS a b":        "fault",
		"migrate h 1 k 0 5 AUTH2 KEYS KEYS": "k",
		"migrate h 1 k 0 5 COPY auth keys":  "k",
		"migrate h 1 \"\" 0 5 KEYS a b":     "a b",
		"migrate h 1 \"\" 0 5 keys":         "fault",
	} {
		args := words(t, line)
		c := command.NewCall(table.Lookup(args[0]), args, 0, nil)
		var keys []string
		c.EachKey(func(key []byte, _ command.Key) { keys = append(keys, string(key)) })
		if c.Footprint().Faulty() {
			keys = append(keys, "fault")
		}
		if got := strings.Join(keys, " "); got != want {
			t.Errorf("%s: %q, want %q", line, got, want)
		}
	}
}
