package lua

import "math"

var mathFuncs = map[string]LGFunction{
	"abs":   numeric(math.Abs),
	"acos":  numeric(acos),
	"asin":  numeric(asin),
	"atan":  numeric(atan),
	"ceil":  numeric(math.Ceil),
	"cos":   numeric(cos),
	"cosh":  numeric(cosh),
	"deg":   numeric(func(x float64) float64 { return x / (math.Pi / 180) }),
	"exp":   numeric(exp),
	"floor": numeric(math.Floor),
	"log":   numeric(log),
	"log10": numeric(log10),
	"rad":   numeric(func(x float64) float64 { return x * (math.Pi / 180) }),
	"sin":   numeric(sin),
	"sinh":  numeric(sinh),
	"sqrt":  numeric(math.Sqrt),
	"tan":   numeric(tan),
	"tanh":  numeric(tanh),

	"atan2": func(L *LState) int {
		x := float64(L.CheckNumber(2)) // C evaluates the last argument first
		L.Push(number(atan2(float64(L.CheckNumber(1)), x)))
		return 1
	},
	"fmod": mathFmod, "mod": mathFmod,
	"frexp": func(L *LState) int {
		frac, e := math.Frexp(float64(L.CheckNumber(1)))
		L.Push(number(frac))
		L.Push(number(float64(e)))
		return 2
	},
	"ldexp": func(L *LState) int {
		e := min(max(int32(L.CheckInt64(2)), -5000), 5000)
		L.Push(number(math.Ldexp(float64(L.CheckNumber(1)), int(e))))
		return 1
	},
	"max": func(L *LState) int { return extreme(L, func(a, b float64) bool { return b > a }) },
	"min": func(L *LState) int { return extreme(L, func(a, b float64) bool { return b < a }) },
	"modf": func(L *LState) int {
		x := float64(L.CheckNumber(1))
		whole := math.Trunc(x)
		frac := x - whole
		if math.IsInf(x, 0) {
			frac = math.Copysign(0, x)
		}
		L.Push(number(whole))
		L.Push(number(frac))
		return 2
	},
	"pow": func(L *LState) int {
		b := float64(L.CheckNumber(2))
		L.Push(number(pow(float64(L.CheckNumber(1)), b)))
		return 1
	},
	"random": mathRandom,
	"randomseed": func(L *LState) int {
		L.g.random.seed(int32(L.CheckInt64(1)))
		return 0
	},
}

func numeric(fn func(float64) float64) LGFunction {
	return func(L *LState) int {
		L.Push(number(fn(float64(L.CheckNumber(1)))))
		return 1
	}
}

func (L *LState) openMath() {
	t := L.GetGlobal("math").(*LTable)
	t.RawSetString("pi", LNumber(math.Pi))
	t.RawSetString("huge", LNumber(inf))
}

func mathFmod(L *LState) int {
	b := float64(L.CheckNumber(2))
	L.Push(number(math.Mod(float64(L.CheckNumber(1)), b)))
	return 1
}

func extreme(L *LState, better func(a, b float64) bool) int {
	best := float64(L.CheckNumber(1))
	for i := 2; i <= L.GetTop(); i++ {
		if x := float64(L.CheckNumber(i)); better(best, x) {
			best = x
		}
	}
	L.Push(number(best))
	return 1
}

// randomState is the generator of lrand48, which Redis uses and seeds alike at the
// start of every script.
type randomState struct {
	x      uint64
	seeded bool
}

func (r *randomState) seed(s int32) {
	r.x = uint64(uint32(s))<<16 | 0x330e
	r.seeded = true
}

func (r *randomState) next() int32 {
	if !r.seeded {
		r.seed(0)
	}
	r.x = (r.x*0x5deece66d + 0xb) & (1<<48 - 1)
	return int32(r.x >> 17)
}

// Seed sets the state of math.random.
func (L *LState) Seed(s int32) { L.g.random.seed(s) }

func mathRandom(L *LState) int {
	const top = math.MaxInt32
	r := float64(L.g.random.next()%top) / top
	switch L.GetTop() {
	case 0:
		L.Push(number(r))
	case 1:
		u := int32(L.CheckInt64(1))
		if u < 1 {
			L.ArgError(1, "interval is empty")
		}
		L.Push(number(math.Floor(r*float64(u)) + 1))
	case 2:
		l, u := int32(L.CheckInt64(1)), int32(L.CheckInt64(2))
		if l > u {
			L.ArgError(2, "interval is empty")
		}
		L.Push(number(math.Floor(float64(r*float64(u-l+1))) + float64(l)))
	default:
		L.RaiseError("wrong number of arguments")
	}
	return 1
}
