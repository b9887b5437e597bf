package acl

import (
	"bytes"
	"fmt"
)

// Parse returns the user of a line that User.Line has made. A rule may name a command
// that this version does not know. It is kept and has no effect: for a time, nodes of two
// versions have the same users.
func Parse(line string, b *Rulebook) (*User, error) {
	words := bytes.Split([]byte(line), []byte(" "))
	if len(words) < 2 || string(words[0]) != "user" {
		return nil, fmt.Errorf("acl: no line of a user: %q", line)
	}
	merged, err := merge(words[2:])
	if err != nil {
		return nil, err
	}
	c := change{User: New(string(words[1]), b, false), book: b, lenient: true}
	for _, rule := range merged {
		if reason := c.apply(rule); reason != "" {
			return nil, &RuleError{string(text(rule)), reason}
		}
	}
	c.finish(b)
	return c.User, nil
}
