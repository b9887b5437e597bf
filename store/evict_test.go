package store_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/msredis/msredis/internal/evict"
	"github.com/msredis/msredis/store"
	command "github.com/msredis/msredis/store/evict"
	"github.com/msredis/msredis/store/storetest"
)

// pantry is a store whose keys are to be evicted, and what chooses them.
type pantry struct {
	*storetest.Env
	t       *testing.T
	chooser *store.Chooser
	rng     *rand.Rand
}

func newPantry(t *testing.T, policy evict.Policy) *pantry {
	e := storetest.New(t, store.Kinds(), store.Rows())
	p := &pantry{e, t, e.Store.NewChooser(), rand.New(rand.NewPCG(1, uint64(policy)))}
	p.want("+OK\r\n", "settings", "set", "maxmemory-policy", evict.Names[policy])
	return p
}

func (p *pantry) want(want string, words ...string) {
	p.t.Helper()
	if got := p.Do(words...); got != want {
		p.t.Errorf("%q: %q, want %q", words, got, want)
	}
}

func (p *pantry) choose(bytes int64, most int) []evict.Candidate {
	return p.chooser.Choose(bytes, most, p.Now, p.rng.Uint64, func() bool { return true })
}

func (p *pantry) evict(c evict.Candidate) string {
	p.DB = c.DB
	defer func() { p.DB = 0 }()
	return string(p.Run(command.Args(c.Key, c.Version)))
}

// fill makes n keys, of which every other one is old.
func (p *pantry) fill(n int, extra ...string) {
	for i := range n {
		if i%2 == 0 {
			p.Do(append([]string{"set", fmt.Sprint("old", i), "value"}, extra...)...)
		}
	}
	p.Now += 3 * 60_000
	for i := range n {
		if i%2 == 1 {
			p.Do(append([]string{"set", fmt.Sprint("new", i), "value"}, extra...)...)
		}
	}
}

// oldShare returns which part of the candidates is old.
func oldShare(list []evict.Candidate) float64 {
	old := 0
	for _, c := range list {
		if c.Key[:3] == "old" {
			old++
		}
	}
	return float64(old) / float64(len(list))
}

// Each policy finds the keys that it is for, of a quarter that is asked for.
func TestChoose(t *testing.T) {
	t.Parallel()
	for policy, least := range map[evict.Policy]float64{
		evict.AllKeysLRU: 0.95, evict.AllKeysLFU: 0.95, evict.VolatileLRU: 0.95, evict.VolatileLFU: 0.95, evict.VolatileTTL: 0.95,
	} {
		t.Run(evict.Names[policy], func(t *testing.T) {
			t.Parallel()
			p := newPantry(t, policy)
			const n = 2000
			if policy.Volatile() {
				p.fill(n, "ex", "1000")
				for i := range 100 {
					p.Do("set", fmt.Sprint("stays", i), "value")
				}
			} else {
				p.fill(n)
			}
			list := p.choose(1<<40, n/4)
			if share := oldShare(list); len(list) != n/4 || share < least {
				t.Errorf("%d keys, of which %.2f are old", len(list), share)
			}
			seen := map[string]bool{}
			for _, c := range list {
				if seen[c.Key] {
					t.Fatalf("%s is chosen twice", c.Key)
				}
				seen[c.Key] = true
			}
		})
	}
}

// A random policy takes what comes, every key with the same chance.
func TestChooseAtRandom(t *testing.T) {
	t.Parallel()
	for _, policy := range []evict.Policy{evict.AllKeysRandom, evict.VolatileRandom} {
		p := newPantry(t, policy)
		const n = 4000
		p.fill(n, "ex", "1000")
		list := p.choose(1<<40, n/4)
		if share := oldShare(list); len(list) != n/4 || share < 0.4 || share > 0.6 {
			t.Errorf("%s: %d keys, of which %.2f are old", evict.Names[policy], len(list), share)
		}
	}
}

// A counter that reads have raised keeps a key, also one that was made long ago.
func TestReadsAreCounted(t *testing.T) {
	t.Parallel()
	p := newPantry(t, evict.AllKeysLFU)
	p.want("+OK\r\n", "settings", "set", "lfu-decay-time", "0")
	const n = 1000
	for i := range n {
		p.Do("set", fmt.Sprint("old", i), "v")
	}
	for i := range n {
		p.Do("set", fmt.Sprint("new", i), "v")
		for range 10 {
			p.Do("get", fmt.Sprint("new", i))
		}
	}
	if share := oldShare(p.choose(1<<40, n/2)); share < 0.95 {
		t.Errorf("%.2f of those chosen were never read", share)
	}
	// A key that is used between two choices is not chosen for what it was.
	p.want(":5\r\n", "object", "freq", "old1")
	before := p.Do("object", "freq", "new1")
	for range 300 {
		p.Do("get", "new1")
	}
	if after := p.Do("object", "freq", "new1"); after == before {
		t.Errorf("the counter stays at %q", after)
	}
	// Another value leaves the counter, a name is taken along, a copy begins anew.
	p.Do("settings", "set", "lfu-log-factor", "2147483647")
	counter := p.Do("object", "freq", "new1")
	p.Do("set", "new1", "other")
	p.want(counter, "object", "freq", "new1")
	p.Do("hset", "h", "f", "v")
	p.Do("rename", "new1", "renamed")
	p.want(counter, "object", "freq", "renamed")
	p.Do("copy", "renamed", "copied")
	p.want(":5\r\n", "object", "freq", "copied")
}

// Choose ends when everything is chosen, when it may not go on, and when there is
// nothing.
func TestChooseEnds(t *testing.T) {
	t.Parallel()
	p := newPantry(t, evict.AllKeysLRU)
	if list := p.choose(1, 10); list != nil {
		t.Errorf("of nothing: %v", list)
	}
	for i := range 50 {
		p.Do("set", fmt.Sprint("k", i), "v")
	}
	if list := p.choose(1<<40, 1000); len(list) < 25 || len(list) > 50 {
		t.Errorf("%d of 50 keys", len(list))
	}
	size := p.choose(1, 1000)[0].Size
	if list := p.choose(5*size-1, 1000); len(list) != 5 {
		t.Errorf("%d keys for the bytes of 5", len(list))
	}
	turns := 0
	list := p.chooser.Choose(1<<40, 1000, p.Now, p.rng.Uint64, func() bool { turns++; return turns <= 3 })
	if len(list) > 3 {
		t.Errorf("%d keys in 3 turns", len(list))
	}
	p.want("+OK\r\n", "settings", "set", "maxmemory-policy", "noeviction")
	if list := p.choose(1<<40, 10); list != nil || p.Store.Evictable() {
		t.Errorf("with noeviction: %v", list)
	}
}

// Keys that have expired are the first to go: nobody misses them.
func TestExpiredGoFirst(t *testing.T) {
	t.Parallel()
	p := newPantry(t, evict.AllKeysLRU)
	const n = 400
	p.fill(n)
	for i := range n {
		p.Do("set", fmt.Sprint("{one}exp", i), "v", "px", "1000")
	}
	p.Advance(2000) // a few of them are reclaimed with each entry
	gone := 0
	for _, c := range p.choose(1<<40, n/4) {
		if c.Key[:4] == "{one" {
			gone++
		}
	}
	if gone < n/4*9/10 {
		t.Errorf("%d of %d have expired", gone, n/4)
	}
}

// EVICT deletes what was chosen, and nothing else.
func TestEvict(t *testing.T) {
	t.Parallel()
	p := newPantry(t, evict.AllKeysLRU)
	p.DB = 3
	p.Do("set", "k", "v")
	p.DB = 0
	chosen := p.choose(1<<40, 10)
	if len(chosen) != 1 || chosen[0].DB != 3 || chosen[0].Key != "k" || chosen[0].Size != p.Store.DataBytes()-tableBytes(p) {
		t.Fatalf("chosen: %+v of %d bytes", chosen, p.Store.DataBytes())
	}
	for _, change := range [][]string{{"set", "k", "w"}, {"append", "k", "w"}, {"expire", "k", "100"}, {"del", "k"}} {
		c := p.choose(1<<40, 10)[0]
		p.DB = 3
		p.Do(change...)
		p.Events()
		p.DB = 3
		value, size := p.Do("get", "k"), p.Store.DataBytes()
		if got := p.evict(c); got != ":0\r\n" {
			t.Errorf("after %q: %q", change, got)
		}
		p.DB = 3
		if p.Do("get", "k") != value || p.Store.DataBytes() != size || len(p.Events()) != 0 || p.Store.EvictedKeys() != 0 {
			t.Errorf("after %q something has changed", change)
		}
	}
	// A key that is made again has another version.
	p.DB = 3
	p.Do("set", "k", "v")
	c := p.choose(1<<40, 10)[0]
	p.DB = 3
	p.Do("del", "k")
	p.Do("set", "k", "v")
	if got := p.evict(c); got != ":0\r\n" {
		t.Errorf("made again: %q", got)
	}
	// Another database has taken the place of the one in which it was.
	c = p.choose(1<<40, 10)[0]
	p.DB = 4
	p.Do("set", "k", "another")
	p.Do("swapdb", "3", "4")
	if got := p.evict(c); got != ":0\r\n" {
		t.Errorf("swapped: %q", got)
	}
	p.Do("flushall")
	p.Do("rpush", "k", "a", "b")
	p.Do("get", "k")
	c = p.choose(1<<40, 10)[0]
	p.Events()
	if got := p.evict(c); got != ":1\r\n" {
		t.Errorf("unchanged: %q", got)
	}
	if got := p.Events(); !slices.Equal(got, []string{"0 evicted k"}) || p.Store.EvictedKeys() != 1 || p.Store.DataBytes() != tableBytes(p) {
		t.Errorf("events %q, %d evicted, %d bytes", got, p.Store.EvictedKeys(), p.Store.DataBytes())
	}
	// One whose time is over has expired, and was not evicted.
	p.Do("set", "k", "v", "px", "10")
	c = p.choose(1<<40, 10)[0]
	p.Now += 20
	if got := p.evict(c); got != ":0\r\n" || p.Store.EvictedKeys() != 1 || p.Store.ExpiredKeys() != 1 {
		t.Errorf("expired: %q, %d evicted, %d expired", got, p.Store.EvictedKeys(), p.Store.ExpiredKeys())
	}
}

// tableBytes is what the settings take of the data.
func tableBytes(p *pantry) int64 {
	e := storetest.New(p.t, store.Kinds(), store.Rows())
	e.Do("settings", "set", "maxmemory-policy", evict.Names[p.Store.Policy()])
	return e.Store.DataBytes()
}

// Whether there is anything to evict follows from the state alone, at once.
func TestEvictable(t *testing.T) {
	t.Parallel()
	p := newPantry(t, evict.VolatileLRU)
	expect := func(want bool, words ...string) {
		t.Helper()
		p.Do(words...)
		for range 2 {
			if got := p.Store.Evictable(); got != want {
				t.Errorf("after %q: %v", words, got)
			}
		}
	}
	expect(false, "set", "k", "v")
	expect(true, "expire", "k", "100")
	expect(false, "persist", "k")
	expect(true, "set", "other", "v", "ex", "100")
	expect(false, "del", "other")
	// A lease keeps its keys.
	p.Do("lease", "grant", "100000")
	expect(false, "lease", "attach", "1", "k")
	expect(true, "settings", "set", "maxmemory-policy", "allkeys-random")
	expect(false, "flushall")
}
