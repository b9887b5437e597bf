package geo

import "math"

// Distances become scores (STOREDIST), so they have to be the same on every node. The
// functions of package math are not: compilers for some machines fuse products and
// sums, which changes last digits. Here sines are computed with twice the precision and
// rounded once. A good C library gives the same nearly always, so the digits are
// Redis's.

// wide is an unevaluated sum hi + lo with |lo| ≤ ulp(hi)/2: about 106 bits.
type wide struct{ hi, lo float64 }

// quickSum returns a+b for |a| ≥ |b|.
func quickSum(a, b float64) wide {
	s := a + b
	return wide{s, b - (s - a)}
}

func sum(a, b float64) wide {
	s := a + b
	t := s - a
	return wide{s, (a - (s - t)) + (b - t)}
}

func product(a, b float64) wide {
	p := float64(a * b)
	return wide{p, math.FMA(a, b, -p)}
}

func (a wide) plus(b wide) wide {
	s := sum(a.hi, b.hi)
	return quickSum(s.hi, s.lo+(a.lo+b.lo))
}

func (a wide) minus(b wide) wide { return a.plus(wide{-b.hi, -b.lo}) }

func (a wide) times(b wide) wide {
	p := product(a.hi, b.hi)
	return quickSum(p.hi, p.lo+(float64(a.hi*b.lo)+float64(a.lo*b.hi)))
}

func (a wide) over(b float64) wide {
	q := a.hi / b
	rest := a.minus(product(q, b))
	return quickSum(q, (rest.hi+rest.lo)/b)
}

// halfPi is π/2.
var halfPi = wide{math.Pi / 2, 6.123233995736766e-17}

// inverseFactorials are 1/n!.
var inverseFactorials = func() (list [24]wide) {
	list[0] = wide{1, 0}
	for n := 1; n < len(list); n++ {
		list[n] = list[n-1].over(float64(n))
	}
	return list
}()

// firstWide is the term up to which a series is summed with twice the precision. The
// terms behind it are too small for their last digits to matter.
const firstWide = 12

// tail sums a series from its end to the term behind firstWide. square is -x².
func tail(square float64, from int) (s float64) {
	for n := len(inverseFactorials) - 2 + from; n > firstWide+from; n -= 2 {
		s = float64(s*square) + inverseFactorials[n].hi
	}
	return s
}

// series sums the alternating series of sine (from 1) or cosine (from 0) for
// |x| ≤ π/4.
func series(x wide, from int) wide {
	square := x.times(x)
	square = wide{-square.hi, -square.lo}
	s := wide{tail(square.hi, from), 0}
	for n := firstWide + from; n >= from; n -= 2 {
		s = s.times(square).plus(inverseFactorials[n])
	}
	if from == 1 {
		s = s.times(x)
	}
	return s
}

// rough is series with the precision of a float64.
func rough(x float64, from int) float64 {
	square := -float64(x * x)
	s := tail(square, from)
	for n := firstWide + from; n >= from; n -= 2 {
		s = float64(s*square) + inverseFactorials[n].hi
	}
	if from == 1 {
		s *= x
	}
	return s
}

// reduce returns x as quarters·π/2 + rest. x is some turns at the most.
func reduce(x float64) (rest wide, quarters int) {
	k := math.Round(x / halfPi.hi)
	rest = sum(x, -float64(k*halfPi.hi))
	if k != 0 {
		p := product(k, halfPi.hi)
		rest = wide{x, 0}.minus(p).minus(product(k, halfPi.lo))
	}
	return rest, int(k) & 3
}

// wideSine returns the sine of x, turned by so many quarters.
func wideSine(x float64, turn int) wide {
	rest, quarters := reduce(x)
	quarters += turn
	s := series(rest, 1-quarters&1)
	if quarters&2 != 0 {
		return wide{-s.hi, -s.lo}
	}
	return s
}

func sin(x float64) float64 { return wideSine(x, 0).hi }
func cos(x float64) float64 { return wideSine(x, 1).hi }

// asin returns the arc sine of 0 ≤ x ≤ 1.
func asin(x float64) float64 {
	if x <= 0.5 {
		return narrowAsin(wide{x, 0}).hi
	}
	// asin x = π/2 - 2 asin √((1-x)/2), of which 1-x is exact.
	half := (1 - x) / 2
	root := math.Sqrt(half)
	if root == 0 {
		return halfPi.hi
	}
	r := quickSum(root, math.FMA(-root, root, half)/(2*root))
	a := narrowAsin(r)
	return halfPi.minus(wide{2 * a.hi, 2 * a.lo}).hi
}

// narrowAsin returns the arc sine of 0 ≤ x ≤ 1/2: Newton's method, with twice as
// many digits each time.
func narrowAsin(x wide) wide {
	// The first terms of the series are good for three digits.
	square := float64(x.hi * x.hi)
	angle := float64(x.hi * (1 + float64(square*(1.0/6+float64(square*(3.0/40+float64(square*(15.0/336))))))))
	for range 2 {
		angle += (x.hi - rough(angle, 1)) / rough(angle, 0)
	}
	a := wide{angle, 0}
	rest := x.minus(series(a, 1))
	return a.plus(wide{rest.hi / rough(angle, 0), 0})
}
