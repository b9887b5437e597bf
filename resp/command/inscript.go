package command

import (
	"strconv"

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
