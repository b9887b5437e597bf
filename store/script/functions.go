package script

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/msredis/msredis/internal/glob"
	"github.com/msredis/msredis/internal/lua"
	"github.com/msredis/msredis/internal/rdb"
	"github.com/msredis/msredis/internal/redisnum"
	"github.com/msredis/msredis/resp/reply"
	"github.com/msredis/msredis/store/keyspace"
	"github.com/msredis/msredis/store/tables"
)

func sortedNames[V any](m map[string]V) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// FCALL function numkeys [key [key ...]] [arg [arg ...]]
func (e *Engine) fcall(c *keyspace.Ctx, readOnly bool) {
	f := e.libs.Load().find(c.Args[1])
	if f == nil {
		c.W.Error(reply.ErrFunctionNotFound)
		return
	}
	n, ok := redisnum.ParseInt(c.Args[2])
	switch {
	case !ok:
		c.W.Error(reply.ErrFunctionKeys)
		return
	case n > int64(len(c.Args)-3):
		c.W.Error(reply.ErrNumKeysArgs)
		return
	case n < 0:
		c.W.Error(reply.ErrScriptNumKeys)
		return
	}
	if errText := f.flags.refusal(c, readOnly); errText != "" {
		c.W.Error(errText)
		return
	}
	m := e.machine(c, true)
	defer e.release(m)
	callback, errText := m.function(f)
	if errText != "" {
		c.W.Error(errText)
		return
	}
	m.readOnly = readOnly || f.flags&flagNoWrites != 0
	m.flags, m.name = f.flags, f.name
	m.begin(scriptIDs)
	keys, args := m.strings(c.Args[3:3+n]), m.strings(c.Args[3+n:])
	m.run(callback, []lua.LValue{keys, args})
	f.cost.note(m.used())
	if m.L.Touched() {
		// The next call must not see what this one leaves behind in its library. It may
		// come to another machine, and does on other nodes.
		delete(m.libs, f.lib.name)
	}
}

// FUNCTION LOAD [REPLACE] function-code
func (e *Engine) functionLoad(c *keyspace.Ctx) {
	replace := false
	for i := 2; i < len(c.Args)-1; i++ {
		if !c.Is(i, "REPLACE") {
			c.W.Error(fmt.Sprintf(reply.ErrFunctionOption, c.Args[i]))
			return
		}
		replace = true
	}
	code := string(c.Args[len(c.Args)-1])
	libs := e.synced(c)
	name, _, errText := parseLibrary(code)
	if errText == "" && libs.byName[name] != nil && !replace {
		errText = fmt.Sprintf(reply.ErrLibraryExists, name)
	}
	var lib *library
	if errText == "" {
		lib, errText = e.make(code)
	}
	var with *libraries
	if errText == "" {
		with, errText = libs.with([]*library{lib}, replace, reply.ErrLibraryExists)
	}
	if errText != "" {
		c.W.Error(errText)
		return
	}
	e.store(c, with)
	c.W.BulkString(name)
}

// synced returns the libraries as the table has them.
func (e *Engine) synced(c *keyspace.Ctx) *libraries {
	e.loadLibraries(c.Table(tables.Functions))
	return e.libs.Load()
}

// FUNCTION DELETE library-name
func (e *Engine) functionDelete(c *keyspace.Ctx) {
	libs := e.synced(c)
	if libs.byName[string(c.Args[2])] == nil {
		c.W.Error(reply.ErrLibraryNotFound)
		return
	}
	names := map[string]*library{}
	for _, lib := range libs.list {
		if lib.name != string(c.Args[2]) {
			names[lib.name] = lib
		}
	}
	rest, _ := collect(names)
	e.store(c, rest)
	c.W.OK()
}

// FUNCTION FLUSH [ASYNC | SYNC]
func (e *Engine) functionFlush(c *keyspace.Ctx) {
	if len(c.Args) > 3 {
		c.W.Error(reply.SubcommandSyntax("function", c.Args[1]))
		return
	}
	if len(c.Args) == 3 && !c.Is(2, "SYNC") && !c.Is(2, "ASYNC") {
		c.W.Error(reply.ErrFunctionFlush)
		return
	}
	e.synced(c)
	none, _ := collect(map[string]*library{})
	e.store(c, none)
	c.W.OK()
}

// FUNCTION LIST [LIBRARYNAME library-name-pattern] [WITHCODE]
func (e *Engine) functionList(c *keyspace.Ctx) {
	withCode, named := false, false
	var pattern []byte
	for i := 2; i < len(c.Args); i++ {
		switch {
		case !withCode && c.Is(i, "WITHCODE"):
			withCode = true
		case !named && c.Is(i, "LIBRARYNAME"):
			if i++; i == len(c.Args) {
				c.W.Error(reply.ErrFunctionPattern)
				return
			}
			pattern, named = c.Args[i], true
		default:
			c.W.Error(fmt.Sprintf(reply.ErrFunctionArgument, c.Args[i]))
			return
		}
	}
	w := c.W
	at, n := w.Later(), 0
	for _, lib := range e.libs.Load().list {
		if named && !glob.Match(pattern, []byte(lib.name), true) {
			continue
		}
		n++
		if withCode {
			w.Map(4)
		} else {
			w.Map(3)
		}
		w.BulkString("library_name")
		w.BulkString(lib.name)
		w.BulkString("engine")
		w.BulkString("LUA")
		w.BulkString("functions")
		w.Array(len(lib.functions))
		for _, f := range lib.functions {
			w.Map(3)
			w.BulkString("name")
			w.BulkString(f.name)
			w.BulkString("description")
			if f.described {
				w.BulkString(f.description)
			} else {
				w.Null()
			}
			w.BulkString("flags")
			f.flags.write(w)
		}
		if withCode {
			w.BulkString("library_code")
			w.BulkString(lib.code)
		}
	}
	w.CloseArray(at, n)
}

func (f flags) write(w *reply.Writer) {
	n := 0
	for _, x := range shownFlags {
		if f&x.flag != 0 {
			n++
		}
	}
	w.Set(n)
	for _, x := range shownFlags {
		if f&x.flag != 0 {
			w.Simple(x.name)
		}
	}
}

// FUNCTION STATS
func (e *Engine) functionStats(c *keyspace.Ctx) {
	w, libs := c.W, e.libs.Load()
	w.Map(2)
	w.BulkString("running_script")
	e.running.write(w, c.Clock)
	w.BulkString("engines")
	w.Map(1)
	w.BulkString("LUA")
	w.Map(2)
	w.BulkString("libraries_count")
	w.Int(int64(len(libs.list)))
	w.BulkString("functions_count")
	w.Int(int64(len(libs.functions)))
}

// FUNCTION DUMP
func (e *Engine) functionDump(c *keyspace.Ctx) {
	var b []byte
	for _, lib := range e.libs.Load().list {
		b = rdb.AppendFunction(b, lib.code)
	}
	c.W.Bulk(rdb.AppendFooter(b, rdb.Version))
}

// FUNCTION RESTORE serialized-value [FLUSH | APPEND | REPLACE]
func (e *Engine) functionRestore(c *keyspace.Ctx) {
	policy := "APPEND"
	if len(c.Args) > 4 {
		c.W.Error(reply.SubcommandSyntax("function", c.Args[1]))
		return
	}
	if len(c.Args) == 4 {
		policy = string(bytes.ToUpper(c.Args[3]))
		if policy != "FLUSH" && policy != "APPEND" && policy != "REPLACE" {
			c.W.Error(reply.ErrFunctionPolicy)
			return
		}
	}
	add, errText := e.restored(c.Args[2])
	libs := e.synced(c)
	if policy == "FLUSH" {
		libs = &libraries{}
	}
	var with *libraries
	if errText == "" {
		with, errText = libs.with(add, policy == "REPLACE", reply.ErrLibraryRestored)
	}
	if errText != "" {
		c.W.Error(errText)
		return
	}
	e.store(c, with)
	c.W.OK()
}

// restored returns the libraries of a dump.
func (e *Engine) restored(payload []byte) (list []*library, errText string) {
	codes, err := rdb.Functions(payload)
	switch {
	case err == rdb.ErrFooter:
		return nil, reply.ErrDumpFooter
	case err != nil:
		return nil, reply.ErrFunctionType
	}
	for _, code := range codes {
		lib, errText := e.make(string(code))
		if errText != "" {
			return nil, errText
		}
		list = append(list, lib)
	}
	return list, ""
}
