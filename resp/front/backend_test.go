package front

import (
	"bytes"
	"errors"
	"sort"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/msredis/msredis/internal/glob"
	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/resp/reply"
)

// dataSpecs are the commands that fakeBackend understands.
var dataSpecs = []command.Spec{
	{Name: "get", Usage: "GET key", Since: "1.0.0", Group: command.GroupString, Summary: "-",
		Flags: command.ReadOnly | command.Fast},
	{Name: "getall", Usage: "GETALL key", Since: "1.0.0", Group: command.GroupString, Summary: "-",
		Flags: command.ReadOnly},
	{Name: "set", Usage: "SET key value", Since: "1.0.0", Group: command.GroupString, Summary: "-",
		Flags: command.Write | command.DenyOOM},
	{Name: "incr", Usage: "INCR key", Since: "1.0.0", Group: command.GroupString, Summary: "-",
		Flags: command.Write | command.DenyOOM | command.Fast},
	{Name: "del", Usage: "DEL key [key ...]", Since: "1.0.0", Group: command.GroupGeneric, Summary: "-",
		Flags: command.Write},
	{Name: "keys", Usage: "KEYS pattern", Since: "1.0.0", Group: command.GroupGeneric, Summary: "-",
		Flags: command.ReadOnly | command.Slow | command.WholeKeyspace},
	{Name: "publish", Usage: "PUBLISH channel message", Since: "2.0.0", Group: command.GroupPubSub, Summary: "-",
		Flags: command.PubSub | command.Fast | command.Logged | command.MayReplicate | command.Publishes},
	{Name: "spublish", Usage: "SPUBLISH shardchannel message", Since: "7.0.0", Group: command.GroupPubSub, Summary: "-",
		Flags: command.PubSub | command.Fast | command.Logged | command.MayReplicate | command.Publishes, Keys: []command.KeySpec{{Flags: command.KeyNotKey, First: 1}}},
	{Name: "dump", Usage: "DUMP key", Since: "2.6.0", Group: command.GroupGeneric, Summary: "-", Flags: command.ReadOnly},
	{Name: "pttl", Usage: "PTTL key", Since: "2.6.0", Group: command.GroupGeneric, Summary: "-", Flags: command.ReadOnly},
	{Name: "setnx", Usage: "SETNX key value", Since: "1.0.0", Group: command.GroupString, Summary: "-", Flags: command.Write},
	{Name: "object", Usage: "OBJECT", Since: "2.2.3", Group: command.GroupGeneric, Summary: "-"},
	{Name: "encoding", Container: "object", Usage: "OBJECT ENCODING key", Since: "2.2.3", Group: command.GroupGeneric, Summary: "-",
		Flags: command.ReadOnly},
	{Name: "settings", Usage: "SETTINGS <SET | FOUND> name value [name value ...]", Since: "1.0.0", Group: command.GroupServer, Summary: "-",
		Flags: command.Write | command.Internal | command.Hidden},
	{Name: "users", Usage: "USERS <SET> name [rule ...]", Since: "1.0.0", Group: command.GroupServer, Summary: "-",
		Flags: command.Write | command.Internal | command.Hidden},
	{Name: "object", Container: "debug", Usage: "DEBUG OBJECT key", Since: "1.0.0", Group: command.GroupServer, Summary: "-",
		Flags: command.ReadOnly | command.Hidden},
}

// ranUnit is what fakeBackend remembers of a unit.
type ranUnit struct {
	write, stale bool
	calls        int
	literals     int
	bytes        int
}

// fakeBackend runs units on a map, in the goroutine of the session.
type fakeBackend struct {
	taken    atomic.Int64 // of the room on the disk
	mu       sync.Mutex
	data     []map[string]string
	versions map[string]uint64
	version  uint64
	units    []ranUnit
	quiet    bool          // remember nothing, so as not to allocate
	takes    time.Duration // for which a read keeps the store, as it says

	setUser   func(name []byte, rules [][]byte) error
	fail      error // for the next unit
	over      func() bool
	view      View
	info      Info
	saves     int
	active    bool
	failedTo  string
	forgotten string
	met       string
	replicas  int
	hold      chan struct{} // if set, a unit waits for it to be closed
}

func newFakeBackend() *fakeBackend {
	b := &fakeBackend{versions: map[string]uint64{}, over: func() bool { return false }}
	for range 16 {
		b.data = append(b.data, map[string]string{})
	}
	b.view = View{ClusterID: 7, Self: 1, Leader: 1, Term: 2, Quorum: true, Members: []Member{
		{ID: 1, Name: "n1", ClientAddr: "127.0.0.1:6379", PeerAddr: "127.0.0.1:16379", Alive: true},
	}}
	b.info = Info{State: "leader", Term: 2, Commit: 42, Applied: 42, LastSaveOK: true}
	return b
}

func (b *fakeBackend) run(u *command.Unit, write bool) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.hold != nil {
		hold := b.hold
		b.mu.Unlock()
		<-hold
		b.mu.Lock()
	}
	if !b.quiet {
		ran := ranUnit{write: write, stale: u.Stale, bytes: u.Bytes}
		for i := range u.Calls {
			if u.Calls[i].Literal != nil {
				ran.literals++
			} else {
				ran.calls++
			}
		}
		b.units = append(b.units, ran)
	}
	if b.fail != nil {
		err := b.fail
		b.fail = nil
		u.W.Raw([]byte("$3\r\nhalf a reply")) // a backend that gave up in the middle
		return err
	}
	if write != u.Writes() {
		return errors.New("the session took a write for a read, or the other way round")
	}
	for i := range u.Calls {
		start, bounds := len(u.W.Buf), u.W.Bounds()
		if whole := bounds; u.Whole && i == 0 {
			whole.Portion = 0
			u.W.Bound(whole)
		}
		if b.call(&u.Calls[i], &u.W); u.W.Full() == reply.Paused {
			u.W.Buf, u.Done = u.W.Buf[:start], i
		}
		if u.W.Stopped() {
			break
		}
		if u.Whole && i == 0 {
			u.W.Bound(bounds)
		}
	}
	if b.takes > 0 {
		u.Ran, u.Together = b.takes, 1
	}
	return nil
}

// StartWrite and StartRead complete before they return.
func (b *fakeBackend) StartWrite(u *command.Unit, c command.Completer) (bool, error) {
	c.Complete(b.Write(u))
	return false, nil
}

func (b *fakeBackend) StartRead(u *command.Unit, _ command.Completer) (bool, error) {
	return true, b.Read(u)
}

func (b *fakeBackend) Work() bool { return false }

func (b *fakeBackend) Alone() bool { return true }

// Long takes a read of the key "large" for one that takes long.
func (b *fakeBackend) Reads(*command.Call) bool { return false }

func (b *fakeBackend) Harmless(*command.Call) bool { return false }

func (b *fakeBackend) KillScript(bool) string { return reply.ErrNotBusy }

func (b *fakeBackend) Long(c *command.Call) bool {
	return c.Cmd.Name == "getall" && string(c.Args[1]) == "large"
}

// Large takes what is stored for large if it is.
func (b *fakeBackend) Large(c *command.Call) int {
	if c.Cmd.Name != "get" {
		return 0
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.data[c.DB][string(c.Args[1])])
}

func (b *fakeBackend) call(call *command.Call, w *reply.Writer) {
	switch {
	case call.Literal != nil:
		w.Raw(call.Literal)
	case call.Tx != nil:
		for _, watch := range call.Tx.Watches {
			if b.versions[versionKey(watch.DB, watch.Key)] != watch.Version {
				w.NullArray()
				return
			}
		}
		w.Array(len(call.Tx.Calls))
		for i := range call.Tx.Calls {
			b.call(&call.Tx.Calls[i], w)
		}
	default:
		b.command(call, w)
	}
}

func versionKey(db int, key []byte) string { return strconv.Itoa(db) + "/" + string(key) }

func (b *fakeBackend) touch(db int, key []byte) {
	b.version++
	if !b.quiet {
		b.versions[versionKey(db, key)] = b.version
	}
}

func (b *fakeBackend) command(call *command.Call, w *reply.Writer) {
	db, args := b.data[call.DB], call.Args
	switch call.Cmd.FullName {
	case "users":
		if err := b.setUser(args[2], args[3:]); err != nil {
			w.Error(err.Error())
			return
		}
		w.OK()
	case "get", "getall":
		if v, ok := db[string(args[1])]; ok {
			w.BulkString(v)
		} else {
			w.Null()
		}
	case "set":
		if old, ok := db[string(args[1])]; !ok || old != string(args[2]) {
			db[string(args[1])] = string(args[2])
		}
		b.touch(call.DB, args[1])
		w.OK()
	case "incr":
		n, err := strconv.ParseInt(db[string(args[1])], 10, 64)
		if err != nil && db[string(args[1])] != "" {
			w.Error(reply.ErrNotInteger)
			return
		}
		db[string(args[1])] = strconv.FormatInt(n+1, 10)
		b.touch(call.DB, args[1])
		w.Int(n + 1)
	case "del":
		n := int64(0)
		for _, key := range args[1:] {
			if _, ok := db[string(key)]; ok {
				n++
				delete(db, string(key))
				b.touch(call.DB, key)
			}
		}
		w.Int(n)
	case "keys":
		var keys []string
		for key := range db {
			if glob.Match(args[1], []byte(key), false) {
				keys = append(keys, key)
			}
		}
		sort.Strings(keys)
		w.Strings(keys)
	case "dump", "object|encoding": // there is no such key
		w.Null()
	case "pttl":
		w.Int(-2)
	case "setnx":
		if _, ok := db[string(args[1])]; ok {
			w.Int(0)
			return
		}
		db[string(args[1])] = string(args[2])
		b.touch(call.DB, args[1])
		w.Int(1)
	case "debug|object":
		w.Simple("Value at:0x0")
	}
}

func (b *fakeBackend) Write(u *command.Unit) error { return b.run(u, true) }
func (b *fakeBackend) Read(u *command.Unit) error  { return b.run(u, false) }

func (b *fakeBackend) Versions(db int, keys [][]byte) ([]uint64, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.fail != nil {
		err := b.fail
		b.fail = nil
		return nil, err
	}
	var versions []uint64
	for _, key := range keys {
		versions = append(versions, b.versions[versionKey(db, key)])
	}
	return versions, nil
}

func (b *fakeBackend) OverMemory() bool { return b.over() }

func (b *fakeBackend) Room() int64 { return 1<<40 - b.taken.Load() }

func (b *fakeBackend) View() *View {
	b.mu.Lock()
	defer b.mu.Unlock()
	v := b.view
	return &v
}

func (b *fakeBackend) Info() *Info { i := b.info; return &i }

func (b *fakeBackend) Failover(name string) error { b.failedTo = "to:" + name; return nil }
func (b *fakeBackend) Forget(name string) error   { b.forgotten = name; return nil }
func (b *fakeBackend) Meet(addr string) error     { b.met = addr; return errors.New("no node answers") }

func (b *fakeBackend) Save() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.saves++
	return nil
}
func (b *fakeBackend) LastSave() int64 { return 1700000000 }
func (b *fakeBackend) Reload() error   { return nil }

func (b *fakeBackend) Digest() (string, uint64, error) {
	return "0000000000000000000000000000000000000000", 42, nil
}

func (b *fakeBackend) Replicas(n int, _ time.Duration) int { return max(n, b.replicas) }
func (b *fakeBackend) SetActiveExpire(on bool)             { b.active = on }

// shape renders the units that were run since the last call: w or r, a * for
// stale, the number of calls and of literals.
func (b *fakeBackend) shape() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	var out bytes.Buffer
	for i, u := range b.units {
		if i > 0 {
			out.WriteByte(' ')
		}
		if u.write {
			out.WriteByte('w')
		} else {
			out.WriteByte('r')
		}
		if u.stale {
			out.WriteByte('*')
		}
		out.WriteString(strconv.Itoa(u.calls))
		if u.literals > 0 {
			out.WriteString("+" + strconv.Itoa(u.literals))
		}
	}
	b.units = nil
	return out.String()
}
