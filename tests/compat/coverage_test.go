package compat

import (
	"os"
	"path/filepath"
	"regexp"
	"sort"
	"strings"
	"testing"

	"github.com/msredis/msredis/internal/testcluster"
)

// uncovered are commands, and tokens of commands, that no script uses, with the
// reason.
var uncovered = map[string]string{
	"client reply OFF":  "connection/client_reply.txt sends it as raw bytes: it has no reply",
	"client reply SKIP": "connection/client_reply.txt sends it as raw bytes: it has no reply",
	"sync":              "the real server answers with a snapshot that is no RESP",
}

// TestCoverage checks that every command of msredis and every token of its
// syntax occurs in a script.
func TestCoverage(t *testing.T) {
	skipWhenRecording(t)
	t.Parallel()
	c := testcluster.Start(t, 1)
	syntax := readSyntax(t, c.Addrs()[0])
	used := usedWords(t)
	var missing []string
	for name, args := range syntax {
		words, ok := used[name]
		if !ok && !isContainer(name, syntax) && uncovered[name] == "" {
			missing = append(missing, name)
			continue
		}
		for _, token := range Tokens(args) {
			if ok && !words[token] && uncovered[name] == "" && uncovered[name+" "+token] == "" {
				missing = append(missing, name+" "+token)
			}
		}
	}
	sort.Strings(missing)
	for _, m := range missing {
		t.Errorf("no script uses %s", m)
	}
	for entry := range uncovered {
		name, token := entry, ""
		if at := strings.LastIndexByte(entry, ' '); entry[at+1:] == strings.ToUpper(entry[at+1:]) {
			name, token = entry[:max(at, 0)], entry[at+1:]
		}
		if _, known := syntax[name]; !known {
			t.Errorf("the list of exceptions names %s, which is no command", entry)
		} else if token == "" && used[name] != nil || used[name][token] {
			t.Errorf("the list of exceptions names %s, but a script uses it", entry)
		}
	}
}

func isContainer(name string, syntax Syntax) bool {
	for other := range syntax {
		if strings.HasPrefix(other, name+" ") {
			return true
		}
	}
	return false
}

// usedWords are the arguments, in upper case, with which the scripts use each
// command; a subcommand is a command with two words.
func usedWords(t *testing.T) map[string]map[string]bool {
	used := map[string]map[string]bool{}
	note := func(name string, args []string) {
		if used[name] == nil {
			used[name] = map[string]bool{}
		}
		for _, a := range args {
			used[name][strings.ToUpper(a)] = true
		}
	}
	for _, s := range scripts(t) {
		for _, step := range s.Steps {
			for _, line := range step.Cmds {
				args, err := splitArgs(line, nil)
				if err != nil || len(args) == 0 || len(args[0]) > 100 {
					continue
				}
				name := strings.ToLower(args[0])
				note(name, args[1:])
				if len(args) > 1 {
					note(name+" "+strings.ToLower(args[1]), args[2:])
				}
			}
		}
	}
	return used
}

// TestDivergenceAnchors checks that each divergence that a script marks is
// explained under a heading of docs/DIVERGENCE.md.
func TestDivergenceAnchors(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "DIVERGENCE.md"))
	if err != nil {
		t.Fatal(err)
	}
	anchors := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^#+ +(.*)$`).FindAllStringSubmatch(string(text), -1) {
		anchors[anchor(m[1])] = true
	}
	for _, m := range regexp.MustCompile(`<a (?:id|name)="([^"]+)"`).FindAllStringSubmatch(string(text), -1) {
		anchors[m[1]] = true
	}
	for _, s := range scripts(t) {
		for _, step := range s.Steps {
			if step.Divergence != "" && !anchors[step.Divergence] {
				t.Errorf("%s:%d: docs/DIVERGENCE.md has no heading for #%s", s.Path, step.Line, step.Divergence)
			}
			if step.Divergence != "" && len(step.WantMS) == 0 {
				t.Errorf("%s:%d: a divergence without msredis's own reply", s.Path, step.Line)
			}
		}
	}
}

// anchor is the fragment by which GitHub links to a heading.
func anchor(heading string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(heading) {
		switch {
		case r == ' ':
			b.WriteByte('-')
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r == '-', r == '_':
			b.WriteRune(r)
		}
	}
	return b.String()
}
