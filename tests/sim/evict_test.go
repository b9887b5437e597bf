package sim

import (
	"fmt"
	"strings"

	"github.com/msredis/msredis/internal/evict"
	"github.com/msredis/msredis/internal/mutant"
	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/store"
	evictions "github.com/msredis/msredis/store/evict"
)

// The leaders of some simulations evict keys, as package cluster/eviction does it. The
// keys are their own, beside those of the clients: what may be gone at any time is
// nothing to check a history with. The check is that of the digests.

// evictor is what a node chooses keys with.
type evictor struct {
	chooser *store.Chooser
	of      *store.Store
}

const (
	cacheKeys   = 40
	cacheWrites = 3 // with each round of evictions
	maxVictims  = 8
)

// evict lets a leader write a few keys of the cache, and evict some.
func (n *node) evict() {
	if !n.w.profile.evicts || n.w.quiet || n.machine.table != nil || !n.replica.Leads() || !n.w.chance(0.3) {
		return
	}
	u := &command.Unit{}
	u.W.Discard = true
	add := func(args [][]byte) {
		cmd, _ := n.machine.commands().Resolve(args)
		u.Calls = append(u.Calls, command.NewCall(cmd, args, 0, nil))
	}
	words := func(words ...string) (args [][]byte) {
		for _, w := range words {
			args = append(args, []byte(w))
		}
		return args
	}
	if n.store.Policy() == evict.NoEviction {
		add(words("settings", "set", "maxmemory-policy", evict.Names[evict.AllKeysLRU]))
	}
	if n.evictor.of != n.store {
		n.evictor = evictor{n.store.NewChooser(), n.store}
	}
	chosen := n.evictor.chooser.Choose(1<<40, maxVictims, n.logNow(), n.w.rng.Uint64, func() bool { return true })
	// Some are changed between the choice and its entry.
	for range cacheWrites {
		add(words("set", fmt.Sprint("cache:", n.w.rng.IntN(cacheKeys)), fmt.Sprint(n.w.now)))
	}
	victims := &command.Unit{}
	victims.W.Discard = true
	for _, c := range chosen {
		if strings.HasPrefix(c.Key, "cache:") {
			args := evictions.Args(c.Key, c.Version)
			cmd, _ := n.machine.commands().Resolve(args)
			victims.Calls = append(victims.Calls, command.NewCall(cmd, args, 0, nil))
		}
	}
	n.w.note("evict", n.id, uint64(len(victims.Calls)))
	n.write(u, func(error) {})
	switch {
	case len(victims.Calls) == 0:
	case mutant.On(mutant.LocalEviction):
		n.store.Apply([]store.Entry{{Index: n.store.Applied(), Time: n.store.Now(), Units: []*command.Unit{victims}}})
	default:
		n.write(victims, func(error) {})
	}
}
