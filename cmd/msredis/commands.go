package main

import (
	"github.com/msredis/msredis/internal/options"
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

// renames are the lines rename-command of the options.
func renames(opts *options.Set) []command.Rename {
	var list []command.Rename
	for _, p := range opts.Renames() {
		list = append(list, command.Rename{From: p.Name, To: p.Value})
	}
	return list
}
