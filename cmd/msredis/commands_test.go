package main

import (
	"bytes"
	"flag"
	"io"
	"os"
	"testing"

	"github.com/msredis/msredis/resp/command"
)

var update = flag.Bool("update", false, "write docs/COMMANDS.md and testdata/table.golden anew instead of checking them")

// TestDocs keeps two views of the command table true: docs/COMMANDS.md for
// users, and table.golden with all that is derived from the rows, so that the
// effect of a changed row is seen in review. `make docs` writes both.
func TestDocs(t *testing.T) {
	t.Parallel()
	table, err := newTable()
	if err != nil {
		t.Fatal(err)
	}
	for path, write := range map[string]func(io.Writer, *command.Table) error{
		"../../docs/COMMANDS.md": command.WriteMarkdown,
		"testdata/table.golden":  command.WriteGolden,
	} {
		var want bytes.Buffer
		if err := write(&want, table); err != nil {
			t.Fatal(err)
		}
		if *update {
			if err := os.WriteFile(path, want.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		got, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want.Bytes()) {
			t.Errorf("%s does not have the present commands: make docs", path)
		}
	}
}
