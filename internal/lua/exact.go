package lua

import "math"

// The results of a script have to be the same on every machine. The functions of
// package math are not: compilers for some machines fuse products and sums, which
// changes last digits. Here values are computed with twice the precision and rounded
// once, which is also what a good C library gives nearly always.

// wide is an unevaluated sum hi + lo: about 106 bits.
type wide struct{ hi, lo float64 }

func quick(a, b float64) wide {
	s := float64(a + b)
	return wide{s, b - float64(s-a)}
}

func (a wide) add(b wide) wide {
	s := float64(a.hi + b.hi)
	t := float64(s - a.hi)
	e := float64(a.hi-float64(s-t)) + float64(b.hi-t)
	return quick(s, float64(e+float64(a.lo+b.lo)))
}

func (a wide) neg() wide { return wide{-a.hi, -a.lo} }

func (a wide) sub(b wide) wide { return a.add(b.neg()) }

func (a wide) mul(b wide) wide {
	p := float64(a.hi * b.hi)
	e := math.FMA(a.hi, b.hi, -p)
	return quick(p, float64(e+float64(float64(a.hi*b.lo)+float64(a.lo*b.hi))))
}

func (a wide) div(b wide) wide {
	q := a.hi / b.hi
	r := a.sub(b.mul(wide{q, 0}))
	q2 := r.hi / b.hi
	r = r.sub(b.mul(wide{q2, 0}))
	return quick(q, q2).add(wide{r.hi / b.hi, 0})
}

func (a wide) sqrt() wide {
	if a.hi == 0 {
		return a
	}
	s := wide{math.Sqrt(a.hi), 0}
	return s.add(a.sub(s.mul(s)).div(wide{2 * s.hi, 0}))
}

func (a wide) float() float64 { return a.hi + a.lo }

func (a wide) half() wide { return wide{a.hi / 2, a.lo / 2} }

var (
	one    = wide{1, 0}
	ln2    = wide{0.6931471805599453, 2.3190468138462996e-17}
	ln10   = wide{2.302585092994046, -2.1707562233822494e-16}
	halfPi = wide{1.5707963267948966, 6.123233995736766e-17}
)

// expWide is e**x times 2**-k, for |x| < 800.
func expWide(x wide) (v wide, k int) {
	n := math.Floor(float64(x.hi/ln2.hi) + 0.5)
	r := x.sub(ln2.mul(wide{n, 0}))
	v = one
	for i := 30; i > 0; i-- {
		v = one.add(v.mul(r).div(wide{float64(i), 0}))
	}
	return v, int(n)
}

func (a wide) scaled(k int) float64 { return math.Ldexp(a.float(), k) }

// logWide is the logarithm of a finite x > 0.
func logWide(x float64) wide {
	m, e := math.Frexp(x)
	if m < math.Sqrt2/2 {
		m, e = 2*m, e-1
	}
	z := wide{m, 0}.sub(one).div(wide{m, 0}.add(one))
	z2 := z.mul(z)
	sum := wide{}
	for i := 41; i > 0; i -= 2 {
		sum = one.div(wide{float64(i), 0}).add(sum.mul(z2))
	}
	sum = sum.mul(z)
	return sum.add(sum).add(ln2.mul(wide{float64(e), 0}))
}

func finite(x float64) bool { return x-x == 0 }

func exp(x float64) float64 {
	switch {
	case !finite(x) || x == 0:
		return math.Exp(x) // exact
	case x > 710:
		return inf
	case x < -746:
		return 0
	}
	v, k := expWide(wide{x, 0})
	return v.scaled(k)
}

func log(x float64) float64 {
	if !finite(x) || x <= 0 {
		return math.Log(x)
	}
	return logWide(x).float()
}

func log10(x float64) float64 {
	if !finite(x) || x <= 0 {
		return math.Log(x)
	}
	return logWide(x).div(ln10).float()
}

func pow(a, b float64) float64 {
	if !finite(a) || !finite(b) || a == 0 || b == 0 || a == 1 || a == -1 || a < 0 && math.Floor(b) != b {
		return math.Pow(a, b) // exact
	}
	sign := 1.0
	if a < 0 {
		if math.Mod(b, 2) != 0 {
			sign = -1
		}
		a = -a
	}
	l := logWide(a)
	switch est := float64(l.hi * b); {
	case est > 710:
		return sign * inf
	case est < -746:
		return sign * 0
	}
	v, k := expWide(l.mul(wide{b, 0}))
	return sign * v.scaled(k)
}

func sinhCosh(x float64) (sinh, cosh wide, k int) {
	if x > 40 {
		v, k := expWide(wide{x, 0}.sub(ln2))
		return v, v, k
	}
	v, k := expWide(wide{x, 0})
	v = wide{math.Ldexp(v.hi, k), math.Ldexp(v.lo, k)}
	w := one.div(v)
	sinh, cosh = v.sub(w).half(), v.add(w).half()
	if x < 0.5 {
		x2 := wide{x, 0}.mul(wide{x, 0})
		sinh = one
		for i := 25; i > 1; i -= 2 {
			sinh = one.add(sinh.mul(x2).div(wide{float64(i * (i - 1)), 0}))
		}
		sinh = sinh.mul(wide{x, 0})
	}
	return sinh, cosh, 0
}

func sinh(x float64) float64 {
	if !finite(x) || x == 0 {
		return x
	}
	if math.Abs(x) > 711 {
		return math.Copysign(inf, x)
	}
	s, _, k := sinhCosh(math.Abs(x))
	return math.Copysign(s.scaled(k), x)
}

func cosh(x float64) float64 {
	if !finite(x) || math.Abs(x) > 711 {
		return math.Abs(x) * inf
	}
	_, c, k := sinhCosh(math.Abs(x))
	return c.scaled(k)
}

func tanh(x float64) float64 {
	if x == 0 || x != x {
		return x
	}
	if math.Abs(x) > 40 {
		return math.Copysign(1, x)
	}
	s, c, _ := sinhCosh(math.Abs(x))
	return math.Copysign(s.div(c).float(), x)
}

// atanWide is the arc tangent of x ≥ 0.
func atanWide(x wide) wide {
	if x.hi > 1 {
		return halfPi.sub(atanWide(one.div(x)))
	}
	for range 3 { // atan(x) = 2 atan(x / (1 + sqrt(1 + x²)))
		x = x.div(one.add(one.add(x.mul(x)).sqrt()))
	}
	x2 := x.mul(x).neg()
	sum := wide{}
	for i := 41; i > 0; i -= 2 {
		sum = one.div(wide{float64(i), 0}).add(sum.mul(x2))
	}
	return sum.mul(x).mul(wide{8, 0})
}

func atan(x float64) float64 {
	if !finite(x) || x == 0 {
		return math.Atan(x) // a multiple of π, or x
	}
	return math.Copysign(atanWide(wide{math.Abs(x), 0}).float(), x)
}

func atan2(y, x float64) float64 {
	if !finite(x) || !finite(y) || x == 0 || y == 0 {
		return math.Atan2(y, x)
	}
	a := halfPi
	switch r := math.Abs(y) / math.Abs(x); {
	case r == 0:
		a = wide{}
	case finite(r) && r < 1e300:
		a = atanWide(wide{math.Abs(y), 0}.div(wide{math.Abs(x), 0}))
	}
	if x < 0 {
		a = halfPi.add(halfPi).sub(a)
	}
	return math.Copysign(a.float(), y)
}

func asin(x float64) float64 {
	switch {
	case x == 0 || !(math.Abs(x) <= 1):
		return math.Asin(x)
	case math.Abs(x) == 1:
		return math.Copysign(halfPi.hi, x)
	}
	return math.Copysign(asinWide(math.Abs(x)).float(), x)
}

// asinWide is the arc sine of 0 < x < 1.
func asinWide(x float64) wide {
	w := wide{x, 0}
	return atanWide(w.div(one.sub(w).mul(one.add(w)).sqrt()))
}

func acos(x float64) float64 {
	switch {
	case !(math.Abs(x) <= 1):
		return nan
	case x == 1:
		return 0
	case x == -1:
		return 2 * halfPi.hi
	case math.Abs(x) < 1e-20:
		return halfPi.hi
	case x < 0:
		return halfPi.add(asinWide(-x)).float()
	}
	w := wide{x, 0}
	return atanWide(one.sub(w).mul(one.add(w)).sqrt().div(w)).float()
}
