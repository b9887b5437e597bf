package tests

import (
	"fmt"
	"go/ast"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// Bounds of the docs' language. Many readers have English as a second language.
const (
	maxColumns = 100
	maxWords   = 25
)

// plainDocs are the pages that keep to the rules. The list only grows.
var plainDocs = []string{
	"README.md",
	"CHANGELOG.md",
	"CONTRIBUTING.md",
	"docs/ARCHITECTURE.md",
	"docs/DIVERGENCE.md",
	"docs/GLOSSARY.md",
	"docs/OPERATING.md",
	"docs/PERFORMANCE.md",
	"docs/performance/comparison.md",
	"docs/performance/experiments.md",
	"docs/performance/failover.md",
	"docs/performance/memory.md",
	"docs/performance/profile.md",
	"docs/performance/stalls.md",
	"docs/performance/store.md",
	"store/DESIGN.md",
	"tests/README.md",
	"tests/compat/README.md",
}

// plainPackages are the packages whose comments keep to the rules. The list only
// grows.
var plainPackages = []string{
	"cluster/...",
	"cmd/...",
	"internal/...",
	"lease",
	"resp/...",
	"store",
	"store/arena",
	"store/bits",
	"store/config",
	"store/ds",
	"store/dump",
	"store/evict",
	"store/geo",
	"store/hash",
	"store/hll",
	"store/keys",
	"store/keyspace",
	"store/leases",
	"store/list",
	"store/publish",
	"store/script/...",
	"store/set",
	"store/sort",
	"store/storetest",
	"store/str",
	"store/stream",
	"store/tables",
	"store/zset",
	"tests/...",
}

// TestPlainDocs holds the countable part of how the docs are written.
func TestPlainDocs(t *testing.T) {
	t.Parallel()
	all, err := texts()
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range plainDocs {
		page, ok := all[path]
		if !ok {
			t.Errorf("%s: there is no such page", path)
			continue
		}
		for _, b := range markdown(string(page)) {
			if b.line != "" && utf8.RuneCountInString(b.line) > maxColumns {
				t.Errorf("%s:%d: %d columns, %d at most: break the line", path, b.at, utf8.RuneCountInString(b.line), maxColumns)
			}
			for _, fault := range faults(b.text) {
				t.Errorf("%s:%d: %s", path, b.at, fault)
			}
		}
	}
}

// TestPlainComments holds the same for the comments of packages.
func TestPlainComments(t *testing.T) {
	t.Parallel()
	for _, f := range mustSources(t) {
		if f.test || !slices.ContainsFunc(plainPackages, func(p string) bool { return inside(f.pkg, p) }) {
			continue
		}
		for _, group := range f.ast.Comments {
			for _, text := range commentTexts(group) {
				for _, fault := range faults(text) {
					t.Errorf("%s:%d: %s", f.path, fset.Position(group.Pos()).Line, fault)
				}
			}
		}
	}
}

// TestPlainRules shows that the rules see what they are for.
func TestPlainRules(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("word ", maxWords)
	for text, want := range map[string]int{
		"The leader stamps each entry. A follower reads it.":    0,
		"What is large waits.":                                  1,
		"All is well. Who asks is told. That was it.":           2,
		"`What` is a name. Whatever happens, it ends.":          1,
		long + "more. Short.":                                   1,
		long[:len(long)-1] + ". " + long[:len(long)-1] + ".":    0,
		"The file `a b c d e` and [a link](to/a/page.md) count": 0,
	} {
		if got := faults(text); len(got) != want {
			t.Errorf("%q: %d faults, want %d: %q", text, len(got), want, got)
		}
	}
	page := "# Head\n\nOne\ntwo.\n\n- a\n  b\n- c\n\n```sh\nWhat is code\n```\n\n| What is a head | b |\n| --- | --- |\n| c | d |\n"
	var got []string
	for _, b := range markdown(page) {
		if b.text != "" {
			got = append(got, b.text)
		}
	}
	if want := []string{"Head", "One two.", "a b", "c", "What is a head", "b", "c", "d"}; !slices.Equal(got, want) {
		t.Errorf("texts of a page: %q, want %q", got, want)
	}
}

// block is a part of a page: a line outside tables and code, a text in which
// sentences are counted, or both.
type block struct {
	at   int // number of the line
	line string
	text string
}

var (
	listItem = regexp.MustCompile(`^\s*([-*]|\d+\.) +`)
	ruler    = regexp.MustCompile(`^[\s|:-]+$`)
)

// markdown takes a page apart. It leaves out code, comments, and the sections that
// make bench writes.
func markdown(page string) (blocks []block) {
	var text []string
	start, code, comment, generated := 0, false, false, false
	flush := func() {
		if len(text) > 0 {
			blocks = append(blocks, block{at: start, text: strings.Join(text, " ")})
		}
		text = nil
	}
	before := ""
	for i, line := range strings.Split(page, "\n") {
		at, trimmed := i+1, strings.TrimSpace(line)
		indented := strings.HasPrefix(line, "    ")
		switch {
		case strings.HasPrefix(trimmed, "```"):
			flush()
			code = !code
		case code:
		case generated || strings.HasSuffix(trimmed, ": begin -->"):
			flush()
			generated = !strings.HasSuffix(trimmed, ": end -->")
		case strings.HasPrefix(trimmed, "<!--") || comment:
			flush()
			comment = !strings.Contains(line, "-->")
		case indented && before == "" || indented && len(text) == 0 && !listItem.MatchString(line):
			flush() // code
			before = ""
			continue
		case strings.HasPrefix(trimmed, "|"):
			flush()
			if !ruler.MatchString(trimmed) {
				for cell := range strings.SplitSeq(strings.Trim(trimmed, "|"), " | ") {
					if cell = strings.TrimSpace(cell); cell != "" {
						blocks = append(blocks, block{at: at, text: cell})
					}
				}
			}
		default:
			blocks = append(blocks, block{at: at, line: line})
			heading := strings.HasPrefix(trimmed, "#")
			if trimmed == "" || heading || listItem.MatchString(line) {
				flush()
			}
			if trimmed == "" {
				break
			}
			if len(text) == 0 {
				start = at
			}
			text = append(text, strings.TrimSpace(strings.TrimLeft(listItem.ReplaceAllString(line, ""), "#")))
			if heading {
				flush()
			}
		}
		before = trimmed
	}
	flush()
	return blocks
}

// commentTexts returns the paragraphs and list items of a comment, without code.
func commentTexts(group *ast.CommentGroup) (list []string) {
	var text []string
	flush := func() {
		if len(text) > 0 {
			list = append(list, strings.Join(text, " "))
		}
		text = nil
	}
	for line := range strings.SplitSeq(group.Text(), "\n") {
		item := listItem.MatchString(line)
		switch {
		case strings.TrimSpace(line) == "":
			flush()
		case item:
			flush()
			text = append(text, listItem.ReplaceAllString(line, ""))
		case strings.HasPrefix(line, "\t") || strings.HasPrefix(line, "    ") && len(text) == 0:
			flush() // code
		case strings.HasPrefix(line, "#"):
			flush()
		default:
			text = append(text, strings.TrimSpace(line))
		}
	}
	flush()
	return list
}

var (
	inlineCode  = regexp.MustCompile("``[^`]+``|`[^`]+`")
	link        = regexp.MustCompile(`!?\[([^\]]*)\]\([^)]*\)`)
	sentenceEnd = regexp.MustCompile(`[.!?][)"*]*(\s+|$)`)
	// vagueStart is a subject that names nothing.
	vagueStart = regexp.MustCompile(`^["(*]*(Who|Whoever|What|Whatever|That)\b[^-’']`)
)

// faults tells what is wrong with the sentences of a text.
func faults(text string) (list []string) {
	text = inlineCode.ReplaceAllString(text, "Code")
	text = link.ReplaceAllString(text, "$1")
	for _, sentence := range sentenceEnd.Split(text, -1) {
		if sentence = strings.TrimSpace(sentence); sentence == "" {
			continue
		}
		short := sentence
		if len(short) > 60 {
			short = short[:60] + "…"
		}
		if n := len(strings.Fields(sentence)); n > maxWords {
			list = append(list, fmt.Sprintf("%q: %d words, %d at most: one idea a sentence", short, n, maxWords))
		}
		if vagueStart.MatchString(sentence + " ") {
			list = append(list, fmt.Sprintf("%q: the subject of a sentence is a noun", short))
		}
	}
	return list
}

// TestGlossaryNames: the types, files, metrics and fields in the last column of
// the glossary's tables exist.
func TestGlossaryNames(t *testing.T) {
	t.Parallel()
	all, err := texts()
	if err != nil {
		t.Fatal(err)
	}
	dir, err := root()
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	var source strings.Builder
	for _, f := range mustSources(t) {
		if f.test {
			continue
		}
		source.Write(f.src)
		for _, decl := range f.ast.Decls {
			if d, ok := decl.(*ast.GenDecl); ok {
				for _, spec := range d.Specs {
					switch s := spec.(type) {
					case *ast.TypeSpec:
						names[f.ast.Name.Name+"."+s.Name.Name] = true
					case *ast.ValueSpec:
						names[f.ast.Name.Name+"."+s.Names[0].Name] = true
					}
				}
			}
		}
	}
	code := source.String()
	n := 0
	for line := range strings.SplitSeq(string(all["docs/GLOSSARY.md"]), "\n") {
		cells := strings.Split(strings.Trim(line, "| "), " | ")
		if len(cells) < 4 {
			continue
		}
		for _, name := range inlineCode.FindAllString(cells[len(cells)-1], -1) {
			n++
			name = strings.Trim(name, "`")
			field, _, _ := strings.Cut(name, ":")
			switch {
			case strings.Contains(name, "/"):
				if _, err := os.Stat(filepath.Join(dir, filepath.FromSlash(name))); err != nil {
					t.Errorf("docs/GLOSSARY.md: %s: there is no such file", name)
				}
			case strings.HasPrefix(name, "msredis_"):
				if !isMetric(code, name) {
					t.Errorf("docs/GLOSSARY.md: %s: there is no such metric", name)
				}
			case strings.HasPrefix(name, "raft_"):
				if !strings.Contains(code, `"`+field+`"`) {
					t.Errorf("docs/GLOSSARY.md: %s: INFO has no such field", name)
				}
			case !names[name]:
				t.Errorf("docs/GLOSSARY.md: %s: there is no such name", name)
			}
		}
	}
	if n < 30 {
		t.Errorf("docs/GLOSSARY.md: only %d names found in the last column", n)
	}
}

// isMetric reports whether a metric is named in the code, as a whole or as a
// subsystem and the rest.
func isMetric(code, name string) bool {
	if strings.Contains(code, `"`+name+`"`) {
		return true
	}
	subsystem, rest, ok := strings.Cut(strings.TrimPrefix(name, "msredis_"), "_")
	return ok && strings.Contains(code, fmt.Sprintf("Subsystem: %q, Name: %q", subsystem, rest))
}

// TestWalk: the files and functions of the walk through docs/ARCHITECTURE.md are
// where it says.
func TestWalk(t *testing.T) {
	t.Parallel()
	all, err := texts()
	if err != nil {
		t.Fatal(err)
	}
	step := regexp.MustCompile(`(?m)^\| \d+ \| (\S+) \| ([^|]+) \|`)
	steps := step.FindAllStringSubmatch(string(all["docs/ARCHITECTURE.md"]), -1)
	if len(steps) < 15 {
		t.Errorf("docs/ARCHITECTURE.md: only %d steps", len(steps))
	}
	for _, s := range steps {
		source, ok := all[s[1]]
		if !ok {
			t.Errorf("docs/ARCHITECTURE.md: %s: there is no such file", s[1])
			continue
		}
		for name := range strings.SplitSeq(s[2], ",") {
			name = strings.TrimSpace(name)
			if ok, _ := regexp.Match(`(?m)^func (\([^)]*\) )?`+regexp.QuoteMeta(name)+`\(`, source); !ok {
				t.Errorf("docs/ARCHITECTURE.md: %s has no function %s", s[1], name)
			}
		}
	}
}
