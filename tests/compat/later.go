package compat

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"

	"github.com/msredis/msredis/internal/testcluster/wire"
	"github.com/msredis/msredis/resp/reply"
)

// numberText is one that a reply shows, in the notation of scripts.
var numberText = regexp.MustCompile(`-?\d+(\.\d+)?(e[+-]\d+)?`)

// laterNumbers writes the numbers of a reply of Redis 7.0 as later versions do,
// and as msredis does: with the fewest digits.
func laterNumbers(text string) string {
	return numberText.ReplaceAllStringFunc(text, func(s string) string {
		f, err := strconv.ParseFloat(s, 64)
		if err != nil || string(reply.AppendDouble17(nil, f)) != s {
			return s
		}
		return string(reply.AppendDouble(nil, f))
	})
}

// equalLater is Equal for a reply of Redis 7.0 and one of a later version.
func equalLater(a, b wire.Value) bool {
	return a.Equal(b) || laterNumbers(formatLine(a)) == formatLine(b)
}

// changedFilter reports whether want is an error of CLIENT LIST or CLIENT KILL in 7.0
// that msredis need not answer. The filters of Valkey go with each other, and there
// are more.
func changedFilter(name string, want wire.Value) bool {
	return (name == "client list" || name == "client kill") && (want.Text == reply.ErrSyntax || want.Text == reply.ErrClientID)
}

// changedError reports whether b is an error that Redis answers since 7.2 where
// 7.0 answers a.
func changedError(name string, a, b wire.Value) bool {
	switch {
	case name == "xread" && a.Text == reply.ErrStreamID && !b.IsError():
		return true // XREAD takes the ID +
	case strings.HasSuffix(name, "scan") && (a.Text == reply.ErrInvalidCursor || b.Text == reply.ErrInvalidCursor):
		// Of cursors some are taken now, and others not any more.
		return true
	case !b.IsError():
		return false
	case name == "xread" || name == "xreadgroup":
		// XREAD takes the ID +, which XREADGROUP refuses by its name.
		return strings.HasPrefix(a.Text, "ERR Unbalanced ") && strings.HasPrefix(b.Text, "ERR Unbalanced '"+name+"' ") ||
			a.Text == reply.ErrStreamID && b.Text == reply.ErrReadPlus
	case name == "command":
		// COMMAND GETKEYS takes a command without arguments.
		return b.Text == "ERR Invalid command specified" && strings.HasPrefix(a.Text, "ERR wrong number of arguments")
	case name == "zrank" || name == "zrevrank":
		// There may be a WITHSCORE.
		return b.Text == reply.ErrSyntax && strings.HasPrefix(a.Text, "ERR wrong number of arguments")
	case name == "lpos" || name == "lrem":
		return b.Text == fmt.Sprintf(reply.ErrIntRange, -math.MaxInt64, math.MaxInt64)
	case name == "bitcount" || name == "bitpos":
		// The arguments come before the key.
		return a.Text == "0" || a.Text == "-1" || a.Text == reply.ErrWrongType
	}
	return b.Text == reply.ErrTimeoutRange && a.Text == reply.ErrTimeoutNegative
}
