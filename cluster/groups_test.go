package cluster

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/resp/reply"
)

const testGroups = 4

// newGroupsLab is a lab whose nodes have several groups.
func newGroupsLab(t *testing.T, names ...string) *lab {
	l := newLab(t, names...)
	l.tune = func(o *Options) {
		o.Groups = testGroups
		o.Agreed = Agreed{groupsOption: fmt.Sprint(testGroups)}
	}
	return l
}

// keysOf returns count keys of each group.
func keysOf(count int) (keys [testGroups][]string) {
	for i, left := 0, testGroups*count; left > 0; i++ {
		key := fmt.Sprint("key", i)
		if g := command.GroupOf(command.Slot([]byte(key)), testGroups); len(keys[g]) < count {
			keys[g] = append(keys[g], key)
			left--
		}
	}
	return keys
}

// settled waits for leaders of all groups.
func (l *lab) settled() {
	l.t.Helper()
	l.await("leaders of all groups", func() error {
		for name, node := range l.nodes {
			for i, g := range node.groups {
				if g.View().Leader == 0 {
					return fmt.Errorf("group %d has none at %s", i, name)
				}
			}
		}
		return nil
	})
}

// TestGroupsPipeline: the replies to a pipeline over all groups come in its order, and each
// group does its calls in that order.
func TestGroupsPipeline(t *testing.T) {
	t.Parallel()
	for _, names := range [][]string{{"a"}, {"a", "b", "c"}} {
		t.Run(fmt.Sprint(len(names)), func(t *testing.T) {
			t.Parallel()
			l := newGroupsLab(t, names...)
			l.start(names...)
			l.settled()
			keys := keysOf(8)
			var lines, want []string
			for i := range 8 {
				for g := range testGroups {
					k := keys[g][i]
					lines = append(lines, "set "+k+" 1", "incr "+k, "get "+k, "lpush list{"+k+"} a b", "lrange list{"+k+"} 0 -1")
					want = append(want, "+OK", ":2", "$1", "2", ":2", "*2", "$1", "b", "$1", "a")
				}
			}
			for _, name := range names {
				if got := l.do(name, strings.Join(lines, "\n")); got != strings.Join(want, " ") {
					t.Fatalf("at %s: %s", name, got)
				}
				del := []string{"flushall", "dbsize"}
				if got := l.do(name, strings.Join(del, "\n")); got != "+OK :0" {
					t.Fatalf("at %s: %s", name, got)
				}
			}
		})
	}
}

// TestGroupsApart: what no group has all keys of is refused, in its place, and changes
// nothing.
func TestGroupsApart(t *testing.T) {
	t.Parallel()
	l := newGroupsLab(t, "a")
	l.start("a")
	l.settled()
	keys := keysOf(2)
	a, b, c := keys[0][0], keys[1][0], keys[1][1]
	want := []string{"+OK", "-" + reply.ErrCrossSlot, "-" + reply.ErrCrossSlot, "+OK", "*2", "$1", "1", "$-1", "*2", "$1", "3", "$1", "3", "$1", "1"}
	got := l.do("a", strings.Join([]string{
		"set " + a + " 1", "mset " + a + " 2 " + b + " 2", "rename " + b + " " + a, "mset " + b + " 3 " + c + " 3",
		"mget " + a + " " + a + "x{" + a + "}", "mget " + b + " " + c, "get " + a}, "\n"))
	if got != strings.Join(want, " ") {
		t.Errorf("got %s\nwant %s", got, strings.Join(want, " "))
	}
}

// TestGroupsWhole: commands over all keys are answered for all groups.
func TestGroupsWhole(t *testing.T) {
	t.Parallel()
	l := newGroupsLab(t, "a", "b", "c")
	l.start("a", "b", "c")
	l.settled()
	const each = 50
	all := map[string]bool{}
	var lines []string
	for _, list := range keysOf(each) {
		for _, k := range list {
			all[k] = true
			lines = append(lines, "set "+k+" x")
		}
	}
	l.do("a", strings.Join(lines, "\n"))
	for name := range l.nodes {
		if got, want := l.do(name, "dbsize"), fmt.Sprint(":", len(all)); got != want {
			t.Errorf("%s: DBSIZE is %s, want %s", name, got, want)
		}
		if got := bulks(l.do(name, "keys *")); !maps.Equal(got, all) {
			t.Errorf("%s: KEYS has %d keys of %d", name, len(got), len(all))
		}
		if got := l.nodes[name].Info().DB[0].Keys; got != int64(len(all)) {
			t.Errorf("%s: INFO has %d keys", name, got)
		}
	}
	// A cursor goes on at another node.
	names := slices.Sorted(maps.Keys(l.nodes))
	seen, cursor := map[string]bool{}, "0"
	for round := 0; ; round++ {
		fields := strings.Fields(l.do(names[round%len(names)], "scan "+cursor+" count 7"))
		cursor = fields[2]
		for k := range bulks(strings.Join(fields[3:], " ")) {
			seen[k] = true
		}
		if cursor == "0" {
			break
		}
		if round > 2*len(all) {
			t.Fatal("SCAN has no end")
		}
	}
	if !maps.Equal(seen, all) {
		t.Errorf("SCAN has %d keys of %d", len(seen), len(all))
	}
	drawn := map[int]int{}
	for range 200 {
		key := strings.Fields(l.do("a", "randomkey"))[1]
		drawn[command.GroupOf(command.Slot([]byte(key)), testGroups)]++
	}
	for g := range testGroups {
		if drawn[g] < 20 { // 50 are to be expected
			t.Errorf("RANDOMKEY drew %d times from group %d", drawn[g], g)
		}
	}
	digests := map[string]bool{}
	for name := range l.nodes {
		d, _, err := l.nodes[name].Digest()
		if err != nil {
			t.Fatal(err)
		}
		digests[d] = true
	}
	if len(digests) != 1 {
		t.Errorf("the nodes have %d digests", len(digests))
	}
}

// bulks returns the bulk strings of an array.
func bulks(text string) map[string]bool {
	out := map[string]bool{}
	for _, f := range strings.Fields(text) {
		if !strings.ContainsAny(f[:1], "*$") {
			out[f] = true
		}
	}
	return out
}

// TestGroupsFailover: nothing acknowledged is lost or done twice while nodes go away and
// come back, and each group has leaders of its own.
func TestGroupsFailover(t *testing.T) {
	t.Parallel()
	l := newGroupsLab(t, "a", "b", "c")
	l.start("a", "b", "c")
	l.settled()
	keys := keysOf(1)
	var line []string
	for g := range testGroups {
		line = append(line, "incr "+keys[g][0])
	}
	pipeline := strings.Join(line, "\n")
	const clients, each = 4, 30
	var wg sync.WaitGroup
	first := l.nodes["a"]
	for range clients {
		wg.Go(func() {
			for range each {
				if out, err := l.runOn(first, pipeline, &command.Unit{}); err != nil {
					t.Errorf("%v: %s", err, out)
				}
			}
		})
	}
	l.stop("b")
	l.start("b")
	l.settled()
	l.stop("c")
	l.start("c")
	wg.Wait()
	l.settled()
	for name := range l.nodes {
		for g := range testGroups {
			if got, want := l.do(name, "get "+keys[g][0]), fmt.Sprintf("$3 %d", clients*each); got != want {
				t.Errorf("group %d at %s: %s, want %s", g, name, got, want)
			}
		}
	}
	if err := l.nodes["a"].Save(); err != nil {
		t.Fatal(err)
	}
	l.stop("a")
	l.start("a")
	l.settled()
	for g := range testGroups {
		if got, want := l.do("a", "get "+keys[g][0]), fmt.Sprintf("$3 %d", clients*each); got != want {
			t.Errorf("group %d after a restart: %s, want %s", g, got, want)
		}
	}
}

// TestGroupsAgreed: a directory of another number of groups is refused.
func TestGroupsAgreed(t *testing.T) {
	t.Parallel()
	l := newGroupsLab(t, "a")
	l.start("a")
	l.stop("a")
	o := l.options("a")
	o.Groups, o.Agreed = 1, Agreed{groupsOption: "1"}
	if _, err := Open(t.Context(), o); err == nil || !strings.Contains(err.Error(), "groups is 1 on this node and 4") {
		t.Errorf("opened: %v", err)
	}
}

// TestGroupsScript: a script uses keys of its group alone, declared or not.
func TestGroupsScript(t *testing.T) {
	t.Parallel()
	l := newGroupsLab(t, "a")
	l.start("a")
	l.settled()
	eval := func(text string, keys ...string) string {
		cmd := l.table.Named("eval")
		args := [][]byte{[]byte("eval"), []byte(text), []byte(fmt.Sprint(len(keys)))}
		for _, k := range keys {
			args = append(args, []byte(k))
		}
		u := &command.Unit{Calls: []command.Call{command.NewCall(cmd, args, 0, nil)}}
		if err := l.nodes["a"].Write(u); err != nil {
			t.Fatal(err)
		}
		return strings.ReplaceAll(string(u.W.Buf), "\r\n", " ")
	}
	for g, keys := range keysOf(2) {
		own, other := keys[0], keysOf(1)[(g+1)%testGroups][0]
		if got := eval("redis.call('set', KEYS[1], 'v') return redis.call('get', '"+keys[0]+"')", keys[0]); got != "$1 v " {
			t.Errorf("group %d: %s", g, got)
		}
		for _, text := range []string{
			"return redis.call('get', '" + other + "')", "redis.call('set', '" + other + "', 'wrong') return 1",
			"return redis.call('mget', '" + own + "', '" + other + "')", "return redis.call('dbsize')", "return redis.call('flushall')",
			"return redis.call('sort', KEYS[1], 'by', 'w_*')",
		} {
			if got := eval(text, own); !strings.HasPrefix(got, "-"+reply.ErrScriptNonLocal) {
				t.Errorf("group %d: %s: %s", g, text, got)
			}
		}
	}
	if got := l.do("a", "dbsize"); got != fmt.Sprint(":", testGroups) {
		t.Errorf("%s keys", got)
	}
}

// TestGroupsDivergence: a node that has come to hold something else in one of its groups is
// found, and ends.
func TestGroupsDivergence(t *testing.T) {
	t.Parallel()
	l := newGroupsLab(t, "a", "b", "c")
	tune, end := l.tune, make(chan error, 1)
	l.tune = func(o *Options) {
		tune(o)
		if o.Name == "b" {
			o.Fatal = func(err error) { end <- err }
		}
	}
	l.start("a", "b", "c")
	l.settled()
	const odd = 2
	key := keysOf(1)[odd][0]
	l.do("a", "set "+key+" v")
	l.await("the same applied index", func() error {
		seen := map[uint64]bool{}
		for _, n := range l.nodes {
			seen[n.groups[odd].Applied()] = true
		}
		if len(seen) != 1 {
			return fmt.Errorf("%v", seen)
		}
		return nil
	})
	l.differIn(odd, "b")
	ends(t, end, "the data of this node is not that of the others")
}
