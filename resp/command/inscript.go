package command

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/msredis/msredis/internal/redisnum"
	"github.com/msredis/msredis/resp/reply"
)

// ScriptedCall is a call, by a script, of a command that needs no data. A session has
// a handler of its own for such a command. The arity is right.
type ScriptedCall struct {
	Args      [][]byte
	W         *reply.Writer
	DB        int // that of the script's next calls
	Databases int // how many there are
	Clock     int64
	Table     *Table
}

// SelectInScript is SELECT: it holds for the rest of the script.
func SelectInScript(c *ScriptedCall) {
	n, ok := redisnum.ParseInt(c.Args[1])
	switch {
	case !ok:
		c.W.Error(reply.ErrNotInteger)
	case n < 0 || n >= int64(c.Databases):
		c.W.Error(reply.ErrDBIndex)
	default:
		c.DB = int(n)
		c.W.OK()
	}
}

// PingInScript is PING.
func PingInScript(c *ScriptedCall) {
	switch len(c.Args) {
	case 1:
		c.W.Simple("PONG")
	case 2:
		c.W.Bulk(c.Args[1])
	default:
		c.W.Error(reply.WrongArity("ping"))
	}
}

// EchoInScript is ECHO.
func EchoInScript(c *ScriptedCall) { c.W.Bulk(c.Args[1]) }

// TimeInScript is TIME: the time of the log, which is the same on all nodes.
func TimeInScript(c *ScriptedCall) {
	c.W.Array(2)
	c.W.BulkInt(c.Clock / 1000)
	c.W.BulkString(strconv.FormatInt(c.Clock%1000*1000, 10))
}

// CountInScript is COMMAND COUNT.
func CountInScript(c *ScriptedCall) { c.Table.WriteCount(c.W) }

// WaitInScript is WAIT: nobody waits in a script, and how far the other nodes are is
// not the same on all.
func WaitInScript(c *ScriptedCall) {
	if _, errText := c.integers(1, 2); errText != "" {
		c.W.Error(errText)
		return
	}
	c.W.Int(0)
}

// WaitaofInScript is WAITAOF, likewise.
func WaitaofInScript(c *ScriptedCall) {
	n, errText := c.integers(1, 2, 3)
	switch {
	case errText != "":
		c.W.Error(errText)
	case n[0] < 0 || n[0] > 1:
		c.W.Error(fmt.Sprintf(reply.ErrIntRange, 0, 1))
	case n[1] < 0:
		c.W.Error(reply.ErrNotPositive)
	default:
		c.W.Array(2)
		c.W.Int(0)
		c.W.Int(0)
	}
}

// integers reads the arguments at some places; the last of them is a timeout.
func (c *ScriptedCall) integers(at ...int) (list []int64, errText string) {
	for i, pos := range at {
		n, ok := redisnum.ParseInt(c.Args[pos])
		switch last := i == len(at)-1; {
		case !ok && last:
			return nil, reply.ErrTimeoutNotInt
		case !ok:
			return nil, reply.ErrNotInteger
		case last && n < 0:
			return nil, reply.ErrTimeoutNegative
		}
		list = append(list, n)
	}
	return list, ""
}

// ProtocolInScript is DEBUG PROTOCOL. Scripts may call it, and DEBUG SLEEP, if DEBUG
// SET-DISABLE-DENY-SCRIPTS says so.
func ProtocolInScript(c *ScriptedCall) {
	if !c.W.Sample(strings.ToLower(string(c.Args[2]))) {
		c.W.Error(reply.ErrProtocolName)
	}
}

// SleepInScript is DEBUG SLEEP: the time of a script stands still.
func SleepInScript(c *ScriptedCall) { c.W.OK() }
