package compat

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/msredis/msredis/internal/testcluster"
	"github.com/msredis/msredis/internal/testcluster/wire"
	"github.com/msredis/msredis/resp/command"
)

// The attacker's table: users who lack one right try to get at the data by every command.
// The node has badData, whose keys are nobody's but the owner's.

// secret stands in every value of the data.
const secret = "s3cr3t"

// victim is a node with data and users.
type victim struct {
	t      *testing.T
	addr   string
	owner  *wire.Conn
	syntax Syntax
	groups map[string]string
	table  *command.Table
	rand   *rand.Rand
}

func newVictim(t *testing.T) *victim {
	skipWhenRecording(t)
	c := testcluster.Start(t, 1, "--enable-debug-command", "yes", "--enable-module-command", "yes")
	v := &victim{t: t, addr: c.Addrs()[0], table: newTable(t)}
	v.owner, v.syntax = dialThree(t, v.addr), readSyntax(t, v.addr)
	docs := v.do("COMMAND", "DOCS")
	v.groups = badCommands(docs)
	seed := *randomSeed
	if seed == 0 {
		seed = uint64(time.Now().UnixNano())
	}
	t.Logf("-random.seed=%d -bad.count=%d", seed, *badCount)
	v.rand = rand.New(rand.NewPCG(seed, 9))
	v.fill()
	return v
}

// fill makes the data: each of badData's keys, and one of its kind that is the attacker's.
func (v *victim) fill() {
	lines := [][]string{{"FLUSHALL"}}
	for _, prefix := range []string{"", "mine:"} {
		for _, line := range badData[2:] {
			line = slices.Clone(line)
			at := 1
			if line[0] == "XGROUP" {
				at = 2
			}
			line[at] = prefix + line[at]
			lines = append(lines, line)
		}
		lines = append(lines, []string{"RPUSH", prefix + "l", secret}, []string{"SADD", prefix + "t", secret}, []string{"HSET", prefix + "h", "f", secret},
			[]string{"ZADD", prefix + "z", "1", secret}, []string{"GEOADD", prefix + "g", "13", "38", secret}, []string{"XADD", prefix + "x", "6-1", secret, secret},
			[]string{"SET", prefix + "u", secret})
	}
	for i, r := range v.try(v.owner, lines) {
		if r.IsError() {
			v.t.Fatalf("%q: %s", lines[i], r.Text)
		}
	}
}

func (v *victim) do(words ...string) wire.Value {
	v.t.Helper()
	r, err := v.owner.Do(words...)
	if err != nil || r.IsError() {
		v.t.Fatalf("%q: %s, %v", words, r.Text, err)
	}
	return r
}

// content is all that the server holds: the keys with their values and deadlines, and the
// functions. (DEBUG DIGEST also tells that a command which changed nothing was executed.)
func (v *victim) content() string {
	keys := v.do("KEYS", "*").Strings()
	slices.Sort(keys)
	lines := [][]string{{"DBSIZE"}, {"INFO", "keyspace"}, {"FUNCTION", "LIST"}, {"LEASE", "LIST"}, {"CONFIG", "GET", "maxmemory*"}}
	for _, key := range keys {
		lines = append(lines, []string{"DUMP", key}, []string{"PEXPIRETIME", key})
	}
	text := strings.Join(keys, " ")
	for _, r := range v.try(v.owner, lines) {
		text += "\n" + Format(r)
	}
	return text
}

// same fails if the content is another one than before.
func (v *victim) same(before, who string) {
	v.t.Helper()
	if after := v.content(); after != before {
		v.t.Errorf("%s changed something:\n%s\nnow\n%s", who, before, after)
	}
}

// user makes a user and returns a connection of that user.
func (v *victim) user(name string, rules ...string) *wire.Conn {
	v.t.Helper()
	v.do(append([]string{"ACL", "SETUSER", name, "reset", "on", "nopass"}, rules...)...)
	c := dialThree(v.t, v.addr)
	if r, err := c.Do("AUTH", name, "x"); err != nil || r.IsError() {
		v.t.Fatalf("AUTH %s: %s, %v", name, r.Text, err)
	}
	return c
}

// try sends lines in one pipeline.
func (v *victim) try(c *wire.Conn, lines [][]string) []wire.Value {
	v.t.Helper()
	replies, err := c.Pipeline(lines)
	if err != nil {
		v.t.Fatalf("after %d replies to %q: %v", len(replies), lines, err)
	}
	return replies
}

// everyLine is each command with as many arguments as it needs at least. None of them is
// for everybody, as AUTH is.
func (v *victim) everyLine() (lines [][]string) {
	for _, c := range v.table.All() {
		if c.IsContainer() || c.Flags&(command.NoAuth|command.Internal) != 0 {
			continue
		}
		line := strings.Split(c.FullName, "|")
		for len(line) < max(c.Arity, -c.Arity) {
			line = append(line, "1")
		}
		lines = append(lines, line)
	}
	return lines
}

// TestAttackerWithoutCommands: all keys and channels, and no command.
func TestAttackerWithoutCommands(t *testing.T) {
	t.Parallel()
	v := newVictim(t)
	nobody := v.user("nobody", "~*", "&*")
	lines := v.everyLine()
	if len(lines) < 350 {
		t.Fatalf("only %d commands", len(lines))
	}
	before := v.content()
	for i, r := range v.try(nobody, lines) {
		if r.Code() != "NOPERM" && !strings.HasPrefix(r.Text, "EXECABORT Transaction discarded because of: NOPERM") {
			t.Errorf("%q: %s", lines[i], shorten(r))
		}
	}
	if r := v.try(nobody, [][]string{{"ACL", "WHOAMI"}})[0]; r.Code() != "NOPERM" {
		t.Errorf("the connection is another user's: %s", shorten(r))
	}
	v.same(before, "nobody")
	// Scripts and transactions get no further.
	caller := v.user("caller", "~*", "&*", "+eval", "+eval_ro", "+fcall", "+multi", "+exec", "+function|load")
	load := "#!lua name=attack\nredis.register_function('attack', function(keys, args) return redis.call(unpack(args)) end)"
	if r := v.try(caller, [][]string{{"FUNCTION", "LOAD", load}})[0]; r.IsError() {
		t.Fatal(shorten(r))
	}
	before = v.content()
	for _, line := range lines {
		if name := line[0]; name == "eval" || name == "eval_ro" || name == "fcall" || name == "multi" || name == "exec" || name == "function" && line[1] == "load" {
			continue
		}
		replies := v.try(caller, [][]string{
			slices.Concat([]string{"EVAL", "return redis.call(unpack(ARGV))", "0"}, line),
			slices.Concat([]string{"EVAL_RO", "return redis.pcall(unpack(ARGV))", "0"}, line),
			slices.Concat([]string{"FCALL", "attack", "0"}, line),
			{"MULTI"}, line, {"EXEC"},
		})
		for i, r := range replies {
			want := []string{"NOPERM", "NOPERM", "NOPERM", "", "NOPERM", "EXECABORT"}[i]
			// What scripts or transactions never take is another error.
			if notHere := r.IsError() && (strings.Contains(r.Text, "not allowed from script") || strings.Contains(r.Text, "not allowed inside a transaction")); r.Code() != want && want != "" && !notHere &&
				!strings.Contains(r.Text, "ACL failure in script: User caller has no permissions") {
				t.Errorf("%q, way %d: %s", line, i, shorten(r))
			}
		}
	}
	v.same(before, "caller")
}

// keyLines are valid lines of all commands with keys. fn gets the places of the keys.
func (v *victim) keyLines(fn func(name string, line []string, keys []int)) {
	for _, name := range slices.Sorted(maps.Keys(v.groups)) {
		g := &badLines{syntax: v.syntax, rand: v.rand, command: name, group: v.groups[name]}
		for range *badCount {
			var line []string
			var keys []int
			for i, s := range g.valid() {
				line = append(line, s.word)
				if s.key {
					keys = append(keys, i)
				}
			}
			if len(keys) > 0 && !v.keysAreNames(name) {
				fn(name, line, keys)
			}
		}
	}
}

// keysAreNames reports whether what a command calls a key is a word to it: no right to
// the key is needed, in Redis either.
func (v *victim) keysAreNames(name string) bool {
	return name == "cluster keyslot" || name == "command getkeys" || name == "command getkeysandflags"
}

// TestAttackerWithoutKeys: all commands, and one key of each line is not the attacker's.
func TestAttackerWithoutKeys(t *testing.T) {
	t.Parallel()
	v := newVictim(t)
	mallory := v.user("mallory", "+@all", "~mine:*", "&*")
	before := v.content()
	commands := map[string]bool{}
	var lines [][]string
	v.keyLines(func(name string, line []string, keys []int) {
		commands[name] = true
		for _, foreign := range keys {
			one := slices.Clone(line)
			for _, at := range keys {
				if at != foreign {
					one[at] = "mine:" + one[at]
				}
			}
			lines = append(lines, one)
		}
	})
	if len(commands) < 150 {
		t.Fatalf("only %d commands", len(commands))
	}
	bad := 0
	for batch := range slices.Chunk(lines, 200) {
		for i, r := range v.try(mallory, batch) {
			if r.Code() != "NOPERM" && bad < 30 {
				bad++
				t.Errorf("%q: %s", batch[i], shorten(r))
			}
		}
	}
	v.same(before, "mallory")
	t.Logf("%d commands, %d lines", len(commands), len(lines))
}

// TestAttackerReads: all commands, and all keys to write alone. No reply tells a value.
func TestAttackerReads(t *testing.T) {
	t.Parallel()
	v := newVictim(t)
	writer := v.user("writer", "+@all", "%W~*", "&*")
	seen := map[string]bool{}
	v.keyLines(func(name string, line []string, _ []int) {
		r := v.try(writer, [][]string{line})[0]
		if strings.Contains(Format(r), secret) && !seen[name] {
			seen[name] = true
			t.Errorf("%q: %s", line, shorten(r))
		}
		if r.Code() != "NOPERM" && v.table.Named(strings.ReplaceAll(name, " ", "|")).Flags.Has(command.Write) {
			v.fill()
		}
	})
}

// TestAttackerWrites: all commands, and all keys to read alone. No command changes one.
func TestAttackerWrites(t *testing.T) {
	t.Parallel()
	v := newVictim(t)
	reader := v.user("reader", "+@all", "%R~*", "&*")
	before, lines := v.content(), map[string][][]string{}
	v.keyLines(func(name string, line []string, _ []int) { lines[name] = append(lines[name], line) })
	for _, name := range slices.Sorted(maps.Keys(lines)) {
		v.try(reader, lines[name])
		// XREADGROUP makes consumers, and is a read to Redis's rules.
		if name == "xreadgroup" || v.content() == before {
			continue
		}
		for _, line := range lines[name] { // which of them is it?
			v.fill()
			before = v.content()
			r := v.try(reader, [][]string{line})[0]
			if v.content() != before {
				t.Errorf("%q changes something: %s", line, shorten(r))
				break
			}
		}
		v.fill()
		before = v.content()
	}
}

// TestAttackerWithoutChannels: no message is sent, and none is heard.
func TestAttackerWithoutChannels(t *testing.T) {
	t.Parallel()
	v := newVictim(t)
	deaf := v.user("deaf", "+@all", "~*", "&mine.*")
	for _, line := range [][]string{
		{"PUBLISH", "other", "x"}, {"SPUBLISH", "other", "x"}, {"SUBSCRIBE", "mine.1", "other"}, {"SSUBSCRIBE", "other"},
		{"PSUBSCRIBE", "*"}, {"PSUBSCRIBE", "mine.?"}, {"PSUBSCRIBE", "mine.1"},
	} {
		if r := v.try(deaf, [][]string{line})[0]; r.Code() != "NOPERM" {
			t.Errorf("%q: %s", line, shorten(r))
		}
	}
	for _, script := range []string{"return redis.call('PUBLISH', 'other', 'x')", "return redis.call('SPUBLISH', 'other', 'x')"} {
		if r := v.try(deaf, [][]string{{"EVAL", script, "0"}})[0]; !strings.Contains(r.Text, "ACL failure in script: No permissions to access a channel") {
			t.Errorf("%s: %s", script, shorten(r))
		}
	}
	replies := v.try(deaf, [][]string{{"MULTI"}, {"PUBLISH", "other", "x"}, {"EXEC"}, {"PUBLISH", "mine.1", "x"}, {"PSUBSCRIBE", "mine.*"}})
	if replies[1].Code() != "NOPERM" || replies[2].Code() != "EXECABORT" || replies[3].IsError() || replies[4].IsError() {
		t.Errorf("a transaction, and the own channels: %s", fmt.Sprint(replies))
	}
}
