package store_test

import (
	"fmt"
	"math/rand"
	"slices"
	"testing"

	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/resp/reply"
	"github.com/msredis/msredis/store"
	"github.com/msredis/msredis/store/keyspace"
	"github.com/msredis/msredis/store/storetest"
)

// vocabulary is the command table that the tests of this package use: all
// families, the test family of lists, those on shared tables, and EXEC.
var (
	rows  = withBroken(append(storetest.WithOther(store.Rows()), storetest.SharedRows...))
	kinds = append(store.Kinds(), &storetest.Other)
	table = storetest.Table(rows)
)

func withBroken(rows []keyspace.Row) []keyspace.Row {
	return append(rows, storetest.BrokenRows(rows)...)
}

const databases = 4

func newStore(t testing.TB, lanes, large int) *store.Store {
	t.Helper()
	s, err := store.New(store.Options{
		Table: table, Rows: rows, Kinds: kinds, Databases: databases, Lanes: lanes, HashSeed: 42,
		Broken: mayBreak,
	})
	if err != nil {
		t.Fatal(err)
	}
	s.Scripts().SetBudget(20_000) // of endless scripts
	s.SetLarge(large)
	return s
}

// mayBreak lets the commands panic that are there to.
func mayBreak(b keyspace.Broken) {
	if !slices.ContainsFunc(storetest.BrokenRows(nil), func(r keyspace.Row) bool { return r.Name == b.Command }) {
		panic(fmt.Sprintf("%s: %v\n%s", b.Command, b.Cause, b.Stack))
	}
}

// call makes a call of words; a word that is a []byte stands for itself.
func call(db int, words ...any) command.Call {
	var args [][]byte
	for _, w := range words {
		if b, ok := w.([]byte); ok {
			args = append(args, b)
		} else {
			args = append(args, fmt.Append(nil, w))
		}
	}
	cmd, _ := table.Resolve(args)
	if cmd == nil || !cmd.ArityOK(len(args)) {
		panic(fmt.Sprintf("bad command %q", args))
	}
	return command.NewCall(cmd, args, db, nil)
}

// unit makes a unit of calls. Of a remote one only the writes are known, and it
// answers nobody.
func unit(calls []command.Call, remote bool) *command.Unit {
	u := &command.Unit{}
	for _, c := range calls {
		if !remote {
			u.Calls = append(u.Calls, c)
			continue
		}
		if c.Tx != nil {
			tx := &command.Tx{Watches: c.Tx.Watches}
			for _, inner := range c.Tx.Calls {
				if inner.Writes() {
					tx.Calls = append(tx.Calls, inner)
				}
			}
			c = command.NewExec(c.Cmd, tx, nil)
		}
		if c.Writes() {
			u.Calls = append(u.Calls, c)
		}
	}
	u.W.Discard = remote
	u.W.Proto = reply.RESP2
	return u
}

// logEntry is an entry of a history: units as their clients sent them.
type logEntry struct {
	time  int64
	seed  uint64
	units [][]command.Call
}

// writer makes up histories. It runs them on a store of its own, to know what
// versions are watched.
type writer struct {
	t     *testing.T
	rng   *rand.Rand
	s     *store.Store
	index uint64
	now   int64
}

func newWriter(t *testing.T, seed int64) *writer {
	return &writer{t: t, rng: rand.New(rand.NewSource(seed)), s: newStore(t, 1, 1<<30), now: 1_700_000_000_000}
}

func (w *writer) history(n int) []logEntry {
	var list []logEntry
	for range n {
		list = append(list, w.entry())
	}
	return list
}

func (w *writer) entry() logEntry {
	w.now += w.rng.Int63n(30)
	if w.rng.Intn(50) == 0 {
		w.now += 2000
	}
	e := logEntry{time: w.now - w.rng.Int63n(3), seed: w.rng.Uint64()}
	for range w.rng.Intn(4) {
		var calls []command.Call
		for range 1 + w.rng.Intn(6) {
			calls = append(calls, w.call())
		}
		e.units = append(e.units, calls)
	}
	w.index++
	w.s.Apply([]store.Entry{{Index: w.index, Time: e.time, Seed: e.seed, Units: w.units(e)}})
	return e
}

func (w *writer) units(e logEntry) (list []*command.Unit) {
	for _, calls := range e.units {
		list = append(list, unit(calls, false))
	}
	return list
}

func (w *writer) key() string {
	switch w.rng.Intn(5) {
	case 0:
		return fmt.Sprint("hot", w.rng.Intn(5))
	case 1, 2:
		return fmt.Sprint("{one shard}", w.rng.Intn(150))
	}
	return fmt.Sprint("key:", w.rng.Intn(300))
}

func (w *writer) call() command.Call {
	if w.rng.Intn(40) == 0 {
		return command.NewLiteral([]byte("+PONG\r\n"))
	}
	if w.rng.Intn(12) > 0 {
		return w.plain()
	}
	tx := &command.Tx{}
	for range w.rng.Intn(3) {
		key := []byte(w.key())
		watch := command.Watch{DB: w.rng.Intn(2), Key: key}
		watch.Version = w.s.Versions(watch.DB, [][]byte{key})[0]
		if w.rng.Intn(4) == 0 {
			watch.Version++
		}
		tx.Watches = append(tx.Watches, watch)
	}
	for range 1 + w.rng.Intn(4) {
		tx.Calls = append(tx.Calls, w.plain())
	}
	return command.NewExec(table.Lookup([]byte("exec")), tx, nil)
}

func (w *writer) plain() command.Call {
	c := w.sound()
	switch {
	case c.Cmd.OneKey && c.Writes() && w.rng.Intn(25) == 0:
		return w.broken(c)
	case w.rng.Intn(100) == 0:
		return call(c.DB, "smash", w.key())
	case w.rng.Intn(100) == 0:
		return call(c.DB, "brokenread", w.key())
	}
	return c
}

// broken is a call whose handler panics when it has done its work.
func (w *writer) broken(c command.Call) command.Call {
	words := []any{"broken", c.Args[1], c.Args[0]}
	for _, arg := range c.Args[2:] {
		words = append(words, arg)
	}
	return call(c.DB, words...)
}

func (w *writer) sound() command.Call {
	if w.rng.Intn(3) == 0 {
		return w.collection()
	}
	r, db := w.rng, w.rng.Intn(2)
	if r.Intn(8) == 0 {
		return w.stream(db)
	}
	if r.Intn(15) == 0 {
		return w.restore(db)
	}
	if r.Intn(12) == 0 {
		return w.script(db)
	}
	if r.Intn(25) == 0 {
		return w.shared(db)
	}
	k, k2 := w.key(), w.key()
	n := r.Intn(1000)
	ttl := 1 + r.Intn(300)
	lease := 1 + r.Intn(4)
	switch r.Intn(50) {
	case 46:
		return call(db, "set", k, n+1, []string{"ifeq", "ifne"}[r.Intn(2)], n%4)
	case 47:
		return call(db, "delex", k, []string{"ifeq", "ifne"}[r.Intn(2)], n%4)
	case 48:
		return call(db, "msetex", 2, k, n, k2, n%4, "px", ttl)
	case 49:
		return call(db, "bitop", "one", k, k2, w.key(), k)
	case 0, 1, 2:
		return call(db, "set", k, n)
	case 3:
		return call(db, "set", k, make([]byte, r.Intn(300)), "px", ttl)
	case 4:
		return call(db, "set", k, "leased", "lease", lease)
	case 5:
		return call(db, "set", k, n, "keepttl")
	case 6, 7:
		return call(db, "incrby", k, n)
	case 8, 9:
		return call(db, "append", k, n)
	case 10:
		return call(db, "setrange", k, r.Intn(100), "xyz")
	case 11:
		return call(db, "setbit", k, r.Intn(2000), r.Intn(2))
	case 12:
		return call(db, "bitop", "xor", k, k2, w.key())
	case 13, 14:
		return call(db, "del", k, k2, w.key())
	case 15:
		return call(db, "getdel", k)
	case 16, 17:
		return call(db, "mset", k, n, k2, n+1, w.key(), n+2)
	case 18:
		return call(db, "msetnx", k, n, k2, n)
	case 19, 20:
		return call(db, "pexpire", k, ttl)
	case 21:
		return call(db, "pexpireat", k, w.now+int64(r.Intn(400))-100)
	case 22:
		return call(db, "persist", k)
	case 23, 24:
		return call(db, "rename", k, k2)
	case 25:
		return call(db, "copy", k, k2, "db", r.Intn(2), "replace")
	case 26:
		return call(db, "move", k, 1-db)
	case 27, 28, 29:
		return call(db, "rpush", k, n, "element")
	case 30, 31:
		return call(db, "lpop", k)
	case 32:
		return call(db, "lease", "grant", 20+r.Intn(200), lease)
	case 33:
		return call(db, "lease", "attach", lease, k, k2)
	case 34:
		return call(db, "lease", "detach", k)
	case 35:
		return call(db, "lease", "keepalive", lease)
	case 36:
		if r.Intn(3) == 0 {
			return call(db, "lease", "revoke", lease)
		}
		return call(db, "lease", "grant", ttl)
	case 37:
		return call(db, "lease", "ttl", lease)
	case 38:
		return call(db, "lease", "keys", lease)
	case 39:
		return call(db, "mget", k, k2, w.key())
	case 40:
		return call(db, "ttl", k)
	case 41:
		return call(db, "dbsize")
	case 42:
		if r.Intn(20) == 0 {
			return call(db, "flushdb")
		}
		return call(db, "get", k)
	case 43:
		if r.Intn(20) == 0 {
			return call(db, "swapdb", 0, 1)
		}
		return call(db, "strlen", k)
	case 44:
		return call(db, "keys", "hot*")
	}
	return call(db, "exists", k, k2)
}
