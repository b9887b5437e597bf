// Package apply measures what the state machine does in memory, without a log
// and without sockets: the store with its shards beside the same store behind
// one global lock, and beside plain maps that know nothing of Redis.
//
//	make bench-apply
package apply

import (
	"bytes"
	"fmt"
	"sync"
	"testing"

	"github.com/puzpuzpuz/xsync/v4"

	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/store"
	"github.com/msredis/msredis/store/storetest"
)

const valueSize = 64

// kv is what all of them can do. Keys are numbers, for which everybody has the
// bytes ready.
type kv interface {
	put(key int)
	del(key int)
	get(key int)
}

// system makes a kv for each goroutine that uses it. Those that need no state per
// goroutine are one themselves.
type system interface {
	client() kv
}

var systems = []struct {
	name string
	make func(t testing.TB, keys int) system
}{
	{"store", func(t testing.TB, keys int) system { return newSharded(t, keys, 1) }},
	{"store, one lock", func(t testing.TB, keys int) system { return newLocked(t, keys, 1) }},
	{"map, one lock", func(_ testing.TB, keys int) system {
		return &plainMap{data: newData(keys), m: make(map[string][]byte, keys)}
	}},
	{"sync.Map", func(_ testing.TB, keys int) system { return &syncMap{data: newData(keys)} }},
	{"xsync.Map", func(_ testing.TB, keys int) system {
		return &xsyncMap{data: newData(keys), m: xsync.NewMap[string, []byte]()}
	}},
}

// data has the names of the keys and the value.
type data struct {
	names []string
	value []byte
}

func newData(keys int) data {
	d := data{value: make([]byte, valueSize)}
	for i := range keys {
		d.names = append(d.names, fmt.Sprintf("key:%012d", i))
	}
	return d
}

// plainMap is a map behind a readers-writer lock.
type plainMap struct {
	data
	mu sync.RWMutex
	m  map[string][]byte
}

func (p *plainMap) client() kv { return p }

func (p *plainMap) put(key int) {
	v := bytes.Clone(p.value)
	p.mu.Lock()
	p.m[p.names[key]] = v
	p.mu.Unlock()
}

func (p *plainMap) del(key int) {
	p.mu.Lock()
	delete(p.m, p.names[key])
	p.mu.Unlock()
}

func (p *plainMap) get(key int) {
	p.mu.RLock()
	v := p.m[p.names[key]]
	p.mu.RUnlock()
	use(v)
}

type syncMap struct {
	data
	m sync.Map
}

func (s *syncMap) client() kv  { return s }
func (s *syncMap) put(key int) { s.m.Store(s.names[key], bytes.Clone(s.value)) }
func (s *syncMap) del(key int) { s.m.Delete(s.names[key]) }
func (s *syncMap) get(key int) {
	if v, ok := s.m.Load(s.names[key]); ok {
		use(v.([]byte))
	}
}

type xsyncMap struct {
	data
	m *xsync.Map[string, []byte]
}

func (x *xsyncMap) client() kv  { return x }
func (x *xsyncMap) put(key int) { x.m.Store(x.names[key], bytes.Clone(x.value)) }
func (x *xsyncMap) del(key int) { x.m.Delete(x.names[key]) }
func (x *xsyncMap) get(key int) {
	v, _ := x.m.Load(x.names[key])
	use(v)
}

// use looks at a value, as copying it into a reply would.
func use(v []byte) {
	if len(v) > 0 && v[0] != 0 {
		panic("the values are zeros")
	}
}

// machine is the store with its commands, parsed and ready.
type machine struct {
	s     *store.Store
	table *command.Table
	data
	puts, dels, gets []command.Call
	index            uint64
}

func newMachine(t testing.TB, keys, lanes int) *machine {
	t.Helper()
	rows := store.Rows()
	m := &machine{table: storetest.Table(rows), data: newData(keys)}
	var err error
	m.s, err = store.New(store.Options{Table: m.table, Rows: rows, Kinds: store.Kinds(), Databases: 1, Lanes: lanes, HashSeed: 1})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range m.names {
		m.puts = append(m.puts, m.call("set", []byte(name), m.value))
		m.dels = append(m.dels, m.call("del", []byte(name)))
		m.gets = append(m.gets, m.call("get", []byte(name)))
	}
	return m
}

func (m *machine) call(name string, args ...[]byte) command.Call {
	return command.NewCall(m.table.Lookup([]byte(name)), append([][]byte{[]byte(name)}, args...), 0, nil)
}

// apply is one log entry.
func (m *machine) apply(units []*command.Unit) {
	m.index++
	m.s.Apply([]store.Entry{{Index: m.index, Time: 1, Seed: m.index, Units: units}})
}
