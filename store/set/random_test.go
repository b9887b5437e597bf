package set_test

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/msredis/msredis/store/storetest"
)

// list reads an array or set of bulk strings.
func list(t *testing.T, reply string) (words []string) {
	t.Helper()
	lines := strings.Split(reply, "\r\n")
	if lines[0][0] != '*' {
		t.Fatalf("reply %q", reply)
	}
	for i := 2; i < len(lines); i += 2 {
		words = append(words, lines[i])
	}
	if n, _ := strconv.Atoi(lines[0][1:]); n != len(words) {
		t.Fatalf("%d elements are announced, %d follow", n, len(words))
	}
	return words
}

// fill makes a set of n members in one of the forms.
func fill(env *storetest.Env, key, format string, n int) {
	for i := range n {
		env.Do("sadd", key, fmt.Sprintf(format, i))
	}
}

var forms = []struct {
	format string
	sizes  []int
}{
	{"%d", []int{2, 7, 500, 1500}},
	{"w%d", []int{2, 100, 129, 2000}},
}

func TestDraws(t *testing.T) {
	t.Parallel()
	for _, form := range forms {
		for _, n := range form.sizes {
			for _, count := range []int{1, 2, n/4 - 1, n / 3, n - 1, n, n + 1} {
				if count < 1 {
					continue
				}
				env := storetest.New(t, kinds, rows)
				fill(env, "s", form.format, n)
				all := list(t, env.Do("smembers", "s"))
				want := min(count, n)
				drawn := list(t, env.Do("srandmember", "s", strconv.Itoa(count)))
				checkDraw(t, all, drawn, want)
				if got := env.Do("scard", "s"); got != fmt.Sprintf(":%d\r\n", n) {
					t.Fatal("SRANDMEMBER changed the set")
				}
				popped := list(t, env.Do("spop", "s", strconv.Itoa(count)))
				checkDraw(t, all, popped, want)
				left := list(t, env.Do("smembers", "s"))
				checkDraw(t, all, append(left, popped...), n)
				if len(list(t, env.Do("srandmember", "s", "-20"))) != 20 && n > count {
					t.Fatal("SRANDMEMBER -20 does not give 20")
				}
			}
		}
	}
}

// checkDraw: drawn are want different ones of all.
func checkDraw(t *testing.T, all, drawn []string, want int) {
	t.Helper()
	drawn = slices.Clone(drawn)
	slices.Sort(drawn)
	if n := len(slices.Compact(slices.Clone(drawn))); n != want || len(drawn) != want {
		t.Fatalf("%d members drawn, %d different ones, want %d", len(drawn), n, want)
	}
	for _, m := range drawn {
		if !slices.Contains(all, m) {
			t.Fatalf("%q drawn, which is no member", m)
		}
	}
}

// TestDrawsAreFair draws some of a set again and again and counts.
func TestDrawsAreFair(t *testing.T) {
	t.Parallel()
	for _, form := range forms {
		for _, n := range []int{10, 600} {
			for _, count := range []int{-n, n / 10, n / 2} {
				env := storetest.New(t, kinds, rows)
				fill(env, "s", form.format, n)
				times := map[string]int{}
				total := 0
				for total < 60*n {
					for _, m := range list(t, env.Do("srandmember", "s", strconv.Itoa(count))) {
						times[m]++
						total++
					}
				}
				mean, chi := float64(total)/float64(n), 0.0
				for _, m := range list(t, env.Do("smembers", "s")) {
					diff := float64(times[m]) - mean
					chi += diff * diff / mean
				}
				if free := float64(n - 1); chi > free+5*math.Sqrt(2*free) {
					t.Errorf("%s, %d of %d: chi² is %.0f, want at most about %.0f", form.format, count, n, chi, free)
				}
			}
		}
	}
}

// TestSpopFollowsFromTheContent: how a set came about does not show in what is
// drawn from it.
func TestSpopFollowsFromTheContent(t *testing.T) {
	t.Parallel()
	for _, format := range []string{"%d", "w%d"} {
		for _, n := range []int{50, 400, 3000} {
			a, b := storetest.New(t, kinds, rows), storetest.New(t, kinds, rows)
			for i := range n {
				a.Do("sadd", "s", fmt.Sprintf(format, i))
				b.Do("sadd", "tmp", fmt.Sprintf(format, (i*7+3)%n))
			}
			a.Do("set", "other", "x")
			b.Do("copy", "tmp", "s")
			for _, args := range [][]string{{"spop", "s"}, {"spop", "s", "5"}, {"spop", "s", strconv.Itoa(n / 2)}, {"spop", "s"}} {
				if x, y := a.Do(args...), b.Do(args...); x != y {
					t.Fatalf("%s, %d members: %q answers %q or %q", format, n, args, x, y)
				}
			}
		}
	}
}
