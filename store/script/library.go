package script

import (
	"fmt"
	"strings"

	"github.com/msredis/msredis/internal/lua"
	"github.com/msredis/msredis/internal/quoted"
	"github.com/msredis/msredis/resp/reply"
	"github.com/msredis/msredis/store/keyspace"
	"github.com/msredis/msredis/store/tables"
)

// libraries are the libraries of functions that the table has: their code by their
// name. It is made anew when the table changes and does not change itself.
type libraries struct {
	version   uint64     // of the table
	list      []*library // by name
	byName    map[string]*library
	functions map[string]*function // by name in lower case
	bytes     int64
}

// find returns the function of a name, whose case does not matter; nil if there is
// none.
func (l *libraries) find(name []byte) *function {
	if f := l.functions[string(name)]; f != nil {
		return f
	}
	return l.functions[lower(name)]
}

// library is one of them.
type library struct {
	name      string
	code      string
	functions []*function // in the order in which they were registered
}

// function is a function of a library.
type function struct {
	lib         *library
	name        string
	description string
	described   bool
	traits
	place int // in lib.functions
}

// parseLibrary reads the first line of a library.
func parseLibrary(code string) (name string, length int, errText string) {
	if !strings.HasPrefix(code, "#!") {
		return "", 0, reply.ErrLibraryMetadata
	}
	end := strings.IndexByte(code, '\n')
	if end < 0 {
		return "", 0, reply.ErrLibraryBadMetadata
	}
	words, ok := quoted.Split(code[:end])
	if !ok || len(words) == 0 {
		return "", 0, reply.ErrLibraryBadMetadata
	}
	given := false
	for _, word := range words[1:] {
		v, ok := strings.CutPrefix(word, "name=")
		if !ok {
			return "", 0, fmt.Sprintf(reply.ErrLibraryValue, word)
		}
		if given {
			return "", 0, reply.ErrLibraryTwoNames
		}
		name, given = v, true
	}
	switch engine := words[0][2:]; {
	case !given:
		return "", 0, reply.ErrLibraryNoName
	case !nameOK(name):
		return "", 0, reply.ErrLibraryName
	case !strings.EqualFold(engine, "lua"):
		return "", 0, fmt.Sprintf(reply.ErrLibraryEngine, engine)
	}
	return name, end, ""
}

// nameOK reports whether a library or function may have that name.
func nameOK(name string) bool {
	for i := range len(name) {
		c := name[i]
		if c != '_' && (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'z') {
			return false
		}
	}
	return name != ""
}

// loaded is a library in a machine: what its functions are there.
type loaded struct {
	lib       *library
	callbacks []*lua.LFunction
}

// compileLibrary compiles the code of a library behind its first line.
func compileLibrary(code string, length int) (*lua.Chunk, error) {
	return lua.Compile(code[length:], "@user_function")
}

// loadInto runs the code of a library in a machine for functions. It returns the
// error for the client.
func (m *machine) loadInto(lib *library) (callbacks []*lua.LFunction, errText string) {
	_, length, errText := parseLibrary(lib.code)
	if errText != "" {
		return nil, errText
	}
	chunk, err := compileLibrary(lib.code, length)
	if err != nil {
		return nil, fmt.Sprintf(reply.ErrLibraryCompile, err)
	}
	m.L.Begin(libraryIDs)
	m.L.Seed(0)
	m.L.Limit(loadBudget, lua.Limits{Memory: memoryLimit, OutOfTime: func() (int64, error) {
		return 0, &ended{reply.ErrLibraryTimeout}
	}, OutOfMemory: m.outOfMemory})
	m.loading = &loaded{lib: lib}
	lib.functions = nil
	main := m.L.Load(chunk)
	main.Env = m.env
	m.envMeta.RawSetString("__index", m.loadGlobals)
	_, err = m.protected(main, nil)
	m.envMeta.RawSetString("__index", m.L.Globals())
	callbacks = m.loading.callbacks
	m.loading = nil
	if err != nil {
		text := err.Error()
		if e, ok := err.(*lua.APIError); ok {
			text = m.raised(e)
		}
		return nil, oneLine(fmt.Sprintf(reply.ErrLibraryRegister, text))
	}
	if len(lib.functions) == 0 {
		return nil, reply.ErrLibraryEmpty
	}
	return callbacks, ""
}

// function returns what a function is in this machine.
func (m *machine) function(f *function) (*lua.LFunction, string) {
	l := m.libs[f.lib.name]
	if l == nil || l.lib != f.lib {
		fresh := &library{name: f.lib.name, code: f.lib.code}
		callbacks, errText := m.loadInto(fresh)
		if errText != "" {
			return nil, errText
		}
		l = &loaded{f.lib, callbacks}
		m.libs[f.lib.name] = l
	}
	return l.callbacks[f.place], ""
}

// make runs the code of a library for its functions.
func (e *Engine) make(code string) (lib *library, errText string) {
	name, _, errText := parseLibrary(code)
	if errText != "" {
		return nil, errText
	}
	lib = &library{name: name, code: code}
	m := newMachine(e, true)
	_, errText = m.loadInto(lib)
	return lib, errText
}

// with returns the libraries with some more, or others in their place. It is an
// error if two functions would have the same name.
// taken is the error for a library that is there already.
func (l *libraries) with(add []*library, replace bool, taken string) (*libraries, string) {
	names := map[string]*library{}
	for _, lib := range l.list {
		names[lib.name] = lib
	}
	for _, lib := range add {
		if names[lib.name] != nil && !replace {
			return nil, fmt.Sprintf(taken, lib.name)
		}
		names[lib.name] = lib
	}
	return collect(names)
}

// collect makes libraries.
func collect(names map[string]*library) (*libraries, string) {
	l := &libraries{byName: names, functions: map[string]*function{}}
	for _, name := range sortedNames(names) {
		lib := names[name]
		l.list = append(l.list, lib)
		l.bytes += int64(len(lib.code))
		for _, f := range lib.functions {
			name := lower([]byte(f.name))
			switch other := l.functions[name]; {
			case other == nil:
				l.functions[name] = f
			case other.lib != lib: // of one library the first is called
				return nil, fmt.Sprintf(reply.ErrFunctionTaken, f.name)
			}
		}
	}
	return l, ""
}

// loadLibraries makes the libraries what the table has.
func (e *Engine) loadLibraries(table tables.Reader) {
	old := e.libs.Load()
	if old.version == table.Version() {
		return
	}
	names := map[string]*library{}
	table.Each("", func(name string, code []byte) bool {
		if lib := old.byName[name]; lib != nil && lib.code == string(code) {
			names[name] = lib
		} else if lib, errText := e.make(string(code)); errText == "" {
			names[name] = lib
		}
		return true
	})
	l, errText := collect(names)
	if errText != "" {
		panic("script: libraries that were accepted do not fit together: " + errText)
	}
	l.version = table.Version()
	e.libs.Store(l)
}

// store puts libraries into the table. Libraries that are not in the table leave.
func (e *Engine) store(c *keyspace.Ctx, l *libraries) {
	table := c.ChangeTable(tables.Functions)
	old := e.libs.Load()
	for _, lib := range old.list {
		if l.byName[lib.name] == nil {
			table.Delete(lib.name)
		}
	}
	for _, lib := range l.list {
		if old.byName[lib.name] != lib {
			table.Set(lib.name, []byte(lib.code))
		}
	}
	l.version = table.Version()
	e.libs.Store(l)
}

// register is redis.register_function.
func (m *machine) register(L *lua.LState) int {
	if m.loading == nil { // a function has kept what its library saw
		return m.fail(L, reply.ErrRegisterOutside, true)
	}
	f := &function{lib: m.loading.lib, place: len(m.loading.callbacks)}
	callback, errText := registered(L.Pushed(), f)
	if errText == "" && !nameOK(f.name) {
		errText = reply.ErrLibraryName
	}
	for _, g := range f.lib.functions {
		if errText == "" && g.name == f.name {
			errText = reply.ErrFunctionTwice
		}
	}
	if errText != "" {
		return m.fail(L, errText, true)
	}
	f.lib.functions = append(f.lib.functions, f)
	m.loading.callbacks = append(m.loading.callbacks, callback)
	return 0
}

// registered reads the arguments of redis.register_function.
func registered(args []lua.LValue, f *function) (callback *lua.LFunction, errText string) {
	switch len(args) {
	case 1:
		t, ok := args[0].(*lua.LTable)
		if !ok {
			return nil, reply.ErrRegisterSingle
		}
		return registeredTable(t, f)
	case 2:
		if !lua.LVCanConvToString(args[0]) {
			return nil, reply.ErrRegisterFirst
		}
		var ok bool
		callback, ok = args[1].(*lua.LFunction)
		if !ok {
			return nil, reply.ErrRegisterSecond
		}
		f.name = lua.LVAsString(args[0])
		return callback, ""
	}
	return nil, reply.ErrRegisterArgs
}

func registeredTable(t *lua.LTable, f *function) (callback *lua.LFunction, errText string) {
	named := false
	t.ForEach(func(key, v lua.LValue) {
		k, isString := lua.LVAsString(key), lua.LVCanConvToString(key)
		text, isText := lua.LVAsString(v), lua.LVCanConvToString(v)
		switch {
		case errText != "":
		case !isString:
			errText = reply.ErrRegisterKey
		case k == "function_name":
			if !isText {
				errText = reply.ErrRegisterName
			}
			f.name, named = text, true
		case k == "description":
			if !isText {
				errText = reply.ErrRegisterDescription
			}
			f.description, f.described = text, true
		case k == "callback":
			if callback, isText = v.(*lua.LFunction); !isText {
				errText = reply.ErrRegisterCallback
			}
		case k == "flags":
			list, ok := v.(*lua.LTable)
			if !ok {
				errText = reply.ErrRegisterFlags
				return
			}
			for i := 1; list.RawGetInt(i) != lua.LNil; i++ {
				name, _ := list.RawGetInt(i).(lua.LString)
				flag, ok := flagOf(string(name))
				if !ok {
					errText = reply.ErrRegisterFlag
					return
				}
				f.flags |= flag
			}
		default:
			errText = reply.ErrRegisterUnknown
		}
	})
	switch {
	case errText != "":
	case !named:
		errText = reply.ErrRegisterNoName
	case callback == nil:
		errText = reply.ErrRegisterNoCallback
	}
	return callback, errText
}
