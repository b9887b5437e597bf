package main

import (
	"crypto/sha1"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
)

const (
	keySpace  = 100_000 // different keys, fields, members
	valueSize = 64
	kibKeys   = 10_000 // of 1 KiB
	bigKeys   = 1000   // of 64 KiB
)

// load is one kind of request.
type load struct {
	name  string
	bench []string   // for redis-benchmark; nil: own
	own   *generator // for drive
	etcd  string     // "put" or "get" for etcd-load; "": etcd has nothing like it

	randoms int    // range of __rand_int__; 0: keySpace
	write   bool   // it needs an fsync
	bulk    bool   // replies are too large for many at once
	fresh   string // key that every run begins without
	// listeners is how many clients have subscribed to channel, on the last node.
	listeners int
	// once names what the servers must hold; fill puts it there. Without a name
	// it is done before each run, whose number of requests is n.
	once string
	fill func(addr string, n int) error
}

func (l *load) keys() int {
	if l.randoms > 0 {
		return l.randoms
	}
	return keySpace
}

var value = strings.Repeat("x", valueSize)

func fillStrings(prefix string, keys, size int) func(string, int) error {
	return func(addr string, _ int) error {
		v := strings.Repeat("x", size)
		return fill(addr, keys, func(dst []byte, i int) []byte {
			return appendCommand(dst, "SET", keyName(prefix, i), v)
		})
	}
}

// fillMany lets one command add a hundred elements to a key, until it has n.
func fillMany(command, key string, element func(i int) string) func(string, int) error {
	const each = 100
	return func(addr string, n int) error {
		return fill(addr, (n+each-1)/each, func(dst []byte, i int) []byte {
			args := []string{command, key}
			for j := range each {
				args = append(args, element(i*each+j))
			}
			return appendCommand(dst, args...)
		})
	}
}

// mixed is GETs with so many SETs among a hundred.
func mixed(sets int) *generator {
	return &generator{func(dst []byte, rnd *rand.Rand) ([]byte, int) {
		key := keyName("key", rnd.IntN(keySpace))
		if rnd.IntN(100) < sets {
			return appendCommand(dst, "SET", key, value), 1
		}
		return appendCommand(dst, "GET", key), 1
	}}
}

// oneCommand is a command on one key of so many.
func oneCommand(keys int, command, prefix string, args ...string) *generator {
	return &generator{func(dst []byte, rnd *rand.Rand) ([]byte, int) {
		all := append([]string{command, keyName(prefix, rnd.IntN(keys))}, args...)
		return appendCommand(dst, all...), 1
	}}
}

// transaction is MULTI, so many SETs and EXEC in one write, one request.
func transaction(sets int) *generator {
	return &generator{func(dst []byte, rnd *rand.Rand) ([]byte, int) {
		dst = appendCommand(dst, "MULTI")
		for range sets {
			dst = appendCommand(dst, "SET", keyName("key", rnd.IntN(keySpace)), value)
		}
		return appendCommand(dst, "EXEC"), sets + 2
	}}
}

// channel is where messages are published.
const channel = "news"

// publish is messages for so many subscribers.
func publish(listeners int) *load {
	return &load{name: fmt.Sprintf("PUBLISH to %d", listeners), bench: []string{"PUBLISH", channel, value}, listeners: listeners}
}

// Scripts of the loads.
const (
	getAndSet = "local v = redis.call('GET', KEYS[1]) redis.call('SET', KEYS[1], ARGV[1]) return v"
	getOnly   = "return redis.call('GET', KEYS[1])"
	turns     = "for i = 1, 10000 do end return 1"
)

func hashOf(script string) string {
	sum := sha1.Sum([]byte(script))
	return hex.EncodeToString(sum[:])
}

// withScripts are the keys, and the scripts of the loads.
func withScripts(addr string, n int) error {
	if err := theKeys(addr, n); err != nil {
		return err
	}
	scripts := []string{getAndSet, getOnly, turns}
	return fill(addr, len(scripts), func(dst []byte, i int) []byte {
		return appendCommand(dst, "SCRIPT", "LOAD", scripts[i])
	})
}

var theKeys = fillStrings("key", keySpace, valueSize)

var loads = []*load{
	{name: "SET", bench: []string{"-t", "set"}, etcd: "put", write: true, once: "keys", fill: theKeys},
	{name: "GET", bench: []string{"-t", "get"}, etcd: "get", once: "keys", fill: theKeys},
	{name: "INCR", bench: []string{"-t", "incr"}, write: true},
	{name: "1 SET : 9 GET", own: mixed(10), write: true, once: "keys", fill: theKeys},
	{name: "1 SET : 1 GET", own: mixed(50), write: true, once: "keys", fill: theKeys},
	{name: "MSET of 10", bench: []string{"-t", "mset"}, write: true, once: "keys", fill: theKeys},
	{name: "MULTI of 5", own: transaction(5), write: true, once: "keys", fill: theKeys},
	{name: "SET EX", bench: []string{"SET", "key:__rand_int__", value, "EX", "3600"}, write: true, once: "keys", fill: theKeys},
	{name: "GET 1 KiB", bench: []string{"GET", "kib:__rand_int__"}, randoms: kibKeys,
		once: "kib", fill: fillStrings("kib", kibKeys, 1<<10)},
	{name: "GET 64 KiB", bench: []string{"GET", "big:__rand_int__"}, randoms: bigKeys, bulk: true,
		once: "big", fill: fillStrings("big", bigKeys, 64<<10)},
	{name: "LPUSH", bench: []string{"-t", "lpush"}, write: true, fresh: "mylist"},
	{name: "RPOP", bench: []string{"-t", "rpop"}, write: true, fresh: "mylist",
		fill: fillMany("LPUSH", "mylist", func(int) string { return value })},
	{name: "SADD", bench: []string{"-t", "sadd"}, write: true, fresh: "myset"},
	{name: "HSET", bench: []string{"-t", "hset"}, write: true, fresh: "myhash"},
	{name: "ZADD", bench: []string{"-t", "zadd"}, write: true, fresh: "myzset"},
	{name: "SPOP", bench: []string{"-t", "spop"}, write: true, fresh: "myset",
		fill: fillMany("SADD", "myset", func(i int) string { return keyName("element", i) })},
	{name: "LRANGE_100", bench: []string{"LRANGE", "range", "0", "99"}, once: "range",
		fill: func(addr string, _ int) error {
			return fillMany("LPUSH", "range", func(int) string { return value })(addr, 1000)
		}},
	{name: "EVALSHA", bench: []string{"EVALSHA", hashOf(getAndSet), "1", "key:__rand_int__", value}, write: true,
		once: "scripts", fill: withScripts},
	{name: "EVALSHA_RO", bench: []string{"EVALSHA_RO", hashOf(getOnly), "1", "key:__rand_int__"}, once: "scripts", fill: withScripts},
	{name: "10,000 turns", bench: []string{"EVALSHA", hashOf(turns), "0"}, write: true, once: "scripts", fill: withScripts},
	publish(1), publish(100), publish(1000),
}

func loadNamed(name string) *load {
	i := slices.IndexFunc(loads, func(l *load) bool { return l.name == name })
	return loads[i]
}

// Where clients of three nodes are.
const (
	atLeader = iota
	atFollower
	atAll
)

// series is what a column of figures is about: a peer, and where its clients
// are.
type series struct {
	peer  string
	place int
}

func (s series) String() string {
	return s.peer + [...]string{"", ", follower", ", all nodes"}[s.place]
}

// choose returns the addresses that clients use.
func (s series) choose(addrs []string) []string {
	switch s.place {
	case atFollower:
		return addrs[1:2]
	case atAll:
		return addrs
	}
	return addrs[:1]
}

// point is a load by so many clients with pipelines of such a depth. The first
// of its series is what the others are compared with.
type point struct {
	load           *load
	clients, depth int
	series         []series
}

func (p *point) String() string {
	s := fmt.Sprintf("%s, %d clients", p.load.name, p.clients)
	if p.clients == 1 {
		s = p.load.name + ", 1 client"
	}
	if p.depth > 1 {
		s += fmt.Sprintf(", -P %d", p.depth)
	}
	return s
}

func at(name string, clients, depth int, peers ...string) *point {
	p := &point{load: loadNamed(name), clients: clients, depth: depth}
	for _, peer := range peers {
		p.series = append(p.series, series{peer: peer})
	}
	return p
}

// spread adds the other places of clients of three nodes, behind the leader.
func (p *point) spread(places ...int) *point {
	i := slices.Index(p.series, three) + 1
	for n, place := range places {
		p.series = slices.Insert(p.series, i+n, series{msredis3, place})
	}
	return p
}

// shortPlan is what the targets need and what most users ask first.
func shortPlan() []*point {
	return []*point{
		at("SET", 1, 1, redisAlways, msredis1, msredis3),
		at("SET", 50, 16, redisAlways, redisEverysec, redisNone, msredis1, msredis3).spread(atFollower),
		at("SET", 500, 1, redisAlways, msredis1, msredis3),
		at("GET", 50, 16, redisNone, redisAlways, msredis1, msredis3).spread(atFollower, atAll),
		at("1 SET : 9 GET", 50, 1, redisAlways, msredis1, msredis3),
		at("MSET of 10", 50, 1, redisAlways, msredis1),
		at("MULTI of 5", 50, 1, redisAlways, msredis1),
		at("LPUSH", 50, 1, redisAlways, msredis1),
		at("RPOP", 50, 1, redisAlways, msredis1),
		at("SADD", 50, 1, redisAlways, msredis1),
		at("HSET", 50, 1, redisAlways, msredis1),
		at("ZADD", 50, 1, redisAlways, msredis1),
		at("SPOP", 50, 1, redisAlways, msredis1),
		at("LRANGE_100", 50, 1, redisAlways, msredis1),
		at("EVALSHA", 50, 1, redisAlways, msredis1),
		at("EVALSHA_RO", 50, 1, redisAlways, msredis1),
		at("10,000 turns", 50, 1, redisAlways, msredis1),
		at("PUBLISH to 1", 50, 1, redisAlways, msredis1, msredis3),
		at("PUBLISH to 100", 50, 1, redisAlways, msredis1, msredis3),
		at("PUBLISH to 1000", 50, 1, redisAlways, msredis1, msredis3),
		at("SET", 50, 1, redisAlways, redisEverysec, redisNone, msredis1, msredis3, etcd3).spread(atFollower),
		at("GET", 50, 1, redisNone, redisAlways, msredis1, msredis3, etcd3).spread(atFollower, atAll),
	}
}

// maxBulk is how many large replies may be under way.
const maxBulk = 800

// fullPlan is everything.
func fullPlan() []*point {
	var plan, withEtcd []*point
	for _, l := range loads {
		for _, clients := range []int{1, 50, 500} {
			for _, depth := range []int{1, 16, 100} {
				if l.bulk && clients*depth > maxBulk {
					continue
				}
				peers := []string{redisAlways, redisEverysec, redisNone, msredis1, msredis3}
				if !l.write {
					peers = []string{redisNone, redisAlways, msredis1, msredis3}
				}
				etcd := l.etcd != "" && depth == 1
				if etcd {
					peers = append(peers, etcd1, etcd3)
				}
				p := at(l.name, clients, depth, peers...)
				if clients == 50 {
					p.spread(atFollower, atAll)
				}
				if etcd {
					withEtcd = append(withEtcd, p)
				} else {
					plan = append(plan, p)
				}
			}
		}
	}
	return append(plan, withEtcd...) // so that etcd runs for a while only
}

// selectPoints keeps the points whose name matches and, of these, the series of
// the peers that are asked for.
func selectPoints(plan []*point, only string, peers []string) ([]*point, error) {
	re, err := regexp.Compile(only)
	if err != nil {
		return nil, err
	}
	for _, name := range peers {
		if !slices.Contains(allPeers, name) {
			return nil, fmt.Errorf("no such peer: %q; there are %s", name, strings.Join(allPeers, ", "))
		}
	}
	var out []*point
	for _, p := range plan {
		if !re.MatchString(p.String()) {
			continue
		}
		p.series = slices.DeleteFunc(p.series, func(s series) bool { return len(peers) > 0 && !slices.Contains(peers, s.peer) })
		if len(p.series) > 0 {
			out = append(out, p)
		}
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("nothing is selected by -only %q and -peers", only)
	}
	return out, nil
}
