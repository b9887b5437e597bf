package zset_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/msredis/msredis/store/storetest"
)

// Where the scores of a large set differ nobody knows what a range of members is.
// But it has no member outside its bounds: none is answered, stored or deleted.
func TestLexKeepsItsBounds(t *testing.T) {
	t.Parallel()
	for _, n := range []int{250, 400} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			t.Parallel()
			env := storetest.New(t, kinds, rows)
			rng := rand.New(rand.NewPCG(1, uint64(n)))
			member := func() string { return string(rune('a'+rng.IntN(26))) + fmt.Sprint(rng.IntN(10)) }
			outside := 0
			for range 100 {
				env.Do("flushall")
				for range n {
					env.Do("zadd", "z", fmt.Sprint(rng.IntN(4)), member()+strings.Repeat("x", rng.IntN(3)))
				}
				min, max := member(), member()
				if min > max {
					min, max = max, min
				}
				between := func(m string) bool { return m >= min && m < max }
				all := words(env.Do("zrange", "z", "0", "-1"))
				from, to := "["+min, "("+max
				up := words(env.Do("zrangebylex", "z", from, to))
				down := words(env.Do("zrevrangebylex", "z", to, from))
				for _, m := range slices.Concat(up, down) {
					if !between(m) {
						t.Fatalf("a range from %s to %s of %v has %s", from, to, all, m)
					}
				}
				if got := words(env.Do("zrangebylex", "z", from, to, "limit", "1", "2")); fmt.Sprint(got) != fmt.Sprint(cut(up, 1, 2)) {
					t.Fatalf("limit 1 2 of %v: %v", up, got)
				}
				if got := words(env.Do("zrevrangebylex", "z", to, from, "limit", "1", "-1")); fmt.Sprint(got) != fmt.Sprint(cut(down, 1, n)) {
					t.Fatalf("limit 1 -1 of %v: %v", down, got)
				}
				env.Do("zrangestore", "stored", "z", from, to, "bylex")
				if got := words(env.Do("zrange", "stored", "0", "-1")); fmt.Sprint(got) != fmt.Sprint(up) {
					t.Fatalf("stored %v, answered %v", got, up)
				}
				env.Do("zremrangebylex", "z", from, to)
				left := words(env.Do("zrange", "z", "0", "-1"))
				want := slices.DeleteFunc(slices.Clone(all), func(m string) bool { return slices.Contains(up, m) })
				if fmt.Sprint(left) != fmt.Sprint(want) {
					t.Fatalf("a range from %s to %s of %v is %v, and when that is deleted %v are left", from, to, all, up, left)
				}
				for _, m := range all {
					if !between(m) {
						outside++
					}
				}
			}
			if outside == 0 {
				t.Error("no member was outside")
			}
		})
	}
}

// words are the strings of a RESP array.
func words(reply string) (list []string) {
	lines := strings.Split(reply, "\r\n")
	for i := 2; i < len(lines); i += 2 {
		list = append(list, lines[i])
	}
	return list
}

func cut(list []string, offset, count int) []string {
	if offset >= len(list) {
		return nil
	}
	return list[offset:min(offset+count, len(list))]
}
