package redisnum

import "math/big"

// Millis returns a, a number of seconds, in milliseconds, rounded up. ok is
// false where that is no int64.
func (a LongDouble) Millis() (ms int64, ok bool) {
	if a.f.IsInf() {
		return 0, false
	}
	f := new(big.Float).SetPrec(mantissaBits).Mul(a.f, big.NewFloat(1000))
	if f.MantExp(nil) > 64 {
		return 0, false
	}
	n, accuracy := f.Int(nil)
	if accuracy == big.Below { // it was cut off, towards zero: a positive one
		n.Add(n, big.NewInt(1))
	}
	return n.Int64(), n.IsInt64()
}
