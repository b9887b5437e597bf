package compat

import (
	"maps"
	"slices"
	"strings"
	"testing"
)

// TestKeysAndFlags asks msredis and a real server which keys commands have, and what
// they do with them. A footprint tells the keys, so this compares the footprints of all
// commands. Half of the lines have bad arguments: where both find keys, they are the same.
func TestKeysAndFlags(t *testing.T) {
	p := startPair(t)
	withKeys := map[string]bool{}
	for _, name := range slices.Sorted(maps.Keys(p.groups)) {
		g := p.lines(name, 5)
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
		a, err := p.want.Pipeline(batch)
		if err != nil {
			t.Fatal(err)
		}
		b, err := p.got.Pipeline(batch)
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
