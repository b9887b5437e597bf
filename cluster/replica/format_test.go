package replica

import (
	"bytes"
	"encoding/hex"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// formatSample is an entry, field by field, under the names that the comment in
// entry.go gives them. Its bytes must never change while the version does not: they
// are in the logs of those who run this.
var formatSample = map[string]string{
	"version": "02",
	"time":    "08 07 06 05 04 03 02 01",
	"seed":    "18 17 16 15 14 13 12 11",
	"lag":     "fe ff ff ff ff ff ff ff", // log time may be ahead, too
	// A bundle.
	"node":        "07",
	"incarnation": "80 01",
	"seq":         "ac 02",
	"length":      "37",
	"payload": "" +
		"00 03 03 03 534554 01 6b 04 00ff0d0a" + // SET k in database 3
		"04 ac 02 01 05 616c696365" + // alice makes what follows, checked at version 300, unproven
		"01" + // EXEC, of which GET is not in the log
		"02" + // keys that are watched: w in database 15, and the empty key
		"0f 01 77 80 80 80 80 80 80 80 80 10" +
		"00 00 00" +
		"01 03 03 03 534554 01 6b 04 00ff0d0a",
}

// TestEntryFormat: the bytes of an entry are the fields that the comment in entry.go
// lists, in that order and of that size.
func TestEntryFormat(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile("entry.go")
	if err != nil {
		t.Fatal(err)
	}
	_, comment, _ := strings.Cut(string(source), "// The data of a log entry:")
	comment, _, _ = strings.Cut(comment, "\nconst (")
	var want []byte
	used := map[string]bool{}
	field := func(name string) int {
		b, err := hex.DecodeString(strings.ReplaceAll(formatSample[name], " ", ""))
		if err != nil || len(b) == 0 {
			t.Fatalf("no sample of the field %q: %v", name, err)
		}
		want, used[name] = append(want, b...), true
		return len(b)
	}
	for _, m := range regexp.MustCompile(`(?m)^//\t(\w+) +(\d+) bytes?\b`).FindAllStringSubmatch(comment, -1) {
		if size, _ := strconv.Atoi(m[2]); field(m[1]) != size {
			t.Errorf("the comment gives %s %d bytes, the format has %q", m[1], size, formatSample[m[1]])
		}
	}
	if len(want) != entryHeaderSize {
		t.Errorf("the comment has a header of %d bytes, the code of %d", len(want), entryHeaderSize)
	}
	bundle := regexp.MustCompile(`(?m)^//\tbundles +until the end: (.+)$`).FindStringSubmatch(comment)
	if bundle == nil {
		t.Fatal("the comment does not say what a bundle is")
	}
	for _, name := range regexp.MustCompile(`\w+`).FindAllString(strings.ReplaceAll(bundle[1], "(uvarints)", ""), -1) {
		field(name)
	}
	for name := range formatSample {
		if !used[name] {
			t.Errorf("the comment does not name the field %q", name)
		}
	}

	table := newNetwork(t, 1, 1).table
	u, _ := sampleUnit(table)
	header := appendHeader(nil, stamp{time: 0x0102030405060708, lag: -2}, 0x1112131415161718)
	if got := appendBundle(header, bundleID{Node: 7, Incarnation: 128, Seq: 300}, encode(u)); !bytes.Equal(got, want) {
		t.Errorf("an entry is\n%x, the format has\n%x", got, want)
	}
}
