package script

import (
	"sync"
	"sync/atomic"

	"github.com/msredis/msredis/internal/lua"
	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/store/keyspace"
	"github.com/msredis/msredis/store/tables"
)

// Engine runs the scripts of one store. Its knowledge of scripts and libraries follows
// from the shared tables. It changes when they do, while all shards are locked. So the
// holder of any shard sees knowledge that belongs to the content.
type Engine struct {
	table    *command.Table
	handlers []keyspace.Handler
	rows     []*row // by command.ID; nil: the command is not of this package

	group, groups int // see Belong

	texts   sync.Map // hash -> *text
	count   atomic.Int64
	bytes   atomic.Int64
	evals   int    // how many of texts EVAL has brought
	version uint64 // of the table that texts stands for

	libs atomic.Pointer[libraries]

	machines [2]sync.Pool // of *machine: for scripts, and for functions
	running  running
	budget   atomic.Int64
	log      atomic.Pointer[func(level int, line string)]
}

// NewEngine returns an engine for the commands of a table; handlers are by command.ID
// and may be filled in later.
func NewEngine(table *command.Table, handlers []keyspace.Handler) *Engine {
	e := &Engine{table: table, handlers: handlers, rows: make([]*row, table.Len())}
	e.machines[0].New = func() any { return newMachine(e, false) }
	e.machines[1].New = func() any { return newMachine(e, true) }
	e.libs.Store(&libraries{})
	return e
}

// Belong says which of several groups the store belongs to.
func (e *Engine) Belong(group, groups int) { e.group, e.groups = group, groups }

// apart reports whether a call of a script needs what is not in this group. All nodes come
// to the same, for the number of groups is agreed on.
func (e *Engine) apart(c *command.Call) bool {
	if e.groups <= 1 {
		return false
	}
	at := c.Group(e.groups)
	return at != command.Anywhere && at != e.group
}

// SetBudget sets how many instructions a script may use, whatever the cluster's
// setting is. It is for tests.
func (e *Engine) SetBudget(n int64) { e.budget.Store(n) }

// Log sets who takes the lines of redis.log; level is Redis's.
func (e *Engine) Log(fn func(level int, line string)) { e.log.Store(&fn) }

// Bind hands over what runs the commands of this package.
func (e *Engine) Bind(set func(cmd *command.Command, run keyspace.Handler)) {
	for i := range rows {
		if cmd := e.table.Named(rows[i].FullName()); cmd != nil {
			run := rows[i].run
			e.rows[cmd.ID] = &rows[i]
			set(cmd, func(c *keyspace.Ctx) { run(e, c) })
		}
	}
}

// Load makes the engine know what the tables have: after a snapshot was loaded, or
// when they have changed in some other way.
func (e *Engine) Load(set *tables.Set) {
	e.loadTexts(set.Table(tables.Scripts))
	e.loadLibraries(set.Table(tables.Functions))
}

// Info is what INFO shows.
type Info struct {
	Scripts, ScriptBytes int64
	Libraries, Functions int64
	LibraryBytes         int64
}

// Info returns the figures.
func (e *Engine) Info() Info {
	libs := e.libs.Load()
	return Info{
		Scripts: e.count.Load(), ScriptBytes: e.bytes.Load(),
		Libraries: int64(len(libs.list)), Functions: int64(len(libs.functions)), LibraryBytes: libs.bytes,
	}
}

// flags of a script or function.
type flags uint8

const (
	flagNoWrites flags = 1 << iota
	flagAllowOOM
	flagAllowStale
	flagNoCluster
	flagAllowCrossSlot
	// flagCompat: the script has no shebang, so none of its flags is known.
	flagCompat
)

var flagNames = []struct {
	name string
	flag flags
}{
	{"no-writes", flagNoWrites},
	{"allow-oom", flagAllowOOM},
	{"allow-stale", flagAllowStale},
	{"no-cluster", flagNoCluster},
	{"allow-cross-slot-keys", flagAllowCrossSlot},
}

// shownFlags are the flags in the order of FUNCTION LIST.
var shownFlags = flagNames

// traits are what is known of a script or function beside its code.
type traits struct {
	flags flags
	cost  costs
}

// costs is how many instructions a script lately took, 0 if it never ran here.
type costs struct{ n atomic.Int64 }

func (c *costs) note(n int64) { c.n.Store(max(n, 1)) }

func flagOf(name string) (flags, bool) {
	for _, f := range flagNames {
		if f.name == name {
			return f.flag, true
		}
	}
	return 0, false
}

// Budgets of a script, in instructions of package lua: a statement, a call or a turn
// of a loop each. They are part of the state machine: all nodes use the same.
const (
	// defaultBudget is about five seconds of a slow processor: what the setting
	// script-budget is if nobody changes it.
	defaultBudget = 200_000_000
	// memoryLimit bounds what the values of a library take while it is loaded, in
	// bytes.
	memoryLimit = 256 << 20
	// loadBudget is for the code of a library, which Redis gives half a second.
	loadBudget = defaultBudget / 10
	// callCost is what a call of a command costs, in instructions, beside its reply.
	callCost = 20
	// replyCost is for how many bytes of a reply an instruction is charged.
	replyCost = 16
)

// compile makes a script of its text.
func compile(body string) (*lua.Chunk, error) { return lua.Compile(body, "@user_script") }
