package front

import (
	"bytes"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/msredis/msredis/internal/blocking"
	"github.com/msredis/msredis/internal/options"
	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/resp/reply"
)

// listBackend has lists that clients wait for. It tells the queues of them as
// the store does, under its lock.
type listBackend struct {
	*fakeBackend
	q     *blocking.Queues
	mu    sync.Mutex
	lists map[string][]string
	tries []string      // the keys of each unit
	down  error         // for every unit
	hold  chan struct{} // if set, the next unit waits until it is closed
}

func (b *listBackend) Write(u *command.Unit) error {
	if u.Calls[0].Cmd.Name != "blpop" {
		return b.fakeBackend.Write(u)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if hold := b.hold; hold != nil {
		b.hold = nil
		b.mu.Unlock()
		<-hold
		b.mu.Lock()
	}
	if b.down != nil {
		return b.down
	}
	var keys []string
	for i := range u.Calls {
		args := u.Calls[i].Args
		keys = append(keys, string(bytes.Join(args[1:len(args)-1], []byte("+"))))
		b.pop(args[1:len(args)-1], &u.W)
	}
	b.tries = append(b.tries, strings.Join(keys, " "))
	return nil
}

func (b *listBackend) pop(keys [][]byte, w *reply.Writer) {
	for _, key := range keys {
		list := b.lists[string(key)]
		switch {
		case len(list) == 0:
		case list[0] == "string":
			w.Error(reply.ErrWrongType)
			return
		default:
			w.Array(2)
			w.Bulk(key)
			w.BulkString(list[0])
			b.lists[string(key)] = list[1:]
			b.ready(string(key))
			return
		}
	}
	w.NullArray()
}

func (b *listBackend) ready(key string) {
	switch list := b.lists[key]; {
	case len(list) == 0:
		b.q.Ready(0, key, "", 0)
	case list[0] == "string":
		b.q.Ready(0, key, "string", 0)
	default:
		b.q.Ready(0, key, "list", len(list))
	}
}

func (b *listBackend) push(key string, elems ...string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.lists[key] = append(b.lists[key], elems...)
	b.ready(key)
}

func (b *listBackend) Versions(_ int, keys [][]byte) ([]uint64, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.down != nil {
		return nil, b.down
	}
	versions := make([]uint64, len(keys))
	for i, key := range keys {
		if versions[i] = uint64(len(b.lists[string(key)])); versions[i] == 0 {
			versions[i] = command.Absent
		}
	}
	return versions, nil
}

// units are the keys of the units since the last call.
func (b *listBackend) units() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	s := strings.Join(b.tries, "|")
	b.tries = nil
	return s
}

type listServer struct {
	*testServer
	lists *listBackend
}

func newListServer(t *testing.T) *listServer {
	t.Helper()
	table, err := command.NewTable(Specs(), dataSpecs, []command.Spec{{
		Name: "blpop", Usage: "BLPOP key [key ...] timeout", Since: "2.0.0", Group: command.GroupList, Summary: "-",
		Flags: command.Write | command.Blocking, Wait: command.WaitPopList,
	}})
	if err != nil {
		t.Fatal(err)
	}
	b := &listBackend{fakeBackend: newFakeBackend(), q: blocking.New(), lists: map[string][]string{}}
	ts := newTestServer(t)
	opt := ts.opt
	opt.Table, opt.Backend, opt.Blocking, opt.Config = table, b, b.q, options.New()
	ts.backend = b.fakeBackend
	if ts.Server, err = New(opt); err != nil {
		t.Fatal(err)
	}
	return &listServer{ts, b}
}

// waiter is a client with a pipeline under way.
type waiter struct {
	*testClient
	replies chan string
}

// start sends a pipeline, and returns when one more client waits.
func (ls *listServer) start(t *testing.T, lines ...string) *waiter {
	t.Helper()
	w := &waiter{ls.connect(t), make(chan string, 1)}
	n := ls.waiting.all.Load()
	go func() { w.replies <- w.pipeline(lines...) }()
	ls.awaitWaiting(n + 1)
	return w
}

func (ls *listServer) awaitWaiting(n int64) {
	for ls.waiting.all.Load() != n {
		runtime.Gosched()
	}
}

func (w *waiter) expect(want string) {
	w.t.Helper()
	if got := <-w.replies; got != want {
		w.t.Errorf("got %q, want %q", got, want)
	}
}

func TestBlockedAreServedInOneUnit(t *testing.T) {
	ls := newListServer(t)
	a := ls.start(t, "SET x 1", "BLPOP k l 0", "GET x")
	if got := string(a.conn.sent); got != "+OK\r\n" {
		t.Errorf("%q was sent before the client waits", got)
	}
	b := ls.start(t, "BLPOP k 0")
	c := ls.start(t, "HELLO 3", "BLPOP k 0")
	d := ls.start(t, "BLPOP k 0")
	ls.lists.push("k", "1", "2", "3", "4")
	a.expect("+OK|*2|$1|k|$1|1|$1|1|")
	b.expect("*2|$1|k|$1|2|")
	if got := <-c.replies; !strings.HasSuffix(got, "|*2|$1|k|$1|3|") {
		t.Errorf("got %q", got)
	}
	d.expect("*2|$1|k|$1|4|")
	if got := ls.lists.units(); got != "k k|k|k" { // one per protocol
		t.Errorf("units %q", got)
	}
	ls.awaitWaiting(0)
}

// Of the clients that are gone, none gets anything.
func TestGoneAreSkipped(t *testing.T) {
	ls := newListServer(t)
	a, b, c := ls.start(t, "BLPOP k 0"), ls.start(t, "BLPOP k 0"), ls.start(t, "BLPOP k 0")
	b.conn.Close()
	b.expect("")
	a.conn.Close()
	ls.lists.push("k", "1")
	c.expect("*2|$1|k|$1|1|")
	a.expect("")
	ls.awaitWaiting(0)
}

func TestBlockedWithoutCluster(t *testing.T) {
	ls := newListServer(t)
	a, b := ls.start(t, "BLPOP k 0"), ls.start(t, "BLPOP k 0")
	ls.lists.mu.Lock()
	ls.lists.down = &command.Failure{Text: reply.ErrUnknown, Unknown: true}
	ls.lists.mu.Unlock()
	ls.lists.push("k", "1")
	a.expect("-" + reply.ErrUnknown + "|")
	b.expect("-" + reply.ErrUnknown + "|")
	ls.lists.down = &command.Failure{Text: reply.ErrNoQuorum}
	ls.connect(t).want("-"+reply.ErrNoQuorum+"|", "BLPOP k 0")
	ls.awaitWaiting(0)
}

func TestUnblockForShutdown(t *testing.T) {
	ls := newListServer(t)
	a, b := ls.start(t, "BLPOP k 0", "SET x 1"), ls.start(t, "BLPOP k 100")
	ls.Unblock()
	a.expect("-" + reply.ErrShuttingDown + "|")
	b.expect("-" + reply.ErrShuttingDown + "|")
	ls.connect(t).want("-"+reply.ErrShuttingDown+"|", "BLPOP k 0")
}

func TestBlockedIsShown(t *testing.T) {
	ls := newListServer(t)
	a := ls.start(t, "BLPOP k 100")
	b := ls.connect(t)
	for section, want := range map[string]string{
		"CLIENT LIST": "flags=b ", "INFO clients": "blocked_clients:1|", "INFO  clients": "clients_in_timeout_table:1|",
	} {
		if got := b.pipeline(section); !strings.Contains(got, want) {
			t.Errorf("%s: %q is not in %q", section, want, got)
		}
	}
	id := fmt.Sprint(a.conn.id)
	b.want(":0|", "CLIENT UNBLOCK 999")
	b.want(":1|", "CLIENT UNBLOCK "+id+" ERROR")
	a.expect("-" + reply.ErrUnblocked + "|")
	ls.awaitWaiting(0)
	b.want(":0|", "CLIENT UNBLOCK "+id)
}

// "Nothing" is an answer that has to be true at some time while the client waits. Who
// came when others were being served, and was never looked for until its time was
// over, because that took long, is looked for then.
func TestTimeoutTellsTheTruth(t *testing.T) {
	ls := newListServer(t)
	a := ls.start(t, "BLPOP k 0")
	hold := make(chan struct{})
	ls.lists.mu.Lock()
	ls.lists.hold = hold // as by a fail-over
	ls.lists.mu.Unlock()
	ls.lists.push("k", "1", "2")
	ls.connect(t).want("*2|$1|k|$1|1|", "BLPOP k 0.01")
	b := ls.start(t, "BLPOP k 0")
	ls.connect(t).want(":1|", fmt.Sprint("CLIENT UNBLOCK ", b.conn.id))
	b.expect("*2|$1|k|$1|2|")
	ls.connect(t).want("*-1|", "BLPOP k 0.01")
	close(hold)
	ls.lists.push("k", "3")
	a.expect("*2|$1|k|$1|3|")
	ls.awaitWaiting(0)
}

// A client that comes when there is something for those who wait already has to
// wait behind them, and is served from what else there is.
func TestNewcomersQueue(t *testing.T) {
	ls := newListServer(t)
	hold := make(chan struct{})
	ls.lists.mu.Lock()
	ls.lists.lists["l"] = []string{"9"}
	ls.lists.mu.Unlock()
	a := ls.start(t, "BLPOP k 0")
	// Nobody serves a while the node's clients are paused.
	ls.connect(t).want("+OK|", "CLIENT PAUSE 100000 WRITE")
	ls.lists.push("k", "1", "2")
	go func() { ls.pause.end(); close(hold) }()
	a.expect("*2|$1|k|$1|1|")
	<-hold
	ls.connect(t).want("*2|$1|k|$1|2|", "BLPOP k l 0")
	ls.connect(t).want("*2|$1|l|$1|9|", "BLPOP k l 0")
	// A value of another kind is an error for who comes, and nothing for who waits.
	b := ls.start(t, "BLPOP k l 0")
	ls.lists.push("k", "string")
	ls.connect(t).want("-"+reply.ErrWrongType+"|", "BLPOP k 0.01")
	ls.lists.push("l", "1")
	b.expect("*2|$1|l|$1|1|")
}

func TestLastID(t *testing.T) {
	for _, test := range []struct{ info, want string }{
		{"*4\r\n$6\r\nlength\r\n:1\r\n$17\r\nlast-generated-id\r\n$3\r\n7-1\r\n", "7-1"},
		{"-" + reply.ErrNoSuchKey + "\r\n", "0-0"},
		{"-" + reply.ErrWrongType + "\r\n", ""},
		{"*1\r\n$17\r\nlast-generated-id\r\n", ""},
		{"+OK\r\n", ""},
		{"", ""},
	} {
		if got := string(lastID([]byte(test.info))); got != test.want {
			t.Errorf("%q: got %q, want %q", test.info, got, test.want)
		}
	}
}
