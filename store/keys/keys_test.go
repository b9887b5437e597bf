package keys_test

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/store/storetest"
)

// elements returns the bulk strings of a reply, nested or not.
func elements(reply string) []string {
	var list []string
	for _, m := range regexp.MustCompile(`\$\d+\r\n(.*?)\r\n`).FindAllStringSubmatch(reply, -1) {
		list = append(list, m[1])
	}
	return list
}

// TestTimeToLive: deadlines count from log time, answers from the clock.
func TestTimeToLive(t *testing.T) {
	t.Parallel()
	env := storetest.New(t, kinds, rows)
	env.Do("set", "k", "v", "px", "10500")
	for _, tc := range []struct {
		later     int64 // clock of the read, behind that of the SET
		ttl, pttl string
	}{
		{0, ":11\r\n", ":10500\r\n"},
		{1, ":10\r\n", ":10499\r\n"},
		{10000, ":1\r\n", ":500\r\n"},
		{10001, ":0\r\n", ":499\r\n"},
		{10499, ":0\r\n", ":1\r\n"},
		{10500, ":0\r\n", ":0\r\n"}, // the key is there until log time has come so far
		{99999, ":0\r\n", ":0\r\n"},
	} {
		env.Now += tc.later
		if ttl, pttl := env.Do("ttl", "k"), env.Do("pttl", "k"); ttl != tc.ttl || pttl != tc.pttl {
			t.Errorf("%d ms later: TTL %q and PTTL %q, want %q and %q", tc.later, ttl, pttl, tc.ttl, tc.pttl)
		}
		env.Now -= tc.later
	}
	deadline := env.Now + 10500
	if got, want := env.Do("pexpiretime", "k"), fmt.Sprintf(":%d\r\n", deadline); got != want {
		t.Errorf("PEXPIRETIME %q, want %q", got, want)
	}
	env.Advance(10499)
	if got := env.Do("exists", "k"); got != ":1\r\n" {
		t.Error("the key expired early")
	}
	env.Advance(1)
	if got := env.Do("exists", "k"); got != ":0\r\n" {
		t.Error("the key did not expire at its deadline")
	}
}

// TestRelativeDeadlines: all commands that take a time from now on.
func TestRelativeDeadlines(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{
		{"set", "k", "v", "ex", "100"},
		{"set", "k", "v", "px", "100000"},
		{"setex", "k", "100", "v"},
		{"psetex", "k", "100000", "v"},
		{"getex", "k", "ex", "100"},
		{"getex", "k", "px", "100000"},
		{"expire", "k", "100"},
		{"pexpire", "k", "100000"},
	} {
		env := storetest.New(t, kinds, rows)
		env.Do("set", "k", "v")
		env.Do(args...)
		if got, want := env.Do("pexpiretime", "k"), fmt.Sprintf(":%d\r\n", env.Now+100_000); got != want {
			t.Errorf("%q: deadline %q, want %q", args, got, want)
		}
	}
}

func fill(env *storetest.Env, n int) []string {
	var names []string
	for i := range n {
		names = append(names, fmt.Sprintf("key:%d", i))
		env.Do("set", names[i], "v")
	}
	slices.Sort(names)
	return names
}

func TestScanVisitsEveryKey(t *testing.T) {
	t.Parallel()
	env := storetest.New(t, kinds, rows)
	want := fill(env, 500)
	for _, count := range []string{"1", "7", "10", "1000", "9223372036854775807"} {
		var got []string
		cursor := "0"
		for calls := 0; ; calls++ {
			list := elements(env.Do("scan", cursor, "count", count))
			cursor, got = list[0], append(got, list[1:]...)
			if cursor == "0" {
				break
			}
			if calls > 2000 {
				t.Fatalf("COUNT %s: no end", count)
			}
		}
		slices.Sort(got)
		if got = slices.Compact(got); !slices.Equal(got, want) {
			t.Errorf("COUNT %s: %d keys of %d", count, len(got), len(want))
		}
	}
	got := elements(env.Do("keys", "*"))
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("KEYS: %d keys of %d", len(got), len(want))
	}
	if got := env.Do("dbsize"); got != ":500\r\n" {
		t.Errorf("DBSIZE is %q", got)
	}
}

func TestRandomkeyDrawsEveryKey(t *testing.T) {
	t.Parallel()
	env := storetest.New(t, kinds, rows)
	fill(env, 5)
	env.Do("set", "gone", "v", "px", "1")
	env.Advance(1)
	seen := map[string]bool{}
	for range 500 {
		seen[elements(env.Do("randomkey"))[0]] = true
	}
	if len(seen) != 5 || seen["gone"] {
		t.Errorf("drawn: %v", seen)
	}
}

func TestKeysInSlot(t *testing.T) {
	t.Parallel()
	env := storetest.New(t, kinds, rows)
	fill(env, 100)
	for i := range 5 {
		env.Do("set", fmt.Sprintf("{tag}%d", i), "v")
	}
	slot := fmt.Sprint(command.Slot([]byte("tag")))
	for _, tc := range []struct{ args, want string }{
		{"countkeysinslot " + slot, ":5\r\n"},
		{"countkeysinslot 16384", "-ERR Invalid slot\r\n"},
		{"countkeysinslot -1", "-ERR Invalid slot\r\n"},
		{"countkeysinslot a", "-ERR value is not an integer or out of range\r\n"},
		{"getkeysinslot " + slot + " 0", "*0\r\n"},
		{"getkeysinslot 16384 1", "-ERR Invalid slot or number of keys\r\n"},
		{"getkeysinslot 0 -1", "-ERR Invalid slot or number of keys\r\n"},
		{"getkeysinslot a 1", "-ERR value is not an integer or out of range\r\n"},
		{"getkeysinslot 0 a", "-ERR value is not an integer or out of range\r\n"},
	} {
		if got := env.Do(append([]string{"cluster"}, strings.Fields(tc.args)...)...); got != tc.want {
			t.Errorf("CLUSTER %s: %q, want %q", tc.args, got, tc.want)
		}
	}
	for _, n := range []int{1, 3, 5, 100} {
		got := elements(env.Do("cluster", "getkeysinslot", slot, fmt.Sprint(n)))
		if len(got) != min(n, 5) || !strings.HasPrefix(got[0], "{tag}") {
			t.Errorf("GETKEYSINSLOT %d: %q", n, got)
		}
	}
}

func TestObjectOfAKey(t *testing.T) {
	t.Parallel()
	env := storetest.New(t, kinds, rows)
	env.Do("set", "k", "value")
	env.Now += 5000
	if got := env.Do("object", "idletime", "k"); got != ":5\r\n" {
		t.Errorf("OBJECT IDLETIME is %q", got)
	}
	if got := env.Do("debug", "object", "k"); got != fmt.Sprintf("+Value at:0x0 refcount:1 encoding:embstr "+
		"serializedlength:6 lru:%d lru_seconds_idle:5\r\n", env.Now/1000&(1<<24-1)-5) {
		t.Errorf("DEBUG OBJECT is %q", got)
	}
	for _, step := range []struct {
		words string
		idle  string
	}{{"get k", ":5"}, {"exists k", ":5"}, {"touch k", ":0"}} {
		args := bytes.Fields([]byte(step.words))
		call := command.NewCall(env.Table.Named(string(args[0])), args, 0, nil)
		call.SetNoTouch()
		env.Calls(call)
		if got := env.Do("object", "idletime", "k"); got != step.idle+"\r\n" {
			t.Errorf("OBJECT IDLETIME after %s of a client that leaves no trace is %q", step.words, got)
		}
	}
	env.Now += 5000
	env.Do("get", "k")
	if got := env.Do("object", "idletime", "k"); got != ":0\r\n" {
		t.Errorf("OBJECT IDLETIME after GET is %q", got)
	}
	if a, b := integer(env.Do("memory", "usage", "k")), integer(env.Do("memory", "usage", "k", "samples", "0")); a < 10 || a != b {
		t.Errorf("MEMORY USAGE is %d, with SAMPLES %d", a, b)
	}
}

// TestDigestValue: equal for equal values, in whatever way they came about.
func TestDigestValue(t *testing.T) {
	t.Parallel()
	env := storetest.New(t, kinds, rows)
	for _, args := range [][]string{
		{"set", "a", "12"},
		{"append", "b", "1"}, {"append", "b", "2"},
		{"set", "c", "13"},
		{"set", "d", "12", "ex", "100"},
	} {
		env.Do(args...)
	}
	got := strings.Split(env.Do("debug", "digest-value", "a", "b", "c", "d", "none"), "\r\n")[1:6]
	if got[0] != got[1] || got[0] == got[2] || got[0] == got[3] || got[4] != "+"+strings.Repeat("0", 40) {
		t.Errorf("digests: %q", got)
	}
}
