package compat

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/msredis/msredis/internal/testcluster"
	"github.com/msredis/msredis/internal/testcluster/wire"
)

var (
	randomCount = flag.Int("random.count", 1500, "random commands to run of each family")
	randomSeed  = flag.Uint64("random.seed", 0, "seed of the random commands; 0: by the clock")
)

// episode is how many commands run on an empty data set before the data are compared.
const episode = 120

// randomClients is how many connections take part.
const randomClients = 2

// call is one command of an episode.
type call struct {
	client int
	args   []string
	joined bool // sent together with the one before, if that is of the same client
}

func (c call) String() string {
	words := make([]string, len(c.args))
	for i, a := range c.args {
		words[i] = quote(a)
	}
	prefix := fmt.Sprintf("%d>", c.client)
	if c.joined {
		prefix += ">"
	}
	return prefix + " " + strings.Join(words, " ")
}

// TestRandomRedis compares a real server with another of its kind: a difference
// would be a fault of the test.
func TestRandomRedis(t *testing.T) {
	skipWhenRecording(t)
	t.Parallel()
	a, b := testcluster.StartRedis(t), testcluster.StartRedis(t)
	compareRandomly(t, a.Addr, []string{b.Addr})
}

// TestRandomOneNode compares a single msredis with a real server.
func TestRandomOneNode(t *testing.T) {
	skipWhenRecording(t)
	t.Parallel()
	r := testcluster.StartRedis(t)
	c := testcluster.Start(t, 1)
	compareRandomly(t, r.Addr, c.Addrs())
}

// TestRandomThreeNodes compares a cluster with a real server; its clients talk
// to different nodes.
func TestRandomThreeNodes(t *testing.T) {
	skipWhenRecording(t)
	t.Parallel()
	r := testcluster.StartRedis(t)
	c := testcluster.Start(t, 3)
	compareRandomly(t, r.Addr, c.Addrs())
}

// compareRandomly runs every family, one after the other.
func compareRandomly(t *testing.T, want string, got []string) {
	seed := *randomSeed
	if seed == 0 {
		seed = uint64(time.Now().UnixNano())
	}
	t.Logf("-random.seed=%d -random.count=%d", seed, *randomCount)
	syntax := readSyntax(t, want)
	for _, f := range families {
		t.Run(f.Name, func(t *testing.T) {
			d := duel{f, want, got}
			rnd := rand.New(rand.NewPCG(seed, 1))
			g, err := NewGenerator(f, syntax, rnd)
			if err != nil {
				t.Fatal(err)
			}
			for done := 0; done < *randomCount; done += episode {
				d.fight(t, history(g, rnd), seed)
			}
		})
	}
}

// history makes an episode up.
func history(g *Generator, rnd *rand.Rand) (list []call) {
	joined := []int{1, 3, 9}[rnd.IntN(3)]     // how long pipelines are
	settings := []int{0, 10, 40}[rnd.IntN(3)] // how often settings change; 0: never
	for len(list) < episode {
		if settings > 0 && rnd.IntN(settings) == 0 {
			list = append(list, changeSettings(g.Family, rnd))
		}
		c := call{client: rnd.IntN(randomClients), args: g.Next(), joined: rnd.IntN(1+joined) > 0}
		if joined > 3 && rnd.IntN(4) > 0 && len(list) > 0 {
			c.client = list[len(list)-1].client
		}
		if strings.EqualFold(c.args[0], "watch") {
			// A key that comes and goes while it is watched is another matter,
			// see docs/DIVERGENCE.md#transactions: let it exist.
			for _, key := range c.args[1:] {
				list = append(list, call{client: c.client, args: []string{"setnx", key, "w"}, joined: c.joined})
				c.joined = true
			}
		}
		for _, key := range joins(c.args) {
			list = append(list, call{client: c.client, args: []string{"xgroup", "createconsumer", key, c.args[2], c.args[3]}, joined: c.joined})
			c.joined = true
		}
		if strings.EqualFold(c.args[0], "lrem") && c.args[min(2, len(c.args)-1)] == "-9223372036854775808" {
			continue // since 7.2 that is an error, and so the data would differ
		}
		if ms, err := strconv.Atoi(c.args[min(2, len(c.args)-1)]); strings.EqualFold(c.args[0], "restore") && err == nil && ms > 0 && ms < 60000 {
			continue // the key ends within the test, on one server sooner than on the other
		}
		list = append(list, c)
	}
	return list
}

// duel are two servers, and what is compared.
type duel struct {
	family *Family
	want   string
	got    []string // nodes of a cluster
}

func (d duel) fight(t *testing.T, history []call, seed uint64) {
	diff := d.playBoth(t, history)
	if diff == "" {
		return
	}
	history, diff = d.minimise(t, history, diff)
	var b strings.Builder
	for _, c := range history {
		b.WriteString(c.String() + "\n")
	}
	t.Fatalf("seed %d: after\n%s%s", seed, b.String(), diff)
}

func readSyntax(t *testing.T, addr string) Syntax {
	t.Helper()
	c, err := wire.Dial(addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.Do("HELLO", "3"); err != nil {
		t.Fatal(err)
	}
	s, err := ReadSyntax(c)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// minimise leaves out what is not needed for a difference.
func (d duel) minimise(t *testing.T, history []call, diff string) ([]call, string) {
	for size := len(history) / 2; size > 0; size /= 2 {
		for at := 0; at+size <= len(history); {
			less := append(append([]call(nil), history[:at]...), history[at+size:]...)
			if still := d.playBoth(t, less); still != "" {
				history, diff = less, still
			} else {
				at += size
			}
		}
	}
	return history, diff
}
