package commandtest

import (
	"bufio"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
)

var recordFrom = flag.String("record", "", "host:port of a server to record testdata from")

var recordName = flag.String("name", "", "name of the recording: one of servers")

// TestRecord writes the recording again:
//
//	go test ./resp/command/commandtest -run TestRecord -record 127.0.0.1:6379 -name redis-7.4.1
func TestRecord(t *testing.T) {
	if *recordFrom == "" {
		t.Skip("no -record HOST:PORT")
	}
	if !slices.Contains(servers, *recordName) {
		t.Fatalf("-name %q is none of %q", *recordName, servers)
	}
	conn, err := net.Dial("tcp", *recordFrom)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	r := bufio.NewReader(conn)
	ask := func(line string) any {
		fmt.Fprintf(conn, "%s\r\n", line)
		v, err := readValue(r)
		if err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		return v
	}
	ask("HELLO 3")
	docs := make(map[string]map[string]any)
	collectDocs(docs, ask("COMMAND DOCS").(map[string]any))
	var lines []string
	for _, info := range ask("COMMAND").([]any) {
		lines = appendFacts(lines, info.([]any), docs)
	}
	slices.Sort(lines)
	text := strings.Join(lines, "\n") + "\n"
	if err := os.WriteFile("testdata/"+*recordName+".txt", []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func collectDocs(into map[string]map[string]any, docs map[string]any) {
	for name, doc := range docs {
		doc := doc.(map[string]any)
		into[name] = doc
		if subs, ok := doc["subcommands"].(map[string]any); ok {
			collectDocs(into, subs)
		}
	}
}

// appendFacts appends the facts of one element of COMMAND's reply, and of its
// subcommands, in the form of command.Command.Facts.
func appendFacts(lines []string, info []any, docs map[string]map[string]any) []string {
	name := info[0].(string)
	var specs []string
	for _, spec := range info[8].([]any) {
		specs = append(specs, specText(spec.(map[string]any)))
	}
	doc := docs[name]
	deprecated, _ := doc["deprecated_since"].(string)
	lines = append(lines, fmt.Sprintf("%s arity=%v flags=%s range=%v,%v,%v acl=%s keys=[%s] tips=%s group=%v since=%v deprecated=%s",
		name, info[1], join(info[2], ","), info[3], info[4], info[5], join(info[6], ","), strings.Join(specs, "; "),
		join(info[7], ","), doc["group"], doc["since"], deprecated))
	for _, sub := range info[9].([]any) {
		lines = appendFacts(lines, sub.([]any), docs)
	}
	return lines
}

func specText(spec map[string]any) string {
	begin, find := spec["begin_search"].(map[string]any), spec["find_keys"].(map[string]any)
	b, f := begin["spec"].(map[string]any), find["spec"].(map[string]any)
	text := join(spec["flags"], "+")
	switch begin["type"] {
	case "keyword":
		text += fmt.Sprintf(" keyword %v %v", b["keyword"], b["startfrom"])
	default:
		text += fmt.Sprintf(" %v %v", begin["type"], b["index"])
	}
	switch find["type"] {
	case "keynum":
		text += fmt.Sprintf(" keynum %v %v %v", f["keynumidx"], f["firstkey"], f["keystep"])
	case "range":
		text += fmt.Sprintf(" range %v %v %v", f["lastkey"], f["keystep"], f["limit"])
	default:
		text += fmt.Sprintf(" %v", find["type"])
	}
	if notes, ok := spec["notes"]; ok {
		text += fmt.Sprintf(" %q", notes)
	}
	return text
}

func join(list any, separator string) string {
	var words []string
	for _, word := range list.([]any) {
		words = append(words, word.(string))
	}
	return strings.Join(words, separator)
}

// readValue reads one RESP3 reply: strings, int64, []any, map[string]any, nil.
func readValue(r *bufio.Reader) (any, error) {
	line, err := r.ReadString('\n')
	if err != nil {
		return nil, err
	}
	kind, text := line[0], strings.TrimRight(line[1:], "\r\n")
	switch kind {
	case '+':
		return text, nil
	case '-':
		return nil, fmt.Errorf("error reply: %s", text)
	case '_':
		return nil, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		return nil, fmt.Errorf("%q: %w", line, err)
	}
	switch kind {
	case ':':
		return int64(n), nil
	case '$':
		b := make([]byte, n+2)
		_, err := io.ReadFull(r, b)
		return string(b[:n]), err
	case '*', '~':
		list := make([]any, n)
		for i := range list {
			if list[i], err = readValue(r); err != nil {
				return nil, err
			}
		}
		return list, nil
	case '%':
		m := make(map[string]any, n)
		for range n {
			key, err := readValue(r)
			if err != nil {
				return nil, err
			}
			if m[key.(string)], err = readValue(r); err != nil {
				return nil, err
			}
		}
		return m, nil
	}
	return nil, fmt.Errorf("unexpected %q", line)
}
