package geo

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

// bits of the exact values that the tests compare with.
const exactBits = 300

// exactSine sums the series of sine in exactBits bits.
func exactSine(x *big.Float) *big.Float {
	term := new(big.Float).SetPrec(exactBits).Set(x)
	square := new(big.Float).SetPrec(exactBits).Mul(x, x)
	sum := new(big.Float).SetPrec(exactBits).Set(term)
	for n := int64(2); n < 200; n += 2 {
		term.Mul(term, square)
		term.Quo(term, new(big.Float).SetPrec(exactBits).SetInt64(n*(n+1)))
		term.Neg(term)
		sum.Add(sum, term)
	}
	return sum
}

// exactHalfPi is π/2 to some 100 digits.
var exactHalfPi, _, _ = big.ParseFloat("1.57079632679489661923132169163975144209858469968755291048747229615390820314310449931401741267105853", 10, exactBits, big.ToNearestEven)

func exact(f float64) *big.Float { return new(big.Float).SetPrec(exactBits).SetFloat64(f) }

func TestSinesAreRounded(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(1, 2))
	for range 3000 {
		x := (2*rng.Float64() - 1) * math.Pow(10, -rng.Float64()*6) * 6
		want, _ := exactSine(exact(x)).Float64()
		if got := sin(x); got != want {
			t.Fatalf("sin %v = %v, want %v", x, got, want)
		}
		want, _ = exactSine(new(big.Float).SetPrec(exactBits).Add(exactHalfPi, exact(x))).Float64()
		if got := cos(x); got != want {
			t.Fatalf("cos %v = %v, want %v", x, got, want)
		}
	}
	for x, want := range map[float64]float64{0: 0, math.Pi: 1.2246467991473532e-16, math.Pi / 2: 1, -math.Pi / 2: -1} {
		if got := sin(x); got != want {
			t.Errorf("sin %v = %v, want %v", x, got, want)
		}
	}
}

// TestArcSineIsRounded: the sines of the middles between the result and its
// neighbours lie on the two sides of x.
func TestArcSineIsRounded(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(1, 2))
	middle := func(a, b float64) *big.Float {
		sum := new(big.Float).SetPrec(exactBits).Add(exact(a), exact(b))
		return sum.Quo(sum, exact(2))
	}
	for i := range 3000 {
		x := rng.Float64()
		switch i % 4 {
		case 1:
			x = 1 - math.Pow(x, 30)
		case 2:
			x = math.Pow(x, 20)
		}
		got := asin(x)
		if x == 1 || x == 0 {
			continue
		}
		below, above := exactSine(middle(got, math.Nextafter(got, -1))), exactSine(middle(got, math.Nextafter(got, 2)))
		if below.Cmp(exact(x)) > 0 || got < math.Pi/2 && above.Cmp(exact(x)) < 0 {
			t.Fatalf("asin %v = %v is not the nearest number (math has %v)", x, got, math.Asin(x))
		}
	}
	if got := asin(1); got != math.Pi/2 {
		t.Errorf("asin 1 = %v", got)
	}
	if got := asin(0); got != 0 {
		t.Errorf("asin 0 = %v", got)
	}
}

func randomPoint(rng *rand.Rand) point {
	return point{(2*rng.Float64() - 1) * maxLon, (2*rng.Float64() - 1) * maxLat}
}

// TestPlaces: a score stands for a place less than a metre away, and scores of a
// cell are those of the points in it.
func TestPlaces(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		p := randomPoint(rng)
		if far := distance(p, pointOf(p.score())); far > 1 {
			t.Fatalf("%v became a place %v m away", p, far)
		}
		step := uint(1 + rng.IntN(maxStep))
		cl := indexed.cellAt(p, step)
		from, to := cl.scores()
		if s := p.score(); s < from || s >= to {
			t.Fatalf("%v is not in its cell of step %d", p, step)
		}
		if a := cl.area(); p.lon < a.minLon || p.lon > a.maxLon || p.lat < a.minLat || p.lat > a.maxLat {
			t.Fatalf("%v is not in the area of its cell of step %d", p, step)
		}
		if back := cl.moved(1, -1).moved(-1, 1); back != cl {
			t.Fatalf("%v moved there and back is %v", cl, back)
		}
	}
}

// TestFarOff: what is left out early is out, at any distance.
func TestFarOff(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(1, 2))
	skipped := 0
	for range 20_000 {
		s := shape{center: randomPoint(rng), unit: 1}
		p := randomPoint(rng)
		if rng.IntN(2) == 0 {
			p = point{s.center.lon + rng.NormFloat64()*1e-3, s.center.lat + rng.NormFloat64()*1e-3}
		}
		far := distance(s.center, p)
		for _, radius := range []float64{far, math.Nextafter(far, 0), far * (1 - 1e-12), far / 2} {
			if s.farOff(p, radius) {
				skipped++
				if far <= radius {
					t.Fatalf("%v is %v m from %v, but left out for %v", p, far, s.center, radius)
				}
			}
		}
		if s.farOff(p, far) || s.farOff(p, math.Inf(1)) {
			t.Fatalf("%v is left out of its own distance from %v", p, s.center)
		}
	}
	if skipped == 0 {
		t.Error("nothing is left out early")
	}
}

// FuzzScores: any score is some place in the world.
func FuzzScores(f *testing.F) {
	for _, score := range []float64{0, -1, 1 << 52, math.Inf(1), math.Inf(-1), 1e300, 1 << 63} {
		f.Add(score)
	}
	f.Fuzz(func(t *testing.T, score float64) {
		if math.IsNaN(score) {
			return
		}
		if p := pointOf(score); !p.valid() || len(p.geohash()) != 11 {
			t.Fatalf("%v is %v", score, p)
		}
	})
}

func BenchmarkDistance(b *testing.B) {
	from, to := point{13.361389, 38.115556}, point{15.087269, 37.502669}
	for b.Loop() {
		distance(from, to)
	}
}

func BenchmarkFarOff(b *testing.B) {
	s := shape{center: point{13.361389, 38.115556}, unit: 1}
	for b.Loop() {
		s.farOff(point{15.087269, 37.502669}, 1000)
	}
}
