package compat

import (
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/msredis/msredis/internal/testcluster"
	"github.com/msredis/msredis/internal/testcluster/wire"
)

var (
	badCount = flag.Int("bad.count", 30, "lines with bad arguments to compare of each command")
	badOnly  = flag.String("bad.only", "", "commands to compare, separated by comma; empty: all")
)

// pair is a real server and msredis, for lines with bad arguments.
type pair struct {
	want, got *wire.Conn
	seed      uint64
	syntax    Syntax
	groups    map[string]string // of the commands, by full name
}

func startPair(t *testing.T) *pair {
	skipWhenRecording(t)
	t.Parallel()
	redis := testcluster.StartRedis(t)
	c := testcluster.Start(t, 1)
	p := &pair{seed: *randomSeed, want: dialThree(t, redis.Addr), got: dialThree(t, c.Addrs()[0])}
	if p.seed == 0 {
		p.seed = uint64(time.Now().UnixNano())
	}
	t.Logf("-random.seed=%d -bad.count=%d", p.seed, *badCount)
	docs, err := p.want.Do("COMMAND", "DOCS")
	if err != nil {
		t.Fatal(err)
	}
	p.syntax, p.groups = readSyntax(t, redis.Addr), badCommands(docs)
	return p
}

// lines makes lines of a command. Each test has a stream of random numbers of its own.
func (p *pair) lines(command string, stream uint64) *badLines {
	return &badLines{syntax: p.syntax, rand: rand.New(rand.NewPCG(p.seed, stream)), command: command, group: p.groups[command]}
}

// TestBadArguments makes one and two arguments of each command bad and compares
// what the error is about with a real server.
func TestBadArguments(t *testing.T) {
	p := startPair(t)
	want, got, groups := p.want, p.got, p.groups
	if len(groups) < 250 {
		t.Fatalf("only %d commands", len(groups))
	}
	if *badOnly != "" {
		only := strings.Split(*badOnly, ",")
		maps.DeleteFunc(groups, func(name, _ string) bool { return !slices.Contains(only, name) })
	}
	lines, errors := 0, 0
	for _, name := range slices.Sorted(maps.Keys(groups)) {
		g := p.lines(name, 3)
		seen := map[string]bool{}
		for done := 0; done < *badCount; done += perData {
			var batch [][]string
			for range perData {
				batch = append(batch, g.line())
			}
			a, b := meet(t, want, batch), meet(t, got, batch)
			for i, line := range batch {
				lines++
				if a[i].IsError() {
					errors++
				}
				if sameError(name, a[i], b[i]) {
					continue
				}
				x, y := meet(t, want, batch[i:i+1])[0], meet(t, got, batch[i:i+1])[0]
				if sameError(name, x, y) {
					x, y = a[i], b[i] // after the lines before it
				}
				if key := Format(x) + Format(y); !seen[key] {
					seen[key] = true
					t.Errorf("%s\nwant %s\ngot  %s", call{args: line}, shorten(x), shorten(y))
				}
			}
		}
	}
	if t.Logf("%d lines, %d errors", lines, errors); errors < lines/2 {
		t.Errorf("only %d of %d lines are bad", errors, lines)
	}
}

// perData is how many lines meet the same data.
const perData = 10

func dialThree(t *testing.T, addr string) *wire.Conn {
	t.Helper()
	c, err := wire.Dial(addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if _, err := c.Do("HELLO", "3"); err != nil {
		t.Fatal(err)
	}
	return c
}

// meet lets the lines meet badData.
func meet(t *testing.T, c *wire.Conn, lines [][]string) []wire.Value {
	t.Helper()
	replies, err := c.Pipeline(slices.Concat(badData, lines))
	if err != nil {
		t.Fatalf("%q: %v", lines, err)
	}
	return replies[len(badData):]
}

// sameError compares replies as far as one of them is an error.
func sameError(name string, want, got wire.Value) bool {
	if !want.IsError() && !got.IsError() {
		return true
	}
	return want.Equal(got) || changedFilter(name, want) || changedError(strings.Fields(name)[0], want, got)
}

func shorten(v wire.Value) string { return fmt.Sprintf("%.200s", Format(v)) }
