package main

import (
	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/resp/front"
	"github.com/msredis/msredis/store"
)

// newTable puts all commands together: those that sessions answer, and those of
// the data.
func newTable() (*command.Table, error) {
	rows := store.Rows()
	data := make([]command.Spec, len(rows))
	for i := range rows {
		data[i] = rows[i].Spec
	}
	return command.NewTable(front.Specs(), data)
}
