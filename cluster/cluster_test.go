package cluster

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/msredis/msredis/cluster/transport/secure"
	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/resp/command/commandtest"
	"github.com/msredis/msredis/resp/front"
	"github.com/msredis/msredis/resp/reply"
	"github.com/msredis/msredis/store"
)

// lab is a cluster of nodes in this process, on loopback, with real files.
type lab struct {
	t       *testing.T
	table   *command.Table
	nodes   map[string]*Node
	addrs   map[string]string // peer addresses, kept across restarts
	initial map[string]string
	dir     string
	tune    func(*Options)
}

func newLab(t *testing.T, names ...string) *lab {
	t.Helper()
	var specs []command.Spec
	for _, row := range store.Rows() {
		specs = append(specs, row.Spec)
	}
	table, err := command.NewTable(specs, front.Specs())
	if err != nil {
		t.Fatal(err)
	}
	l := &lab{t: t, table: table, nodes: map[string]*Node{}, addrs: map[string]string{}, initial: map[string]string{}, dir: t.TempDir()}
	for _, name := range names {
		l.initial[name] = l.reserve(name)
	}
	t.Cleanup(func() {
		for name := range l.nodes {
			l.stop(name)
		}
	})
	return l
}

// labGuard is what the nodes of a lab prove to each other.
var labGuard = secure.WithSecrets([][]byte{[]byte("the secret of all labs")})

func (l *lab) options(name string) Options {
	listen := func() (ln net.Listener, err error) {
		for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(5 * time.Millisecond) {
			ln, err = net.Listen("tcp", l.addrs[name])
			if err == nil || time.Now().After(deadline) {
				return ln, err // else its former self is about to let go of the address
			}
		}
	}
	dir := filepath.Join(l.dir, name)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		l.t.Fatal(err)
	}
	o := Options{
		Dir: dir, Name: name, Listen: listen, Guard: labGuard, PeerAddr: l.addrs[name], ClientAddr: "client-of-" + name + ":1",
		ElectionTimeout: 200 * time.Millisecond, RequestTimeout: time.Minute, SnapshotLogBytes: 64 << 20,
		CompareEvery: 50 * time.Millisecond,
		Table:        l.table, MaxMemory: func() int64 { return 0 },
		NewStore: func(seed uint64) (*store.Store, error) {
			return store.New(store.Options{Table: l.table, Rows: store.Rows(), Kinds: store.Kinds(), Databases: 16, HashSeed: seed})
		},
		Log:   slog.New(slog.NewTextHandler(io.Discard, nil)),
		Fatal: func(err error) { l.t.Logf("%s: fatal: %v", name, err) },
	}
	if len(l.initial) > 1 {
		o.Initial = l.initial
	}
	if os.Getenv("MSREDIS_TEST_LOG") != "" {
		o.Log = slog.New(slog.NewTextHandler(os.Stderr, nil)).With("node", name)
	}
	if l.tune != nil {
		l.tune(&o)
	}
	return o
}

// start starts nodes, all at once, and returns when they run.
func (l *lab) start(names ...string) {
	l.t.Helper()
	var wg sync.WaitGroup
	nodes := make([]*Node, len(names))
	// A founder waits for the others as long as it takes. One that fails ends the wait.
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	for i, name := range names {
		o := l.options(name)
		wg.Go(func() {
			var err error
			if nodes[i], err = Open(ctx, o); err != nil {
				cancel(fmt.Errorf("%s: %w", name, err))
			}
		})
	}
	wg.Wait()
	for i, name := range names {
		if nodes[i] != nil {
			l.nodes[name] = nodes[i]
		}
	}
	if err := context.Cause(ctx); err != nil {
		l.t.Fatal(err)
	}
}

func (l *lab) stop(name string) {
	if n := l.nodes[name]; n != nil {
		if err := n.Close(); err != nil {
			l.t.Errorf("closing %s: %v", name, err)
		}
		delete(l.nodes, name)
	}
}

// await tries again until fn succeeds.
func (l *lab) await(what string, fn func() error) {
	l.t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for {
		err := fn()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			l.t.Fatalf("%s: %v", what, err)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

func (l *lab) leader() string {
	l.t.Helper()
	var name string
	l.await("a leader", func() error {
		for n, node := range l.nodes {
			if v := node.meta().View(); v.Leads && v.Settled {
				name = n
				return nil
			}
		}
		return fmt.Errorf("none")
	})
	return name
}

// do runs commands, one per line, as one pipeline and returns the replies.
func (l *lab) do(node, lines string) string {
	l.t.Helper()
	out, err := l.try(node, lines)
	if err != nil {
		l.t.Fatalf("%s: %.100s: %v", node, lines, err)
	}
	return out
}

func (l *lab) try(node, lines string) (string, error) {
	return l.run(node, lines, &command.Unit{})
}

// tryStale is try on a READONLY connection.
func (l *lab) tryStale(node, lines string) (string, error) {
	return l.run(node, lines, &command.Unit{Stale: true})
}

func (l *lab) run(node, lines string, u *command.Unit) (string, error) {
	return l.runOn(l.nodes[node], lines, u)
}

// runOn is run for goroutines of a test: the lab's nodes are the test's own.
func (l *lab) runOn(n *Node, lines string, u *command.Unit) (string, error) {
	if err := commandtest.Fill(u, l.table, lines); err != nil {
		return "", err
	}
	run := n.Read
	if u.Writes() {
		run = n.Write
	}
	err := run(u)
	return commandtest.Replies(u), err
}

func (l *lab) want(node, lines, reply string) {
	l.t.Helper()
	if got := l.do(node, lines); got != reply {
		l.t.Fatalf("%s: %.100s: %.100q, want %.100q", node, lines, got, reply)
	}
}

// sameDigest wants all nodes to hold the same state.
func (l *lab) sameDigest() {
	l.t.Helper()
	l.await("equal digests", func() error {
		first, at, err := "", uint64(0), error(nil)
		for name, n := range l.nodes {
			d, i, e := n.Digest()
			if err = e; err != nil {
				return err
			}
			if first != "" && (i != at || d != first) {
				return fmt.Errorf("%s has %s at %d, another %s at %d", name, d, i, first, at)
			}
			first, at = d, i
		}
		return nil
	})
}

func TestOneNode(t *testing.T) {
	t.Parallel()
	l := newLab(t, "a")
	l.start("a")
	if age := time.Now().Unix() - l.nodes["a"].LastSave(); age < 0 || age > 60 {
		t.Errorf("before the first snapshot the last one is said to be %d s old", age)
	}
	l.want("a", "SET k v\nGET k\nAPPEND k w\nGET k", "+OK $1 v :2 $2 vw")
	l.want("a", "GET k", "$2 vw")
	l.stop("a")
	l.start("a")
	l.want("a", "GET k", "$2 vw") // from the log
	if err := l.nodes["a"].Save(); err != nil {
		t.Fatal(err)
	}
	l.want("a", "SET k2 v2", "+OK")
	l.stop("a")
	l.start("a")
	l.want("a", "MGET k k2", "*2 $2 vw $2 v2") // from the snapshot and the log
	if err := l.nodes["a"].Reload(); err != nil {
		t.Fatal(err)
	}
	l.want("a", "MGET k k2", "*2 $2 vw $2 v2")
}

func TestThreeNodes(t *testing.T) {
	t.Parallel()
	l := newLab(t, "a", "b", "c")
	l.start("a", "b", "c")
	for i, name := range []string{"a", "b", "c"} {
		l.want(name, fmt.Sprintf("SET k%d %s", i, name), "+OK")
	}
	for _, name := range []string{"a", "b", "c"} {
		l.want(name, "MGET k0 k1 k2", "*3 $1 a $1 b $1 c")
	}
	l.sameDigest()
	for name := range l.nodes {
		l.stop(name)
	}
	l.start("a", "b", "c")
	l.want("b", "MGET k0 k1 k2", "*3 $1 a $1 b $1 c")
	// Its founders are known to each other: nobody had to join.
	for name, n := range l.nodes {
		if id := n.id; id > 3 {
			t.Errorf("%s has id %d", name, id)
		}
	}
}

// Every increment that was acknowledged is counted once, whatever happens to
// leadership meanwhile, and no client on a node that lives sees an error.
func TestCountThroughFailover(t *testing.T) {
	t.Parallel()
	l := newLab(t, "a", "b", "c")
	l.start("a", "b", "c")
	l.leader()
	victim := l.leader()
	var acked atomic.Int64
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for name := range l.nodes {
		if name == victim {
			continue
		}
		for range 4 {
			wg.Go(func() {
				for {
					select {
					case <-stop:
						return
					default:
					}
					if _, err := l.try(name, "INCR n"); err != nil {
						t.Errorf("%s: %v", name, err)
						return
					}
					acked.Add(1)
				}
			})
		}
	}
	count := func(more int64) {
		target := acked.Load() + more
		l.await("progress", func() error {
			if acked.Load() < target {
				return fmt.Errorf("%d increments", acked.Load())
			}
			return nil
		})
	}
	count(100)
	if err := l.nodes[victim].Failover(""); err != nil {
		t.Error(err)
	}
	count(100)
	n := l.nodes[victim]
	n.transport.Close() // silence, as of a dead machine
	count(100)
	close(stop)
	wg.Wait()
	delete(l.nodes, victim)
	n.meta().Stop()
	for name := range l.nodes {
		l.want(name, "GET n", fmt.Sprintf("$%d %d", len(strconv.FormatInt(acked.Load(), 10)), acked.Load()))
	}
	l.sameDigest()
}

// A node that was away for longer than the log reaches back gets a snapshot.
func TestSnapshotForLaggard(t *testing.T) {
	t.Parallel()
	l := newLab(t, "a", "b", "c")
	l.tune = func(o *Options) { o.SnapshotLogBytes = 2 << 20 }
	l.start("a", "b", "c")
	l.leader()
	l.stop("c")
	for i := range 300 {
		l.want("a", fmt.Sprintf("SET k%d %s", i, strings.Repeat("x", 100<<10)), "+OK")
	}
	l.await("the log is cut", func() error {
		if first := l.nodes[l.leader()].meta().Stats().FirstIndex; first < 10 {
			return fmt.Errorf("begins at %d", first)
		}
		return nil
	})
	l.start("c")
	l.want("c", "STRLEN k299", ":102400")
	l.sameDigest()
	l.want("c", "SET after 1", "+OK")
	l.stop("c")
	l.start("c")
	l.want("c", "MGET after k-none", "*2 $1 1 $-1")
	l.sameDigest()
}

// A node that lost its disk comes back under its name as a new member.
func TestLostDisk(t *testing.T) {
	t.Parallel()
	l := newLab(t, "a", "b", "c")
	l.start("a", "b", "c")
	l.want("a", "SET k v", "+OK")
	l.stop("b")
	if err := os.RemoveAll(filepath.Join(l.dir, "b")); err != nil {
		t.Fatal(err)
	}
	l.want("a", "SET k2 v2", "+OK")
	l.await("b looks dead", func() error {
		if l.nodes[l.leader()].alive(2) {
			return fmt.Errorf("alive")
		}
		return nil
	})
	l.start("b")
	l.want("b", "MGET k k2", "*2 $1 v $2 v2")
	l.await("b votes", func() error {
		v := l.nodes["b"].meta().View()
		if m, ok := v.Members.ByName("b"); !ok || m.ID <= 3 || m.Learner || len(v.Members.List) != 3 {
			return fmt.Errorf("%+v", v.Members.List)
		}
		return nil
	})
	l.sameDigest()
}

// fails reports whether a unit failed with a text.
func fails(err error, text string) bool {
	var f *command.Failure
	return errors.As(err, &f) && f.Text == text
}

// Without a majority a command is refused, and one on its way is not known.
func TestNoQuorum(t *testing.T) {
	t.Parallel()
	l := newLab(t, "a", "b", "c")
	l.tune = func(o *Options) { o.RequestTimeout = 600 * time.Millisecond }
	l.start("a", "b", "c")
	leader := l.leader()
	l.want(leader, "SET k 1", "+OK")
	for name, n := range l.nodes {
		if name != leader {
			n.transport.Close()
			n.meta().Stop()
			delete(l.nodes, name)
		}
	}
	// A leader that has not noticed yet proposes it; one that has does not.
	if _, err := l.try(leader, "SET k 2"); !fails(err, reply.ErrUnknown) && !fails(err, reply.ErrNoQuorum) {
		t.Errorf("a write on its way: %v", err)
	}
	l.await("a definite refusal", func() error {
		if _, err := l.try(leader, "SET k 3"); !fails(err, reply.ErrNoQuorum) {
			return fmt.Errorf("a write: %v", err)
		}
		return nil
	})
	if _, err := l.try(leader, "GET k"); !fails(err, reply.ErrNoQuorum) {
		t.Errorf("a read: %v", err)
	}
	if got, err := l.tryStale(leader, "GET k"); !fails(err, reply.ErrNoQuorum) {
		t.Errorf("a stale read of a node that hears of no leader: %q, %v", got, err)
	}
}

// A stale read asks nobody.
func TestStaleRead(t *testing.T) {
	t.Parallel()
	l := newLab(t, "a", "b", "c")
	l.start("a", "b", "c")
	l.want(l.leader(), "SET k 1", "+OK")
	for name := range l.nodes {
		l.await("the write to arrive at "+name, func() error {
			if got, err := l.tryStale(name, "GET k"); err != nil || got != "$1 1" {
				return fmt.Errorf("%q, %v", got, err)
			}
			return nil
		})
	}
}

// Log time moves when a deadline passes, on all nodes.
func TestExpire(t *testing.T) {
	t.Parallel()
	l := newLab(t, "a", "b", "c")
	l.start("a", "b", "c")
	start := time.Now()
	l.want("b", "SET k v PX 300", "+OK")
	l.want("c", "EXISTS k", ":1")
	l.await("k expires", func() error {
		if got := l.do("c", "EXISTS k"); got != ":0" {
			return fmt.Errorf("%s", got)
		}
		return nil
	})
	if took := time.Since(start); took < 300*time.Millisecond || took > 10*time.Second {
		t.Errorf("k expired after %v", took)
	}
	for name := range l.nodes {
		l.want(name, "DBSIZE", ":0")
	}
	l.sameDigest()
}
