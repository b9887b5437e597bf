package stream_test

import (
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/msredis/msredis/store/storetest"
)

// TestAccounting: the store counts the bytes of its keys, whatever was done to them.
func TestAccounting(t *testing.T) {
	t.Parallel()
	names := []string{"a", "b", "c"}
	storetest.CheckAccounting(t, storetest.New(t, kinds, rows), 1, names, 5000, func(rng *rand.Rand, step int) []string {
		key := func() string { return names[rng.IntN(len(names))] }
		id := func() string { return "5-" + strconv.Itoa(rng.IntN(300)) }
		consumer := func() string { return "consumer" + strconv.Itoa(rng.IntN(3)) }
		commands := [][]string{
			{"xadd", key(), "5-*", "field", strings.Repeat("v", rng.IntN(100))},
			{"xadd", key(), "5-*", "field", "value", strconv.Itoa(rng.IntN(5)), "more"},
			{"xadd", key(), "maxlen", "200", "5-*", "field", "value"},
			{"xadd", key(), "minid", "~", id(), "5-*", "field", "value"},
			{"xdel", key(), id(), id()},
			{"xtrim", key(), "maxlen", "~", "150"},
			{"xsetid", key(), "5-" + strconv.Itoa(300+step)},
			{"xgroup", "create", key(), "group", "0", "mkstream"},
			{"xgroup", "create", key(), "other", "$"},
			{"xgroup", "setid", key(), "group", id()},
			{"xgroup", "destroy", key(), "other"},
			{"xgroup", "createconsumer", key(), "group", consumer()},
			{"xgroup", "delconsumer", key(), "group", consumer()},
			{"xreadgroup", "group", "group", consumer(), "count", "9", "streams", key(), ">"},
			{"xreadgroup", "group", "group", consumer(), "count", "9", "streams", key(), key(), ">", id()},
			{"xack", key(), "group", id(), id(), id()},
			{"xclaim", key(), "group", consumer(), "0", id(), id(), "force"},
			{"xautoclaim", key(), "group", consumer(), "0", id(), "count", "5"},
			{"copy", key(), key(), "replace"},
			{"rename", key(), key()},
			{"del", key()},
		}
		command := commands[rng.IntN(len(commands))]
		if command[0] == "del" && rng.IntN(10) > 0 {
			return nil
		}
		return command
	})
}

// TestWithoutEffect: a command that changes nothing does not disturb those who
// watch the key.
func TestWithoutEffect(t *testing.T) {
	t.Parallel()
	env := storetest.New(t, kinds, rows)
	for _, setup := range []string{
		"xadd k 1-1 f v", "xadd k 2-1 f v", "xadd k 3-1 f v", "xgroup create k g 0", "xreadgroup group g c count 1 streams k >",
		"xgroup create k end $", "xgroup createconsumer k end c", "xgroup createconsumer k g d", "set str value",
	} {
		env.Do(strings.Fields(setup)...)
	}
	storetest.CheckWithoutEffect(t, env, []string{"k", "str"}, []string{
		"xadd k 1-1 f v", "xadd k 4-1 f", "xadd k maxlen x 4-1 f v", "xadd str * f v", "xdel k 9-9", "xdel k 1-1 x",
		"xtrim k maxlen 3", "xtrim k maxlen ~ 1", "xtrim k minid 1-1", "xtrim k minid ~ 2-1", "xtrim k maxlen ~ 0 limit 2",
		"xsetid k 2-1", "xgroup create k g 0", "xgroup create k h x", "xgroup setid k none 0", "xgroup destroy k none",
		"xgroup createconsumer k g c", "xgroup delconsumer k g none", "xreadgroup group end c streams k >",
		"xreadgroup group g c streams k x", "xreadgroup group g c streams k str > >", "xack k g 2-1", "xack k none 1-1", "xack k g 1-1 x",
		"xclaim k g d 0 2-1", "xclaim k g d 100000 1-1", "xclaim k g d 0 1-1 foo", "xautoclaim k g d 100000 0", "xautoclaim k g d 0 5",
		"xread streams k 0", "xrange k - +", "xinfo stream k full", "xpending k g",
	})
}

// TestTime: "*" and idle times follow the time of the log.
func TestTime(t *testing.T) {
	t.Parallel()
	env := storetest.New(t, kinds, rows)
	env.Now = 5000
	for _, step := range []struct {
		wait          int64
		command, want string
	}{
		{0, "xadd s * f v", "$6 5000-0"},
		{0, "xadd s * f v", "$6 5000-1"},
		{7, "xadd s * f v", "$6 5007-0"},
		{0, "xadd s 6000-* f v", "$6 6000-0"},
		{1, "xadd s * f v", "$6 6000-1"},
		{0, "xadd s 6000-18446744073709551615 f v", "$25 6000-18446744073709551615"},
		{0, "xadd s 6000-* f v", "-ERR The ID specified in XADD is equal or smaller than the target stream top item"},
		{0, "xadd s * f v", "$6 6001-0"},
		{0, "xgroup create s g 0", "+OK"},
		{1000, "xreadgroup group g c count 2 streams s >", "*1 *2 $1 s *2 *2 $6 5000-0 *2 $1 f $1 v *2 $6 5000-1 *2 $1 f $1 v"},
		{40, "xpending s g - + 1", "*1 *4 $6 5000-0 $1 c :40 :1"},
		{0, "xpending s g idle 41 - + 1", "*0"},
		{0, "xclaim s g d 41 5000-0 justid", "*0"},
		{0, "xclaim s g d 40 5000-0 justid", "*1 $6 5000-0"},
		{2, "xinfo consumers s g", "*2 *8 $4 name $1 c $7 pending :1 $4 idle :42 $8 inactive :42 *8 $4 name $1 d $7 pending :1 $4 idle :2 $8 inactive :2"},
		{0, "xautoclaim s g e 10 0 justid", "*3 $3 0-0 *1 $6 5000-1 *0"},
		{0, "xclaim s g d 0 5000-1 justid time 9000000", "*1 $6 5000-1"},
		{0, "xpending s g 5000-1 + 1", "*1 *4 $6 5000-1 $1 d :0 :1"},
		{9, "xreadgroup group g d streams s 5000-0", "*1 *2 $1 s *1 *2 $6 5000-1 *2 $1 f $1 v"},
		{1, "xpending s g 5000-1 + 1", "*1 *4 $6 5000-1 $1 d :1 :2"},
		{0, "xgroup destroy s g", ":1"},
		{0, "xgroup create s g $", "+OK"},
		{0, "xreadgroup group g c streams s >", "*-1"},
		{49, "xreadgroup group g c streams s >", "*-1"}, // below seenStep
		{0, "xinfo consumers s g", "*1 *8 $4 name $1 c $7 pending :0 $4 idle :49 $8 inactive :-1"},
		{1, "xreadgroup group g c streams s >", "*-1"},
		{0, "xinfo consumers s g", "*1 *8 $4 name $1 c $7 pending :0 $4 idle :0 $8 inactive :-1"},
	} {
		env.Now += step.wait
		got := strings.TrimSuffix(strings.ReplaceAll(env.Do(strings.Fields(step.command)...), "\r\n", " "), " ")
		if got != step.want {
			t.Errorf("%s: %s, want %s", step.command, got, step.want)
		}
	}
}

// TestEmptyStays: a stream without entries is a key, also after a restart.
func TestEmptyStays(t *testing.T) {
	t.Parallel()
	env := storetest.New(t, kinds, rows)
	env.Do("xadd", "s", "1-1", "f", "v")
	env.Do("xdel", "s", "1-1")
	env.Do("xgroup", "create", "t", "g", "0", "mkstream")
	env.Do("xadd", "u", "maxlen", "0", "1-1", "f", "v")
	if got := env.Do("exists", "s", "t", "u"); got != ":3\r\n" {
		t.Error(got)
	}
}
