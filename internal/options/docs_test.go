package options

import (
	"flag"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write docs/OPERATING.md anew instead of checking it")

// TestDocs keeps the table of options in docs/OPERATING.md true. `make docs`
// writes it.
func TestDocs(t *testing.T) {
	const (
		path  = "../../docs/OPERATING.md"
		begin = "<!-- options: written by make docs -->\n"
		end   = "<!-- options end -->\n"
	)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	head, rest, ok1 := strings.Cut(string(text), begin)
	_, tail, ok2 := strings.Cut(rest, end)
	if !ok1 || !ok2 {
		t.Fatalf("%s has no place for the options", path)
	}
	var b strings.Builder
	if err := Markdown(&b); err != nil {
		t.Fatal(err)
	}
	want := head + begin + b.String() + end + tail
	if want == string(text) {
		return
	}
	if !*update {
		t.Fatalf("%s does not have the present options: make docs", path)
	}
	if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestHelp(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	if err := Help(&b); err != nil {
		t.Fatal(err)
	}
	for _, row := range documented() {
		if n := strings.Count(b.String(), "  --"+row.Name+" "); n != 1 {
			t.Errorf("--%s is there %d times", row.Name, n)
		}
	}
}
