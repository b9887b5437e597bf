package blocking

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// bench lets a test play clients by hand.
type bench struct {
	t *testing.T
	q *Queues
}

func newBench(t *testing.T) *bench { return &bench{t, New()} }

// wait lets a client wait for some keys, separated by blanks.
func (b *bench) wait(name, kind, keys string) *Client {
	c := &Client{Want: Want{Kind: kind}, Data: name}
	for _, key := range strings.Fields(keys) {
		c.Keys = append(c.Keys, []byte(key))
	}
	b.q.Enter(c)
	b.q.Park(c)
	return c
}

// turn returns the Turn that a client has got.
func (b *bench) turn(c *Client) *Turn {
	b.t.Helper()
	select {
	case s := <-c.C:
		if s.Turn == nil {
			b.t.Fatalf("%v was served with %q instead of having its turn", c.Data, s.Reply)
		}
		return s.Turn
	default:
		b.t.Fatalf("%v has no turn", c.Data)
		return nil
	}
}

// names are the clients of a Turn.
func names(t *Turn) string {
	var list []string
	for _, c := range t.Clients {
		list = append(list, c.Data.(string))
	}
	return fmt.Sprintf("%s:%s", t.Key, strings.Join(list, " "))
}

func (b *bench) expectTurn(c *Client, want string) *Turn {
	b.t.Helper()
	t := b.turn(c)
	if got := names(t); got != want {
		b.t.Fatalf("the turn is %q, want %q", got, want)
	}
	return t
}

func (b *bench) expectQuiet(clients ...*Client) {
	b.t.Helper()
	for _, c := range clients {
		select {
		case s := <-c.C:
			b.t.Fatalf("%v hears %+v", c.Data, s)
		default:
		}
	}
}

// done ends a Turn: each word is what a client got, "-" for nothing, "gone".
func (b *bench) done(t *Turn, outcomes string) {
	var list []Outcome
	for _, word := range strings.Fields(outcomes) {
		switch word {
		case "-":
			list = append(list, Outcome{})
		case "gone":
			list = append(list, Outcome{Skipped: true})
		default:
			list = append(list, Outcome{Reply: []byte(word)})
		}
	}
	b.q.Done(t, list)
}

func (b *bench) expectReply(c *Client, want string) {
	b.t.Helper()
	select {
	case s := <-c.C:
		if s.Turn != nil || string(s.Reply) != want {
			b.t.Fatalf("%v hears %+v, want %q", c.Data, s, want)
		}
	default:
		b.t.Fatalf("%v hears nothing", c.Data)
	}
}

// expectEmpty checks that nothing is left of those who waited.
func (b *bench) expectEmpty() {
	b.t.Helper()
	if b.q.Any() {
		b.t.Error("somebody is said to wait")
	}
	for db, keys := range b.q.keys {
		if len(keys) > 0 {
			b.t.Errorf("database %d has the queues of %d keys", db, len(keys))
		}
	}
	for i := range b.q.parts {
		if n := b.q.parts[i].Load(); n != 0 {
			b.t.Errorf("part %d counts %d", i, n)
		}
	}
}

func TestOneElementWakesOne(t *testing.T) {
	b := newBench(t)
	a, c, d := b.wait("a", "list", "k"), b.wait("c", "list", "k"), b.wait("d", "list", "k")
	b.q.Ready(0, "k", "list", 1)
	turn := b.expectTurn(a, "k:a")
	b.expectQuiet(c, d)
	// What a pops is an event, too: there is nothing left.
	b.q.Ready(0, "k", "", 0)
	b.done(turn, "x")
	b.expectQuiet(a, c, d)
	// Two elements are for the next two, in one turn.
	b.q.Ready(0, "k", "list", 2)
	turn = b.expectTurn(c, "k:c d")
	b.q.Ready(0, "k", "", 0)
	b.done(turn, "y z")
	b.expectReply(d, "z")
	b.expectQuiet(c)
	b.expectEmpty()
}

// Who got nothing keeps its place, and what comes while a turn is under way is
// not forgotten.
func TestNothingKeepsThePlace(t *testing.T) {
	b := newBench(t)
	a, c := b.wait("a", "list", "k"), b.wait("c", "list", "k")
	b.q.Ready(0, "k", "list", 1)
	turn := b.expectTurn(a, "k:a")
	b.q.Ready(0, "k", "", 0) // another node was faster
	b.done(turn, "-")
	b.expectQuiet(a, c)

	b.q.Ready(0, "k", "list", 1)
	turn = b.expectTurn(a, "k:a")
	b.done(turn, "-") // without an event: the key had expired
	b.expectQuiet(a, c)

	b.q.Ready(0, "k", "list", 1)
	turn = b.expectTurn(a, "k:a")
	b.q.Ready(0, "k", "", 0)
	b.q.Ready(0, "k", "list", 3) // pushed behind the try
	b.expectQuiet(a, c)
	b.done(turn, "-")
	turn = b.expectTurn(a, "k:a c")
	b.q.Ready(0, "k", "list", 1)
	b.done(turn, "x y")
	b.expectReply(c, "y")
	b.expectEmpty()
}

// What is left after a turn is offered to the next.
func TestRestIsOffered(t *testing.T) {
	b := newBench(t)
	a := b.wait("a", "list", "k")
	b.q.Ready(0, "k", "list", 5)
	turn := b.expectTurn(a, "k:a")
	c := b.wait("c", "list", "k") // comes while the turn is under way
	b.expectQuiet(c)
	b.q.Ready(0, "k", "list", 4)
	b.done(turn, "x")
	b.done(b.expectTurn(c, "k:c"), "y")
	b.expectEmpty()
}

// A client has one turn at a time, whatever becomes ready.
func TestSeveralKeys(t *testing.T) {
	b := newBench(t)
	a, c := b.wait("a", "list", "k l k"), b.wait("c", "list", "l")
	b.q.Ready(0, "k", "list", 1)
	turn := b.expectTurn(a, "k:a")
	b.q.Ready(0, "l", "list", 1)
	other := b.expectTurn(c, "l:c")
	b.q.Ready(0, "l", "list", 1)
	b.done(other, "x")
	// a got nothing from k, but there is something in l.
	b.done(turn, "-")
	turn = b.expectTurn(a, "l:a")
	b.done(turn, "y")
	b.expectEmpty()
}

func TestKindsAndDatabases(t *testing.T) {
	b := newBench(t)
	list, zset := b.wait("list", "list", "k"), b.wait("zset", "zset", "k")
	b.q.Ready(1, "k", "list", 1)
	b.q.Ready(0, "other", "list", 1)
	b.q.Ready(0, "k", "string", 0)
	b.expectQuiet(list, zset)
	b.q.Ready(0, "k", "zset", 1)
	b.done(b.expectTurn(zset, "k:zset"), "x")
	b.q.Ready(0, "k", "list", 1)
	b.done(b.expectTurn(list, "k:list"), "y")
	b.expectEmpty()
}

func TestLeave(t *testing.T) {
	b := newBench(t)
	a, c, d := b.wait("a", "list", "k"), b.wait("c", "list", "k"), b.wait("d", "list", "k")
	if !b.q.Leave(a) {
		t.Fatal("a cannot leave")
	}
	b.q.Ready(0, "k", "list", 2)
	turn := b.expectTurn(c, "k:c d")
	if b.q.Leave(c) || b.q.Leave(d) {
		t.Fatal("a client left while it is being served")
	}
	b.q.Ready(0, "k", "list", 1)
	b.done(turn, "x -")
	b.expectReply(d, "") // it has left, with nothing
	b.expectEmpty()

	// The one who does the work may be gone itself.
	a, c = b.wait("a", "list", "k"), b.wait("c", "list", "k")
	b.q.Ready(0, "k", "list", 1)
	turn = b.expectTurn(a, "k:a")
	b.done(turn, "gone")
	b.done(b.expectTurn(c, "k:c"), "x")
	if !b.q.Leave(a) {
		t.Fatal("a cannot leave")
	}
	b.expectEmpty()

	// One who has only entered has no turn.
	a = &Client{Keys: [][]byte{[]byte("k")}, Want: Want{Kind: "list"}}
	b.q.Enter(a)
	b.q.Ready(0, "k", "list", 1)
	b.expectQuiet(a)
	if !b.q.Leave(a) {
		t.Fatal("a cannot leave")
	}
	b.expectEmpty()
}

// What happens between Enter and Park is noticed.
func TestReadyBeforePark(t *testing.T) {
	b := newBench(t)
	a := &Client{Keys: [][]byte{[]byte("k")}, Want: Want{Kind: "list"}, Data: "a"}
	b.q.Enter(a)
	b.q.Ready(0, "k", "list", 1)
	b.expectQuiet(a)
	b.q.Park(a)
	b.done(b.expectTurn(a, "k:a"), "x")

	each := &Client{Keys: [][]byte{[]byte("k"), []byte("l")}, Want: Want{Kind: "stream", Each: true}, Data: "each"}
	b.q.Enter(each)
	b.q.Ready(0, "l", "stream", 1)
	b.q.Park(each)
	b.done(b.expectTurn(each, ":each"), "x") // of any of its keys
	b.expectEmpty()
}

func TestContested(t *testing.T) {
	b := newBench(t)
	a := b.wait("a", "list", "k")
	c := &Client{Keys: [][]byte{[]byte("k"), []byte("l")}, Want: Want{Kind: "list"}, Data: "c"}
	b.q.Enter(c)
	if b.q.Contested(c, c.Keys) {
		t.Error("contested, though nothing is ready")
	}
	b.q.Ready(0, "k", "list", 1)
	if !b.q.Contested(c, c.Keys) {
		t.Error("not contested, though a waits for longer")
	}
	// l was there before c came, and nothing else tells of it.
	b.q.Park(c)
	turn := b.expectTurn(a, "k:a")
	b.done(b.expectTurn(c, "l:c"), "x")
	b.done(turn, "y")
	b.expectEmpty()
}

func TestEach(t *testing.T) {
	b := newBench(t)
	var clients []*Client
	for i := range 3 {
		c := &Client{Keys: [][]byte{[]byte("s")}, Want: Want{Kind: "stream", Each: true}, Data: fmt.Sprint(i)}
		b.q.Enter(c)
		b.q.Park(c)
		clients = append(clients, c)
	}
	b.q.Ready(0, "s", "stream", 1)
	for i, c := range clients {
		turn := b.expectTurn(c, fmt.Sprintf("s:%d", i))
		if i == 1 {
			b.q.Ready(0, "s", "stream", 1) // behind its look
			b.done(turn, "-")
			turn = b.expectTurn(c, ":1")
		}
		b.done(turn, "x")
	}
	b.expectEmpty()
}

func TestGroups(t *testing.T) {
	b := newBench(t)
	group := func(name, group string) *Client {
		c := &Client{Keys: [][]byte{[]byte("s")}, Want: Want{Kind: "stream", Group: group, Gone: true}, Data: name}
		b.q.Enter(c)
		b.q.Park(c)
		return c
	}
	d, e := b.wait("d", "list", "s"), b.wait("e", "list", "l")
	a1, a2, a3, b1 := group("a1", "a"), group("a2", "a"), group("a3", "a"), group("b1", "b")
	if n, gone := b.q.Len(); n != 2 || gone != 1 {
		t.Errorf("%d keys, %d of them also when they are gone; want 2 and 1", n, gone)
	}
	b.q.Leave(d)
	b.q.Leave(e)
	b.q.Ready(0, "s", "stream", 1)
	turn := b.expectTurn(a1, "s:a1")
	b.done(b.expectTurn(b1, "s:b1"), "-")
	b.done(turn, "x")
	b.done(b.expectTurn(a2, "s:a2"), "-") // a1 has taken all
	b.expectQuiet(a3, b1)
	// The key goes: everybody hears of it, one after the other.
	b.q.Ready(0, "s", "", 0)
	b.done(b.expectTurn(a2, "s:a2"), "error")
	b.done(b.expectTurn(a3, "s:a3"), "error")
	b.done(b.expectTurn(b1, "s:b1"), "error")
	b.expectEmpty()
}

func TestAwaited(t *testing.T) {
	b := newBench(t)
	if b.q.Any() || b.q.Awaited(partOf([]byte("k")), 0, "k") {
		t.Error("nobody waits yet")
	}
	a := b.wait("a", "list", "k l")
	if !b.q.Any() || !b.q.Awaited(partOf([]byte("k")), 0, "k") || b.q.Awaited(partOf([]byte("m")), 0, "m") || b.q.Awaited(partOf([]byte("k")), 1, "k") {
		t.Error("a waits for k and l of database 0")
	}
	keys := b.q.Keys(0)
	slices.Sort(keys)
	if got := strings.Join(keys, " "); got != "k l" || len(b.q.Keys(1)) > 0 {
		t.Errorf("keys are %q", got)
	}
	b.q.Leave(a)
	b.expectEmpty()
}

// A client whose turn has ended cannot leave without what it got, even if it has
// not heard of it yet.
func TestLeaveTooLate(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	first, second := b.wait("first", "list", "k"), b.wait("second", "list", "k")
	b.q.Ready(0, "k", "list", 2)
	b.done(b.expectTurn(first, "k:first second"), "x y")
	if b.q.Leave(second) {
		t.Error("it left")
	}
	if s := <-second.C; string(s.Reply) != "y" {
		t.Errorf("it hears %+v", s)
	}
	b.expectEmpty()
}
