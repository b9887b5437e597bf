// Package recorded runs scripts of commands whose replies were recorded from a
// real redis-server, against something that can answer one command at a time.
//
// A script is a text file. A line that is not indented is a command, its words
// split as by a shell; the indented lines under it are what it answers:
//
//	set k v
//		+OK
//		! 0 set k
//	get k
//		$1 v
//
// A reply stands there as it is on the wire, its line ends shown as spaces. A
// line with '!' is a keyspace event: database, event, key. A word may be
// @repeat(x,1000). The lines "@resp 3" and "@db 1" switch the protocol and the
// database; a line that starts with '#' is a comment. The script begins with
// empty databases.
//
// A line with '=' is what Redis answers since a later version than 7.0, and what is
// expected instead of the reply above it.
//
// "go test ./store/str -record HOST:PORT" writes what the server there answers
// into the scripts of one package. It empties that server. From one that is later
// than 7.0 it writes the lines with '=', where there is a difference.
package recorded

import (
	"flag"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

var record = flag.String("record", "", "HOST:PORT of a real redis-server to record the expected replies from")

// Call is one command of a script.
type Call struct {
	Proto int // of RESP
	DB    int
	Args  [][]byte
}

// Player answers commands.
type Player interface {
	// Play returns the reply to a command, and the keyspace events that it
	// caused as "db event key", in order.
	Play(c Call) (reply []byte, events []string)
}

// Run plays the scripts that match pattern, each as a subtest with a player of
// its own.
func Run(t *testing.T, pattern string, open func(t *testing.T) Player) {
	paths, err := filepath.Glob(pattern)
	if err != nil || len(paths) == 0 {
		t.Fatalf("no script matches %s: %v", pattern, err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txt"), func(t *testing.T) {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if *record != "" {
				s := dialServer(t, *record)
				got := play(t, path, string(text), s)
				if s.later() {
					got = since(string(text), got)
				}
				if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			t.Parallel()
			compare(t, path, string(text), play(t, path, string(text), open(t)))
		})
	}
}

// play returns the script with the player's answers in place of those in it.
func play(t *testing.T, path, script string, p Player) string {
	var out strings.Builder
	call := Call{Proto: 2}
	for i, line := range strings.Split(strings.TrimRight(script, "\n"), "\n") {
		if strings.HasPrefix(line, laterMark) {
			fmt.Fprintln(&out, line)
		}
		if strings.HasPrefix(line, "\t") {
			continue // an old answer
		}
		fmt.Fprintln(&out, line)
		if strings.HasPrefix(line, "#") {
			continue
		}
		words, err := split(line)
		if err != nil {
			t.Fatalf("%s:%d: %v", path, i+1, err)
		}
		if len(words) == 0 {
			continue
		}
		switch string(words[0]) {
		case "@resp":
			call.Proto, _ = strconv.Atoi(string(words[1]))
			continue
		case "@db":
			call.DB, _ = strconv.Atoi(string(words[1]))
			continue
		}
		call.Args = words
		reply, events := p.Play(call)
		fmt.Fprintf(&out, "\t%s\n", show(reply))
		for _, event := range events {
			fmt.Fprintf(&out, "\t! %s\n", event)
		}
	}
	return out.String()
}

// laterMark begins a line with a reply of a later Redis.
const laterMark = "\t= "

// expected is a step with the reply that is to come, and without others.
func expected(step string) string {
	lines := strings.SplitAfter(step, "\n")
	for i, line := range lines {
		if now, ok := strings.CutPrefix(line, laterMark); ok {
			lines = slices.Delete(lines, i, i+1)
			if lines[1] = "\t" + now; now[0] == '-' { // it does nothing any more
				lines = lines[:2]
			}
			return strings.Join(lines, "")
		}
	}
	return step
}

// since adds to a script what a later Redis, of which got has all replies,
// answers otherwise.
func since(script, got string) string {
	old, now := steps(script), steps(got)
	var out strings.Builder
	for i, step := range old {
		lines := strings.SplitAfter(step, "\n")
		for _, line := range lines {
			if !strings.HasPrefix(line, laterMark) {
				out.WriteString(line)
			}
		}
		reply := strings.SplitAfter(now[i], "\n")
		if len(lines) > 1 && len(reply) > 1 && lines[1] != reply[1] && strings.HasPrefix(lines[1], "\t") {
			out.WriteString(laterMark + strings.TrimPrefix(reply[1], "\t"))
		}
	}
	return out.String()
}

// compare reports the commands whose answers differ.
func compare(t *testing.T, path, want, got string) {
	w, g := steps(want), steps(got)
	if len(w) != len(g) {
		t.Fatalf("%s: %d steps became %d", path, len(w), len(g))
	}
	for i := range w {
		ours := strings.Join(slices.DeleteFunc(strings.SplitAfter(g[i], "\n"), func(line string) bool {
			return strings.HasPrefix(line, laterMark)
		}), "")
		if want := expected(w[i]); want != ours {
			t.Errorf("%s:\nredis: %s\n ours: %s", path, want, ours)
		}
	}
}

// steps cuts a script before every line that is not indented.
func steps(script string) []string {
	var list []string
	for line := range strings.Lines(script) {
		if strings.HasPrefix(line, "\t") && len(list) > 0 {
			list[len(list)-1] += line
		} else {
			list = append(list, line)
		}
	}
	return list
}

// show makes a reply fit for a line.
func show(reply []byte) string {
	const maxShown = 400
	text := strings.ReplaceAll(strings.TrimSuffix(string(reply), "\r\n"), "\r\n", " ")
	if len(text) > maxShown {
		return fmt.Sprintf("%s … %d bytes, CRC-32 %08x", quote(text[:40]), len(reply), crc32.ChecksumIEEE(reply))
	}
	return quote(text)
}

// quote escapes what is not printable ASCII, without quotes around it.
func quote(s string) string {
	q := strconv.QuoteToASCII(s)
	return strings.ReplaceAll(q[1:len(q)-1], `\"`, `"`)
}

// split cuts a line into words; "a b" is one, with Go's escapes in it.
func split(line string) (words [][]byte, err error) {
	for {
		line = strings.TrimLeft(line, " ")
		if line == "" {
			return words, nil
		}
		word, rest := line, ""
		if line[0] == '"' {
			if word, err = strconv.QuotedPrefix(line); err != nil {
				return nil, fmt.Errorf("bad quotes in %s", line)
			}
			rest = line[len(word):]
			word, _ = strconv.Unquote(word)
		} else if word, rest, _ = strings.Cut(line, " "); strings.HasPrefix(word, "@repeat(") {
			if word, err = repeat(word); err != nil {
				return nil, err
			}
		}
		words, line = append(words, []byte(word)), rest
	}
}

// repeat returns what @repeat(text,count) stands for.
func repeat(word string) (string, error) {
	text, count, ok := strings.Cut(strings.TrimSuffix(strings.TrimPrefix(word, "@repeat("), ")"), ",")
	n, err := strconv.Atoi(count)
	if !ok || err != nil {
		return "", fmt.Errorf("bad generator %s", word)
	}
	return strings.Repeat(text, n), nil
}
