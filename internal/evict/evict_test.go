package evict

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

const minute = 60_000

func TestIdle(t *testing.T) {
	t.Parallel()
	for _, start := range []int64{0, 1_700_000_000_000, secondsMask*1000 - 5000, minutesMask*minute - 5000} {
		s := UsedAt(start)
		for _, after := range []int64{0, 999, 1000, 59_000, 3 * minute, 400 * 24 * 60 * minute} {
			if got := s.Idle(start/1000*1000 + after); got != after/1000 {
				t.Errorf("used at %d, %d ms later: idle for %d s", start, after, got)
			}
		}
		if got := s.Idle(start - 1000); got != 0 {
			t.Errorf("before it was used: idle for %d s", got)
		}
		if got := Counted(9, start).Idle(start/minute*minute + 5*minute + 1); got != 300 {
			t.Errorf("counted at %d: idle for %d s after 5 minutes", start, got)
		}
	}
}

// Each form is read under the other kind of policy for what it says.
func TestFrequency(t *testing.T) {
	t.Parallel()
	const now = 1_700_000_040_000 // a full minute
	for _, c := range []struct {
		s       Stamp
		minutes int64
		decay   int
		want    uint8
	}{
		{Counted(200, now), 0, 1, 200},
		{Counted(200, now), 3, 1, 197},
		{Counted(200, now), 3, 2, 199},
		{Counted(200, now), 300, 1, 0},
		{Counted(200, now), 300, 0, 200},
		{UsedAt(now), 0, 1, firstCount},
		{UsedAt(now), 2, 1, firstCount - 2},
		{UsedAt(now), 90, 1, 0},
	} {
		if got := c.s.Frequency(now+c.minutes*minute, c.decay); got != c.want {
			t.Errorf("%x after %d minutes, decay %d: %d, want %d", uint32(c.s), c.minutes, c.decay, got, c.want)
		}
	}
}

// The counter grows with the uses as Redis's documentation says: with a factor of
// 10 it is about 10 after 100 hits, 18 after 1000, 142 after 100,000.
func TestHitsAreCountedLogarithmically(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(1, 2))
	for _, c := range []struct {
		factor, hits int
		want         float64
	}{{0, 100, 104}, {0, 1000, 255}, {1, 100, 18}, {1, 1000, 49}, {10, 100, 10}, {10, 1000, 18}, {10, 100_000, 142}, {100, 1000, 11}, {100, 100_000, 49}} {
		sum, runs := 0.0, 40
		for range runs {
			s := New(0, true)
			for range c.hits {
				s = s.Hit(0, c.factor, 1, rng.Uint64)
			}
			sum += float64(s.Frequency(0, 1))
		}
		if mean := sum / float64(runs); math.Abs(mean-c.want) > 2+c.want/10 {
			t.Errorf("factor %d, %d hits: %.1f on average, want about %.0f", c.factor, c.hits, mean, c.want)
		}
	}
}

func TestPool(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(3, 4))
	var p Pool
	best := map[string]uint64{}
	for i := range 2000 {
		c := Candidate{Key: string(rune('a' + rng.IntN(500))), Score: uint64(rng.IntN(1000))}
		if i%7 == 0 {
			c.Score = ^uint64(0) - uint64(i) // a deadline
		}
		p.Add(c)
		best[c.Key] = c.Score
	}
	var scores []uint64
	seen := map[string]bool{}
	for c, ok := p.Take(); ok; c, ok = p.Take() {
		if seen[c.Key] {
			t.Errorf("%q is there twice", c.Key)
		}
		seen[c.Key] = true
		if c.Score != best[c.Key] {
			t.Errorf("%q has the score %d, not its last one, %d", c.Key, c.Score, best[c.Key])
		}
		scores = append(scores, c.Score)
	}
	if len(scores) != PoolSize || !slices.IsSortedFunc(scores, func(a, b uint64) int { return -1 + 2*b2i(a < b) }) {
		t.Errorf("taken in the order %d", scores)
	}
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

func TestScores(t *testing.T) {
	t.Parallel()
	const now = 1_700_000_000_000
	for _, c := range []struct {
		policy        Policy
		sooner, later Stamp
		deadlines     [2]int64
	}{
		{AllKeysLRU, UsedAt(now - 9000), UsedAt(now), [2]int64{}},
		{VolatileLRU, UsedAt(now - 9000), UsedAt(now - 8000), [2]int64{}},
		{AllKeysLFU, Counted(3, now), Counted(4, now), [2]int64{}},
		{VolatileLFU, Counted(9, now-6*minute), Counted(4, now), [2]int64{}},
		{VolatileTTL, UsedAt(now), UsedAt(now - 9000), [2]int64{now + 1, now + 2}},
	} {
		if c.policy.Score(c.sooner, c.deadlines[0], now, 1) <= c.policy.Score(c.later, c.deadlines[1], now, 1) {
			t.Errorf("%s prefers the wrong key", Names[c.policy])
		}
	}
}
