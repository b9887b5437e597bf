package front

import (
	"slices"

	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/resp/reply"
)

// A Handler runs a command that sessions answer themselves. Arity is checked. It writes
// exactly one reply to w, or none where Redis sends none.
//
// The handler of a row flagged Local is called when the command is read. The call may
// come in front of data commands of the same pipeline that stand before it. So the
// handler neither asks the backend nor does anything whose order against them shows.
// Any other is a cut: what stands before it in the pipeline has been answered when it
// is called.
type Handler func(s *Session, args [][]byte, w *reply.Writer)

// Row is a command with its handler. A container has none, and neither has
// EXEC, which becomes a call of the unit.
type Row struct {
	command.Spec
	Run Handler
}

// Rows returns all commands of this package.
func Rows() []Row {
	return slices.Concat(connectionRows, aclRows, pubsubRows, transactionRows, serverRows, clusterRows, moduleRows, []Row{migrateRow}, debugRows, scriptRows)
}

// Specs returns the rows without their handlers, for command.NewTable.
func Specs() []command.Spec {
	rows := Rows()
	specs := make([]command.Spec, len(rows))
	for i := range rows {
		specs[i] = rows[i].Spec
	}
	return specs
}
