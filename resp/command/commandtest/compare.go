// Package commandtest compares a command table with what a real Redis says of
// the same commands.
package commandtest

import (
	"embed"
	"fmt"
	"strings"

	"github.com/msredis/msredis/resp/command"
)

// recordings have a line per command of a real server in the form of
// command.Command.Facts, written by TestRecord.
//
//go:embed testdata/*.txt
var recordings embed.FS

// servers are those of the recordings. Of a command that several have the first one's
// facts count: msredis follows 7.4.1.
var servers = []string{"redis-7.4.1", "redis-8.6.2", "valkey-9.1.0"}

// Recorded returns the recorded facts by full name.
func Recorded() map[string]string {
	facts := make(map[string]string)
	for _, server := range servers {
		recording, err := recordings.ReadFile("testdata/" + server + ".txt")
		if err != nil {
			panic(err) // it is a part of this package
		}
		for line := range strings.Lines(string(recording)) {
			line = strings.TrimSuffix(line, "\n")
			name, _, _ := strings.Cut(line, " ")
			if _, known := facts[name]; !known {
				facts[name] = line
			}
		}
	}
	return facts
}

// Differences lists the rows of t that COMMAND shows and that differ from Redis 7.4.1,
// or from the server that brought the command. It compares arity, flags, key positions,
// ACL categories, tips, group and versions. It is empty if there is none.
func Differences(t *command.Table) []string {
	recorded := Recorded()
	var list []string
	for _, c := range t.All() {
		if !c.Visible() {
			continue
		}
		switch ours, theirs := c.Facts(), recorded[c.FullName]; {
		case theirs == "":
			list = append(list, fmt.Sprintf("%s: no recorded server has such a command", c.FullName))
		case ours != theirs:
			list = append(list, fmt.Sprintf("%s:\n  redis   %s\n  msredis %s", c.FullName, theirs, ours))
		}
	}
	return list
}
