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
