package lua

import (
	"math"
	"math/big"
	"sync"
)

// piBits is for how many bits behind the point π is known: enough for the largest
// number there is.
const piBits = 1400

// bigPi is π, by Machin's formula.
var bigPi = sync.OnceValue(func() *big.Int {
	unit := new(big.Int).Lsh(big.NewInt(1), piBits+32)
	arccot := func(n int64) *big.Int {
		term := new(big.Int).Quo(unit, big.NewInt(n))
		sum := new(big.Int).Set(term)
		square := big.NewInt(n * n)
		for i := int64(3); term.Sign() != 0; i += 2 {
			term.Quo(term, square)
			part := new(big.Int).Quo(term, big.NewInt(i))
			if i%4 == 3 {
				sum.Sub(sum, part)
			} else {
				sum.Add(sum, part)
			}
		}
		return sum
	}
	pi := new(big.Int).Mul(arccot(5), big.NewInt(16))
	pi.Sub(pi, new(big.Int).Mul(arccot(239), big.NewInt(4)))
	return pi.Rsh(pi, 32)
})

// quarter returns x minus the nearest multiple of π/2, and which quarter of the
// circle that is.
func quarter(x float64) (r wide, q int) {
	if math.Abs(x) < math.Pi/4 {
		return wide{x, 0}, 0
	}
	// Whole numbers of 2**-piBits.
	m, e := math.Frexp(x)
	n := new(big.Int).Lsh(big.NewInt(int64(m*(1<<53))), uint(max(e-53+piBits, 0)))
	half := new(big.Int).Rsh(bigPi(), 1)
	twice := new(big.Int).Lsh(n, 1)
	k := new(big.Int)
	k.Div(twice.Add(twice, half), bigPi()) // floor(x/(π/2) + 1/2)
	n.Sub(n, new(big.Int).Mul(k, half))
	f := new(big.Float).SetPrec(4000).SetInt(n)
	f.SetMantExp(f, -piBits)
	hi, _ := f.Float64()
	lo, _ := f.Sub(f, new(big.Float).SetFloat64(hi)).Float64()
	q = int(new(big.Int).And(k, big.NewInt(3)).Int64())
	return wide{hi, lo}, q
}

// sinCos are sine and cosine of |r| ≤ π/4.
func sinCos(r wide) (sin, cos wide) {
	r2 := r.mul(r).neg()
	sin, cos = one, one
	for i := 29; i > 1; i -= 2 {
		sin = one.add(sin.mul(r2).div(wide{float64(i * (i - 1)), 0}))
		cos = one.add(cos.mul(r2).div(wide{float64((i - 1) * (i - 2)), 0}))
	}
	return sin.mul(r), cos
}

// turned are sine and cosine of x.
func turned(x float64) (sin, cos wide) {
	r, q := quarter(x)
	s, c := sinCos(r)
	switch q {
	case 1:
		return c, s.neg()
	case 2:
		return s.neg(), c.neg()
	case 3:
		return c.neg(), s
	}
	return s, c
}

func sin(x float64) float64 {
	if !finite(x) || x == 0 {
		return x - x + x
	}
	s, _ := turned(x)
	return s.float()
}

func cos(x float64) float64 {
	if !finite(x) {
		return nan
	}
	_, c := turned(x)
	return c.float()
}

func tan(x float64) float64 {
	if !finite(x) || x == 0 {
		return x - x + x
	}
	s, c := turned(x)
	return s.div(c).float()
}
