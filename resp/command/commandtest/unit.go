package commandtest

import (
	"fmt"
	"strings"

	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/resp/reply"
)

// Fill adds calls to a unit, one a line, and makes its writer one of RESP2. Words of a
// line are separated by blanks. It fails for a command that t has not.
func Fill(u *command.Unit, t *command.Table, lines string) error {
	for line := range strings.SplitSeq(lines, "\n") {
		var args [][]byte
		for word := range strings.FieldsSeq(line) {
			args = append(args, []byte(word))
		}
		cmd, _ := t.Resolve(args)
		if cmd == nil {
			return fmt.Errorf("no command %q", line)
		}
		u.Calls = append(u.Calls, command.NewCall(cmd, args, 0, nil))
	}
	u.W = reply.Writer{Proto: reply.RESP2}
	return nil
}

// Replies returns the replies of a unit that has run, in one line.
func Replies(u *command.Unit) string {
	return strings.ReplaceAll(strings.TrimSuffix(string(u.W.Buf), "\r\n"), "\r\n", " ")
}
