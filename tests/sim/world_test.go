package sim

import (
	"container/heap"
	"crypto/rand"
	"fmt"
	"io"
	mrand "math/rand/v2"
	"runtime/debug"
	"sync"

	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/store"
	"github.com/msredis/msredis/store/keyspace"
	"github.com/msredis/msredis/store/storetest"
)

// Virtual time is counted in microseconds.
const (
	ms     = int64(1000)
	second = 1000 * ms
	// epoch is the true time at which a simulation begins, Unix ms.
	epoch = int64(1_700_000_000_000)

	tick          = 20 * ms
	electionTicks = 10
	requestTicks  = 40 // patience with a command
)

// The tables are the product's: all rows of all families, and commands that panic.
var (
	rows  = append(store.Rows(), storetest.BrokenRows(store.Rows())...)
	kinds = store.Kinds()
	table = storetest.Table(rows)
)

// world is one simulation.
type world struct {
	rng     *mrand.Rand
	now     int64 // true time since the beginning
	events  eventHeap
	count   uint64 // of events ever
	hash    uint64 // of everything that happened
	log     func(format string, args ...any)
	profile profile

	machines  []*machine
	network   network
	check     checker
	clients   []*client
	joins     []*join
	replacing bool            // a machine that has lost its disk is being replaced
	quiet     bool            // the faults are over
	loaded    map[string]bool // scripts and libraries of which a client knows that they are
	places    map[string]int  // where unique values stand in their lists, in the end
}

// event is something that will happen.
type event struct {
	at  int64
	seq uint64 // orders events at the same time
	run func()
}

type eventHeap []event

func (h eventHeap) Len() int { return len(h) }
func (h eventHeap) Less(i, j int) bool {
	return h[i].at < h[j].at || h[i].at == h[j].at && h[i].seq < h[j].seq
}
func (h eventHeap) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h *eventHeap) Push(x any)   { *h = append(*h, x.(event)) }
func (h *eventHeap) Pop() any {
	old := *h
	e := old[len(old)-1]
	old[len(old)-1] = event{}
	*h = old[:len(old)-1]
	return e
}

// after lets fn happen d from now.
func (w *world) after(d int64, fn func()) {
	w.count++
	heap.Push(&w.events, event{w.now + d, w.count, fn})
}

// between draws a duration.
func (w *world) between(lo, hi int64) int64 { return lo + w.rng.Int64N(hi-lo+1) }

// chance is true with probability p.
func (w *world) chance(p float64) bool { return p > 0 && w.rng.Float64() < p }

// step lets the next event happen; false if there is none.
func (w *world) step() bool {
	if len(w.events) == 0 {
		return false
	}
	e := heap.Pop(&w.events).(event)
	w.now = e.at
	e.run()
	return true
}

// until lets things happen until cond holds or d has passed, and says which.
func (w *world) until(d int64, cond func() bool) bool {
	for end := w.now + d; !cond(); {
		if w.now >= end || !w.step() {
			return cond()
		}
	}
	return true
}

// run lets d pass.
func (w *world) run(d int64) {
	over := false
	w.after(d, func() { over = true })
	w.until(d, func() bool { return over })
}

// note makes something part of the trace.
func (w *world) note(what string, numbers ...uint64) {
	h := w.hash
	for i := range len(what) {
		h = (h ^ uint64(what[i])) * 1099511628211
	}
	h = (h ^ uint64(w.now)) * 1099511628211
	for _, n := range numbers {
		h = (h ^ n) * 1099511628211
		h ^= h >> 29
	}
	w.hash = h
	if w.log != nil {
		w.log("%9.3f  %-10s %v", float64(w.now)/float64(ms), what, numbers)
	}
}

// say adds a line for people to the trace.
func (w *world) say(format string, args ...any) {
	if w.log != nil {
		w.log("%9.3f  "+format, append([]any{float64(w.now) / float64(ms)}, args...)...)
	}
}

// violation is a promise that was broken.
type violation struct{ text string }

func (v violation) Error() string { return v.text }

// fail ends the simulation: a promise was broken.
func (w *world) fail(format string, args ...any) {
	panic(violation{fmt.Sprintf("after %d ms: ", w.now/ms) + fmt.Sprintf(format, args...)})
}

// raftRandom is where raft draws its election timeouts from: it reads
// crypto/rand.Reader, so for the time of a simulation that is a generator with
// the seed. Hence one simulation at a time in a process.
var raftRandom sync.Mutex

type seededReader struct{ rng *mrand.Rand }

func (r seededReader) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(r.rng.Uint32())
	}
	return len(p), nil
}

// simulate runs fn in a new world. It returns the hash of the trace, and what
// was broken.
func simulate(seed uint64, log func(string, ...any), fn func(w *world)) (hash uint64, err error) {
	raftRandom.Lock()
	defer raftRandom.Unlock()
	before := rand.Reader
	rand.Reader = io.Reader(seededReader{mrand.New(mrand.NewPCG(seed, 1))})
	defer func() { rand.Reader = before }()

	w := &world{places: map[string]int{}, loaded: map[string]bool{}, rng: mrand.New(mrand.NewPCG(seed, 0)), log: log}
	w.check.init(w)
	defer func() {
		hash = w.hash
		switch v := recover().(type) {
		case nil:
		case violation:
			err = v
		default: // an assertion of the product, or a bug
			err = fmt.Errorf("after %d ms: panic: %v\n%s", w.now/ms, v, debug.Stack())
		}
	}()
	fn(w)
	return w.hash, nil
}

// newStore makes the store of a node.
func newStore() *store.Store {
	s, err := store.New(store.Options{Table: table, Rows: rows, Kinds: kinds, Databases: 1, Lanes: 1, HashSeed: 7, Broken: mayBreak})
	if err != nil {
		panic(err)
	}
	return s
}

// mayBreak lets no command panic but the one that is there to.
func mayBreak(b keyspace.Broken) {
	if b.Command != "broken" {
		panic(fmt.Sprintf("%s: %v\n%s", b.Command, b.Cause, b.Stack))
	}
}

// call makes a call of words.
func call(words ...string) command.Call {
	args := make([][]byte, len(words))
	for i, word := range words {
		args[i] = []byte(word)
	}
	cmd, _ := table.Resolve(args)
	if cmd == nil || !cmd.ArityOK(len(args)) {
		panic(fmt.Sprintf("no such call: %q", words))
	}
	return command.NewCall(cmd, args, 0, nil)
}

// multi makes a transaction of calls.
func multi(watches []command.Watch, calls ...command.Call) command.Call {
	return command.NewExec(table.Lookup([]byte("exec")), &command.Tx{Calls: calls, Watches: watches}, nil)
}

// pick draws one of list.
func pick[T any](w *world, list []T) T { return list[w.rng.IntN(len(list))] }

// up returns the nodes that run, in the order of their machines.
func (w *world) up() []*node {
	var list []*node
	for _, m := range w.machines {
		if m.node != nil {
			list = append(list, m.node)
		}
	}
	return list
}

// leader returns the settled leader with the highest term that is not paused.
func (w *world) leader() *node {
	var best *node
	for _, n := range w.up() {
		if !n.paused && n.replica.Settled() && (best == nil || n.term() > best.term()) {
			best = n
		}
	}
	return best
}
