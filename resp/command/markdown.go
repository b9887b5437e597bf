package command

import (
	"bufio"
	"fmt"
	"io"
	"strings"
)

// WriteMarkdown writes docs/COMMANDS.md: every command by group, with its
// syntax and its summary.
func WriteMarkdown(w io.Writer, t *Table) error {
	b := bufio.NewWriter(w)
	n := 0
	for _, c := range t.byID {
		n += one(!c.IsContainer())
	}
	fmt.Fprintf(b, "# Commands\n\n"+
		"Generated from the command table; `make docs` writes it again. %d commands.\n\n"+
		"*w* writes, *r* reads, *fast* is O(1) or O(log n), *admin* is for operators.\n"+
		"[DIVERGENCE.md](DIVERGENCE.md) lists the commands that answer otherwise than Redis.\n", n)
	for _, group := range groups {
		heading := false
		for _, c := range t.byID {
			if c.Group != group || c.IsContainer() {
				continue
			}
			if !heading {
				heading = true
				fmt.Fprintf(b, "\n## %s\n\n| Command | | Since | |\n| --- | --- | --- | --- |\n", group)
			}
			fmt.Fprintf(b, "| `%s` | %s | %s | %s |\n", escapeCell(c.Usage), escapeCell(c.Summary), c.Since, c.kind())
		}
	}
	return b.Flush()
}

// kind is the last column: what the flags say to a reader.
func (c *Command) kind() string {
	var words []string
	for _, f := range []struct {
		flag Flags
		word string
	}{{Write, "w"}, {ReadOnly, "r"}, {Fast, "fast"}, {Admin, "admin"}, {Blocking, "blocking"}} {
		if c.Flags.Has(f.flag) {
			words = append(words, f.word)
		}
	}
	if c.Deprecated != "" {
		words = append(words, "deprecated")
	}
	return strings.Join(words, ", ")
}

// escapeCell keeps a '|' from ending a table cell.
func escapeCell(text string) string { return strings.ReplaceAll(text, "|", `\|`) }
