package lua

import (
	"math"
	"math/rand"
	"testing"
)

// TestExact: the functions are near those of package math, some of which are off by
// more than ten units of the last place (Pow). That they are what C's library has,
// to the digits that scripts see, is TestConformance's.
func TestExact(t *testing.T) {
	one := func(name string, got, want float64) {
		t.Helper()
		if got == want || got != got && want != want {
			return
		}
		if ulp := math.Abs(math.Nextafter(want, inf) - want); !(math.Abs(got-want) <= 30*ulp) {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
	r := rand.New(rand.NewSource(1))
	for range 3000 {
		x := (r.Float64() - 0.5) * math.Pow(10, float64(r.Intn(8)-3))
		y := (r.Float64() - 0.5) * math.Pow(10, float64(r.Intn(6)-3))
		one("exp", exp(x), math.Exp(x))
		one("log", log(x), math.Log(x))
		one("log10", log10(math.Abs(x)), math.Log10(math.Abs(x)))
		one("pow", pow(math.Abs(x), y), math.Pow(math.Abs(x), y))
		one("pow", pow(x, float64(int(y))), math.Pow(x, float64(int(y))))
		one("sin", sin(x), math.Sin(x))
		one("cos", cos(x), math.Cos(x))
		one("tan", tan(x), math.Tan(x))
		one("atan", atan(x), math.Atan(x))
		one("atan2", atan2(x, y), math.Atan2(x, y))
		u := r.Float64()*2 - 1
		one("asin", asin(u), math.Asin(u))
		if math.Abs(u) < 0.9 { // package math loses digits near 1
			one("acos", acos(u), math.Acos(u))
		}
		one("sinh", sinh(x), math.Sinh(x))
		one("cosh", cosh(x), math.Cosh(x))
		one("tanh", tanh(x), math.Tanh(x))
	}
	for _, x := range []float64{0, math.Copysign(0, -1), 1, -1, inf, -inf, nan, 1e308, -1e308, -745.5, 0.5} {
		one("exp", exp(x), math.Exp(x))
		one("log", log(x), math.Log(x))
		one("sinh", sinh(x), math.Sinh(x))
		one("cosh", cosh(x), math.Cosh(x))
		one("tanh", tanh(x), math.Tanh(x))
		one("atan", atan(x), math.Atan(x))
		one("asin", asin(x), math.Asin(x))
		one("acos", acos(x), math.Acos(x))
		one("sin", sin(x), math.Sin(x))
		for _, y := range []float64{0, 1, -1, 2, 0.5, inf, -inf, nan, 3, -3, 1e308} {
			one("pow", pow(x, y), math.Pow(x, y))
			one("atan2", atan2(x, y), math.Atan2(x, y))
		}
	}
	if got := pow(10, 15); got != 1e15 {
		t.Errorf("10^15 is %v", got)
	}
	if got := pow(3, 30); got != 205891132094649 {
		t.Errorf("3^30 is %v", got)
	}
}
