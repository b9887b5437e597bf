package hash_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/msredis/msredis/resp/reply"
	"github.com/msredis/msredis/store/storetest"
)

// filled returns a store with a hash of n fields "f<i>" with the values "v<i>".
func filled(t *testing.T, n int) *storetest.Env {
	env := storetest.New(t, kinds, rows)
	args := []string{"hset", "h"}
	for i := range n {
		args = append(args, fmt.Sprint("f", i), fmt.Sprint("v", i))
	}
	env.Do(args...)
	return env
}

// bulks returns the strings of a flat array.
func bulks(t *testing.T, got string) []string {
	t.Helper()
	parts := strings.Split(strings.TrimSuffix(got, "\r\n"), "\r\n")
	n, err := strconv.Atoi(strings.TrimPrefix(parts[0], "*"))
	if err != nil || len(parts) != 1+2*n {
		t.Fatalf("not an array of strings: %.100q", got)
	}
	var list []string
	for i := 2; i < len(parts); i += 2 {
		list = append(list, parts[i])
	}
	return list
}

func TestRandomFields(t *testing.T) {
	t.Parallel()
	for _, n := range []int{3, 100, 600, 5000} {
		env := filled(t, n)
		for _, count := range []int{1, 2, n / 10, n / 2, n - 1, n, n + 1, -1, -n, -3 * n} {
			want := min(count, n)
			if count < 0 {
				want = -count
			}
			list := bulks(t, env.Do("hrandfield", "h", strconv.Itoa(count), "withvalues"))
			if len(list) != 2*want {
				t.Fatalf("%d of %d: %d answers", count, n, len(list))
			}
			seen := map[string]bool{}
			for i := 0; i < len(list); i += 2 {
				if list[i][0] != 'f' || list[i+1] != "v"+list[i][1:] {
					t.Fatalf("field %s with value %s", list[i], list[i+1])
				}
				if seen[list[i]] && count > 0 {
					t.Fatalf("%d of %d: %s twice", count, n, list[i])
				}
				seen[list[i]] = true
			}
			if plain := bulks(t, env.Do("hrandfield", "h", strconv.Itoa(count))); len(plain) != want {
				t.Fatalf("%d of %d without values: %d", count, n, len(plain))
			}
		}
		if got := env.Do("hrandfield", "h"); !strings.Contains(got, "f") {
			t.Errorf("hrandfield of %d: %q", n, got)
		}
	}
}

// Every field has its chance, whichever way it is drawn.
func TestRandomFieldsAreFair(t *testing.T) {
	t.Parallel()
	for _, n := range []int{20, 600} {
		env := filled(t, n)
		for _, count := range []int{1, n / 10, n / 2, -n} {
			seen := make([]int, n)
			total := 0
			for total < 100*n {
				for _, field := range bulks(t, env.Do("hrandfield", "h", strconv.Itoa(count))) {
					i, _ := strconv.Atoi(field[1:])
					seen[i]++
					total++
				}
			}
			mean := total / n
			if lo, hi := slices.Min(seen), slices.Max(seen); lo < mean/2 || hi > mean*3/2 {
				t.Errorf("%d of %d: between %d and %d times, mean %d", count, n, lo, hi, mean)
			}
		}
	}
}

func TestTooManyRandomFields(t *testing.T) {
	t.Parallel()
	env := filled(t, 3)
	for _, args := range [][]string{
		{"hrandfield", "h", "-9223372036854775807"},
		{"hrandfield", "h", "-4611686018427387903", "withvalues"},
	} {
		if got := env.Do(args...); got != "-"+reply.ErrOutOfRange+"\r\n" {
			t.Errorf("%q: %.100q", args, got)
		}
	}
}

func TestScanOfALargeHash(t *testing.T) {
	t.Parallel()
	const n = 3000
	env := filled(t, n)
	for _, args := range [][]string{{}, {"count", "100"}, {"count", "1"}, {"match", "f*", "count", "1000"}} {
		seen := map[string]string{}
		cursor, calls := "0", 0
		for {
			got := env.Do(append([]string{"hscan", "h", cursor}, args...)...)
			head, rest, _ := strings.Cut(strings.TrimPrefix(got, "*2\r\n$"), "*")
			cursor = strings.Split(head, "\r\n")[1]
			list := bulks(t, "*"+rest)
			for i := 0; i < len(list); i += 2 {
				seen[list[i]] = list[i+1]
			}
			if calls++; cursor == "0" {
				break
			}
			// What comes and goes in between does not disturb.
			env.Do("hset", "h", fmt.Sprint("guest", calls), "x")
			env.Do("hdel", "h", fmt.Sprint("guest", calls-1))
		}
		for i := range n {
			if seen[fmt.Sprint("f", i)] != fmt.Sprint("v", i) {
				t.Fatalf("%q: f%d is missing", args, i)
			}
		}
	}
	if got := env.Do("hscan", "h", "0", "match", "f17"); !strings.HasPrefix(got, "*2\r\n") {
		t.Error(got)
	}
}
