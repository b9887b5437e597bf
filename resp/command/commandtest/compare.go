// Package commandtest compares a command table with what a real Redis says of
// the same commands.
package commandtest

import (
	_ "embed"
	"fmt"
	"strings"

	"github.com/msredis/msredis/resp/command"
)

// recording has a line per command of a real server in the form of
// command.Command.Facts, written by TestRecord.
//
//go:embed testdata/redis-7.4.1.txt
var recording string

// Recorded returns the recorded facts by full name.
func Recorded() map[string]string {
	facts := make(map[string]string)
	for line := range strings.Lines(recording) {
		line = strings.TrimSuffix(line, "\n")
		name, _, _ := strings.Cut(line, " ")
		facts[name] = line
	}
	return facts
}

// Differences lists where the rows of t that COMMAND shows say something else
// than Redis 7.4.1: arity, flags, key positions, ACL categories, tips, group,
// versions. It is empty if there is none.
func Differences(t *command.Table) []string {
	recorded := Recorded()
	var list []string
	for _, c := range t.All() {
		if !c.Visible() {
			continue
		}
		switch ours, theirs := c.Facts(), recorded[c.FullName]; {
		case theirs == "":
			list = append(list, fmt.Sprintf("%s: Redis 7.4.1 has no such command", c.FullName))
		case ours != theirs:
			list = append(list, fmt.Sprintf("%s:\n  redis   %s\n  msredis %s", c.FullName, theirs, ours))
		}
	}
	return list
}
