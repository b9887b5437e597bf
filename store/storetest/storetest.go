// Package storetest runs commands against a store, for the tests of the
// families: no socket, no log, one command at a time.
package storetest

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/resp/reply"
	"github.com/msredis/msredis/store"
	"github.com/msredis/msredis/store/keyspace"
)

// Env is a store with a client. Its fields may be changed between commands.
type Env struct {
	Store *store.Store
	Table *command.Table
	DB    int   // the client's database
	Proto uint8 // reply.RESP2 or reply.RESP3
	Now   int64 // log time of the next command, Unix milliseconds

	index  uint64
	events []keyspace.Event
}

// New returns an empty store of 16 databases with these commands.
func New(t testing.TB, kinds []*keyspace.Kind, rows ...[]keyspace.Row) *Env {
	t.Helper()
	return NewCounted(t, nil, kinds, rows...)
}

// NewCounted is New with somebody who takes the figures of scripts.
func NewCounted(t testing.TB, accounts keyspace.Accounts, kinds []*keyspace.Kind, rows ...[]keyspace.Row) *Env {
	t.Helper()
	e := &Env{Now: 1_000_000_000_000, Proto: reply.RESP2}
	all := slices.Concat(rows...)
	table := Table(all)
	s, err := store.New(store.Options{
		Table: table, Rows: all, Kinds: kinds, Databases: 16, HashSeed: 1,
		Listener: (*listener)(e), Accounts: accounts,
	})
	if err != nil {
		t.Fatal(err)
	}
	e.Store, e.Table = s, table
	return e
}

// listener hears of all keyspace events and messages.
type listener Env

func (l *listener) Wants() keyspace.Wants {
	return keyspace.Wants{Events: ^keyspace.Classes(0), Messages: true}
}

func (l *listener) Hear(list []keyspace.Event) {
	for _, e := range list {
		e.Key = slices.Clone(e.Key)
		l.events = append(l.events, e)
	}
}

func (l *listener) Receivers([]byte, bool) int64 { return 0 }

func (l *listener) Monitors() bool { return false }

func (l *listener) Monitored(int, [][]byte) {}

func (l *listener) Missed(int, []byte) {}

func (l *listener) Replaced() {}

// scriptsOwn are commands of sessions that scripts answer themselves.
var scriptsOwn = []command.Spec{
	{Name: "time", Usage: "TIME", Since: "2.6.0", Group: command.GroupServer, Summary: "The time", Complexity: "O(1)",
		Flags: command.Loading | command.Stale | command.Fast, Tips: []string{"nondeterministic_output"}, InScript: command.TimeInScript},
	{Name: "select", Usage: "SELECT index", Since: "1.0.0", Group: command.GroupConnection, Summary: "Selects a database", Complexity: "O(1)",
		Flags: command.Loading | command.Stale | command.Fast, InScript: command.SelectInScript},
}

// Table returns the command table of rows and EXEC. Containers that have their row
// elsewhere are made up.
func Table(rows []keyspace.Row) *command.Table {
	specs := []command.Spec{{
		Name: "exec", Usage: "EXEC", Since: "1.2.0", Group: command.GroupTransactions,
		Summary: "Execute all commands issued after MULTI", Complexity: "-",
	}}
	have := map[string]bool{}
	for i := range rows {
		specs = append(specs, rows[i].Spec)
		have[rows[i].Name] = have[rows[i].Name] || rows[i].Container == ""
	}
	for i := range rows {
		if c := rows[i].Container; c != "" && !have[c] {
			have[c] = true
			specs = append(specs, command.Spec{
				Name: c, Usage: strings.ToUpper(c), Since: "1.0.0", Group: rows[i].Group,
				Summary: "A container", Complexity: "-",
			})
		}
	}
	for _, own := range scriptsOwn {
		if !have[own.Name] {
			specs = append(specs, own)
		}
	}
	table, err := command.NewTable(specs)
	if err != nil {
		panic(err)
	}
	return table
}

// Do runs a command and returns its reply as it goes over the wire. A command
// that writes becomes a log entry of its own, any other is a read.
func (e *Env) Do(args ...string) string {
	list := make([][]byte, len(args))
	for i, arg := range args {
		list[i] = []byte(arg)
	}
	return string(e.Run(list))
}

// Run is Do for arguments that are bytes already.
func (e *Env) Run(args [][]byte) []byte {
	cmd, container := e.Table.Resolve(args)
	switch {
	case cmd == nil && container != nil:
		return fmt.Appendf(nil, "-ERR unknown subcommand '%s'\r\n", args[1])
	case cmd == nil:
		return fmt.Appendf(nil, "-ERR unknown command '%s'\r\n", args[0])
	case !cmd.ArityOK(len(args)):
		return fmt.Appendf(nil, "-ERR wrong number of arguments for '%s' command\r\n", cmd.FullName)
	}
	return e.Calls(command.NewCall(cmd, args, e.DB, nil))
}

// Calls runs calls as one unit.
func (e *Env) Calls(calls ...command.Call) []byte {
	u := &command.Unit{Calls: calls, Time: e.Now}
	u.W.Proto = e.Proto
	if u.Writes() {
		e.Apply(u)
	} else {
		e.Store.Read(u)
	}
	return u.W.Buf
}

// Apply applies units as one log entry. Without any it only moves log time to
// Now.
func (e *Env) Apply(units ...*command.Unit) {
	e.index++
	e.Store.Apply([]store.Entry{{Index: e.index, Time: e.Now, Seed: e.index * 7919, Units: units}})
}

// Advance moves log time on and applies an entry without commands.
func (e *Env) Advance(ms int64) {
	e.Now += ms
	e.Apply()
}

// Events returns the keyspace events since the last call, each as "db event key". It
// leaves out class 'n', which clients do not get by asking for all.
func (e *Env) Events() []string {
	var list []string
	for _, ev := range e.events {
		if ev.Class != 'n' {
			list = append(list, fmt.Sprintf("%d %s %s", ev.DB, ev.Name, ev.Key))
		}
	}
	e.events = nil
	return list
}
