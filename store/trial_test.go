package store_test

import (
	"fmt"
	"math/rand"
	"testing"

	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/store"
)

// conditional has forms of every command flagged Conditional: K is a key, M an
// element, N a number. Few of each, so that they meet.
var conditional = map[string][]string{
	"set":       {"K M NX", "K M XX", "K M NX GET", "K M XX KEEPTTL", "K M NX PX N", "K M IFEQ M", "K M IFNE M GET"},
	"setnx":     {"K M"},
	"msetnx":    {"K M K M"},
	"msetex":    {"2 K M K M NX", "1 K M XX PX N"},
	"delex":     {"K", "K IFEQ M", "K IFNE M", "K IFDEQ 0000000000000000"},
	"delifeq":   {"K M"},
	"hgetdel":   {"K FIELDS 1 M", "K FIELDS 2 M M"},
	"hsetex":    {"K FNX FIELDS 1 M M", "K FXX EX 100 FIELDS 2 M M M M", "K NX FIELDS 1 M N"},
	"getdel":    {"K"},
	"del":       {"K", "K K"},
	"unlink":    {"K", "K K"},
	"expire":    {"K N", "K N NX", "K N GT"},
	"pexpire":   {"K N", "K N LT"},
	"expireat":  {"K N", "K 9999999999 XX"},
	"pexpireat": {"K 9999999999999", "K 9999999999999 NX"},
	"persist":   {"K"},
	"renamenx":  {"K K"},
	"copy":      {"K K", "K K REPLACE", "K K DB 1"},
	"move":      {"K 1"},
	"hsetnx":    {"K M M"},
	"hdel":      {"K M", "K M M"},
	"lpop":      {"K", "K 2", "K 0"},
	"rpop":      {"K", "K 2"},
	"lpushx":    {"K M"},
	"rpushx":    {"K M M"},
	"lmove":     {"K K LEFT RIGHT"},
	"rpoplpush": {"K K"},
	"lmpop":     {"2 K K LEFT COUNT 2"},
	"lrem":      {"K 0 M", "K -1 M"},
	"sadd":      {"K M", "K M M"},
	"srem":      {"K M", "K M M"},
	"spop":      {"K", "K 0", "K 2"},
	"smove":     {"K K M"},
	"zadd":      {"K N M", "K NX N M", "K XX CH N M", "K GT INCR N M"},
	"zrem":      {"K M"},
	"zpopmin":   {"K", "K 0"},
	"zpopmax":   {"K 2"},
	"zmpop":     {"2 K K MIN"},
	"pfadd":     {"K M", "K"},
}

// others change what the conditional ones find.
var others = []string{
	"set K M", "set K N px 20", "sadd K M M M", "del K", "del K", "rpush K M M", "lpush K M", "hset K M M", "incr K", "append K M", "hpexpire K 15 FIELDS 1 M",
	"del K K K", "zadd K N M", "zadd K N M", "sadd K M M", "rpush K M",
}

func form(r *rand.Rand, text string) command.Call {
	var words []any
	word := ""
	for _, c := range text + " " {
		switch {
		case c != ' ':
			word += string(c)
			continue
		case word == "K":
			word = fmt.Sprint("key", r.Intn(6))
		case word == "M":
			word = fmt.Sprint("m", r.Intn(4))
		case word == "N":
			word = fmt.Sprint(r.Intn(40))
		}
		words, word = append(words, word), ""
	}
	return call(0, words...)
}

// What a trial says is what the log would have said, and it leaves no trace:
// if nothing is to be changed the state stays as it is, and the reply is the same.
func TestTrialTellsTheTruth(t *testing.T) {
	t.Parallel()
	s := newStore(t, 1, 1<<30)
	r := rand.New(rand.NewSource(1))
	now, index := int64(1_700_000_000_000), uint64(0)
	apply := func(calls ...command.Call) *command.Unit {
		u := unit(calls, false)
		index++
		s.Apply([]store.Entry{{Index: index, Time: now, Seed: r.Uint64(), Units: []*command.Unit{u}}})
		return u
	}
	var names []string
	for _, c := range table.All() {
		if c.Flags.Has(command.Conditional) {
			names = append(names, c.Name)
		}
	}
	idle, effective := map[string]int{}, map[string]int{}
	for range 10_000 {
		if r.Intn(3) == 0 {
			now += r.Int63n(10)
			apply(form(r, others[r.Intn(len(others))]))
			continue
		}
		name := names[r.Intn(len(names))]
		forms := conditional[name]
		if len(forms) == 0 {
			t.Fatalf("%s is flagged Conditional: say here how it is used", name)
		}
		c := form(r, name+" "+forms[r.Intn(len(forms))])
		apply() // what has expired goes, so that it is not the command that removes it
		before := s.Content()
		trial := unit([]command.Call{c}, false)
		trial.W.Buf = append(trial.W.Buf, "+earlier\r\n"...)
		unchanged := s.Try(trial)
		if after := s.Content(); after != before {
			t.Fatalf("a trial of %q changed the data", c.Args)
		}
		truth := "+earlier\r\n" + string(apply(c).W.Buf)
		after := s.Content()
		switch got := string(trial.W.Buf); {
		case unchanged && (after != before || got != truth):
			t.Fatalf("%q: tried %q, in the log %q; changed: %v", c.Args, got, truth, after != before)
		case !unchanged && got != "+earlier\r\n":
			t.Fatalf("%q: a trial that was broken off left %q", c.Args, got)
		case unchanged:
			idle[name]++
		case after != before:
			effective[name]++
		}
	}
	for _, name := range names {
		if idle[name] == 0 || effective[name] == 0 {
			t.Errorf("%s: changed nothing %d times, something %d times: both were to be tested", name, idle[name], effective[name])
		}
	}
	if err := s.Audit(); err != nil {
		t.Error(err)
	}
}

// A unit is tried as a whole, and only if all of it is of the kind.
func TestWhatIsTried(t *testing.T) {
	t.Parallel()
	s := newStore(t, 1, 1<<30)
	for _, c := range []struct {
		calls []command.Call
		want  bool
	}{
		{[]command.Call{call(0, "setnx", "k", "v")}, true},
		{[]command.Call{call(0, "setnx", "k", "v"), command.NewLiteral([]byte("+PONG\r\n")), call(0, "sadd", "s", "m")}, true},
		{[]command.Call{call(0, "set", "k", "v", "px", 10, "nx")}, true},
		{[]command.Call{call(0, "set", "k", "v", "px", 10)}, false},
		{[]command.Call{call(0, "setnx", "k", "v"), call(0, "incr", "n")}, false},
		{[]command.Call{call(0, "setnx", "k", "v"), call(0, "get", "n")}, false},
		{[]command.Call{command.NewExec(table.Lookup([]byte("exec")), &command.Tx{Calls: []command.Call{call(0, "setnx", "k", "v")}}, nil)}, false},
	} {
		if got := s.WorthTrying(unit(c.calls, false)); got != c.want {
			t.Errorf("%q and %d more: %v, want %v", c.calls[0].Args, len(c.calls)-1, got, c.want)
		}
	}
	// A unit that fails in its second call has done nothing in its first.
	u := unit([]command.Call{call(0, "del", "k"), call(0, "setnx", "k", "v")}, false)
	if s.Try(u) || len(u.W.Buf) > 0 {
		t.Errorf("DEL, SETNX of a new key: unchanged, %q", u.W.Buf)
	}
}

// Trials that fail one after the other become rare, and frequent again with the
// first that succeeds.
func TestTrialsBackOff(t *testing.T) {
	t.Parallel()
	s := newStore(t, 1, 1<<30)
	tries := func(n int, member func(i int) string) (tried int) {
		for i := range n {
			u := unit([]command.Call{call(0, "sadd", "s", member(i))}, false)
			if s.WorthTrying(u) {
				tried++
				if s.Try(u) {
					continue
				}
			}
			s.Apply([]store.Entry{{Units: []*command.Unit{u}}})
		}
		return tried
	}
	if n := tries(1000, func(i int) string { return fmt.Sprint(i) }); n > 40 {
		t.Errorf("%d of 1000 new members were tried", n)
	}
	if n := tries(1000, func(int) string { return "0" }); n < 900 {
		t.Errorf("%d of 1000 members that are there were tried", n)
	}
}
