package acl

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/msredis/msredis/resp/reply"
)

// ParseFile reads an ACL file: lines that begin with "user" and a name, and empty ones.
// The error is in one line and has all faults with the numbers of their lines, as
// Redis's. It repeats no rule that may be a password.
func ParseFile(name string, content []byte, b *Rulebook, allChannels bool) ([]*User, error) {
	var list []*User
	var faults strings.Builder
	seen := make(map[string]bool)
	for i, line := range bytes.Split(content, []byte("\n")) {
		line = bytes.Trim(line, " \t\r\n")
		if len(line) == 0 {
			continue
		}
		place := fmt.Sprintf("%s:%d", name, i+1)
		switch words := bytes.Split(line, []byte(" ")); {
		case string(words[0]) != "user" || len(words) < 2:
			fmt.Fprintf(&faults, reply.ACLFileUser, place)
		case hasSpaces(words[1]):
			fmt.Fprintf(&faults, reply.ACLFileName, place, words[1])
		case seen[string(words[1])]:
			fmt.Fprintf(&faults, reply.ACLFileTwice, words[1], i+1)
		default:
			seen[string(words[1])] = true
			list = append(list, parseLine(&faults, place, words[1:], b, allChannels))
		}
	}
	if faults.Len() > 0 {
		return nil, fmt.Errorf(reply.ErrACLFile, faults.String())
	}
	return list, nil
}

// parseLine reads a line behind "user".
func parseLine(faults *strings.Builder, place string, words [][]byte, b *Rulebook, allChannels bool) *User {
	c := change{User: New(string(words[0]), b, allChannels), book: b, allChannels: allChannels}
	merged, err := merge(words[1:])
	if err != nil {
		fmt.Fprintf(faults, reply.ACLFileParenthesis, place)
		return nil
	}
	told := false
	for _, rule := range merged {
		rule = bytes.Trim(rule, "\t\r\n")
		switch reason := c.apply(rule); {
		case reason == reply.ACLUnknown:
			fmt.Fprintf(faults, reply.ACLFileRule, place, text(rule), reason)
		case reason != "" && !told:
			told = true // it may be the cause of those that follow
			fmt.Fprintf(faults, reply.ACLFileFault, place, reason)
		}
	}
	c.end(b)
	return c.User
}

// ParseConfig returns the user of a line "user name rule ..." of a configuration, given
// without its first word.
func ParseConfig(words [][]byte, b *Rulebook, allChannels bool) (*User, error) {
	if len(words) == 0 || hasSpaces(words[0]) {
		return nil, fmt.Errorf("%s", reply.ACLUserName)
	}
	u, err := New(string(words[0]), b, allChannels).With(words[1:], b, allChannels)
	if err != nil {
		return nil, err
	}
	return u, nil
}
