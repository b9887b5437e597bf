package compat

import (
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/msredis/msredis/internal/testcluster"
)

// TestKeysAndFlags asks msredis and a real server which keys commands have, and what
// they do with them. A footprint tells the keys, so this compares the footprints of all
// commands. Half of the lines have bad arguments: where both find keys, they are the same.
func TestKeysAndFlags(t *testing.T) {
	skipWhenRecording(t)
	t.Parallel()
	redis := testcluster.StartRedis(t)
	c := testcluster.Start(t, 1)
	seed := *randomSeed
	if seed == 0 {
		seed = uint64(time.Now().UnixNano())
	}
	t.Logf("-random.seed=%d -bad.count=%d", seed, *badCount)
	want, got := dialThree(t, redis.Addr), dialThree(t, c.Addrs()[0])
	docs, err := want.Do("COMMAND", "DOCS")
	if err != nil {
		t.Fatal(err)
	}
	syntax, groups := readSyntax(t, redis.Addr), badCommands(docs)
	withKeys := map[string]bool{}
	for _, name := range slices.Sorted(maps.Keys(groups)) {
		g := &badLines{syntax: syntax, rand: rand.New(rand.NewPCG(seed, 5)), command: name, group: groups[name]}
		var batch [][]string
		valid := func(i int) bool { return i%2 == 0 }
		for i := range *badCount {
			line := g.line()
			if valid(i) {
				line = line[:0]
				for _, s := range g.valid() {
					line = append(line, s.word)
				}
			}
			batch = append(batch, slices.Concat([]string{"COMMAND", "GETKEYSANDFLAGS"}, line))
		}
		a, err := want.Pipeline(batch)
		if err != nil {
			t.Fatal(err)
		}
		b, err := got.Pipeline(batch)
		if err != nil {
			t.Fatal(err)
		}
		for i := range batch {
			if !a[i].IsError() {
				withKeys[name] = true
			}
			switch {
			case a[i].IsError():
				continue
			case name == "sinterstore": // its destination is OW since Redis 7.2
				continue
			case valid(i):
			case b[i].IsError(), strings.Contains(Format(a[i]), "~[]"): // the count of keys is no number
				continue
			case strings.HasPrefix(name, "georadius"): // STORE twice: msredis tells the one that counts
				continue
			}
			if !a[i].Equal(b[i]) {
				t.Errorf("%s\nwant %s\ngot  %s", strings.Join(batch[i][2:], " "), shorten(a[i]), shorten(b[i]))
				break
			}
		}
	}
	if len(withKeys) < 150 {
		t.Errorf("only %d commands have keys", len(withKeys))
	}
}
