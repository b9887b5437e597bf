package lua

import (
	"strconv"
	"strings"
)

// LValueType is the type of a Lua value.
type LValueType int

// The types.
const (
	LTNil LValueType = iota
	LTBool
	LTNumber
	LTString
	LTFunction
	LTUserData
	LTThread
	LTTable
	ltCell // not a value: where a captured local lives
)

var typeNames = [...]string{"nil", "boolean", "number", "string", "function", "userdata", "thread", "table", "cell"}

// String returns the name that type() has for it.
func (t LValueType) String() string { return typeNames[t] }

// LValue is a Lua value.
type LValue interface {
	// String is the value as text, for messages. It does not follow __tostring.
	String() string
	Type() LValueType
}

// LNilType is the type of LNil.
type LNilType struct{ _ byte }

// String implements LValue.
func (*LNilType) String() string { return "nil" }

// Type implements LValue.
func (*LNilType) Type() LValueType { return LTNil }

// LNil is nil.
var LNil = LValue(&LNilType{})

// LBool is a boolean.
type LBool bool

// The booleans.
var (
	LTrue  = LValue(LBool(true))
	LFalse = LValue(LBool(false))
)

// String implements LValue.
func (b LBool) String() string { return strconv.FormatBool(bool(b)) }

// Type implements LValue.
func (LBool) Type() LValueType { return LTBool }

// LString is a string of bytes.
type LString string

// String implements LValue.
func (s LString) String() string { return string(s) }

// Type implements LValue.
func (LString) Type() LValueType { return LTString }

// LNumber is a number.
type LNumber float64

// String implements LValue.
func (n LNumber) String() string { return formatNumber(float64(n)) }

// Type implements LValue.
func (LNumber) Type() LValueType { return LTNumber }

// Small whole numbers are made once, so that counting does not allocate.
const (
	smallMin = -16
	smallMax = 1024
)

var small = func() (v [smallMax - smallMin]LValue) {
	for i := range v {
		v[i] = LNumber(i + smallMin)
	}
	return v
}()

// number makes a value of a number.
func number(f float64) LValue {
	if f >= smallMin && f < smallMax {
		if i := int(f); float64(i) == f && (i != 0 || 1/f > 0) {
			return small[i-smallMin]
		}
	}
	return LNumber(f)
}

// Number makes a value of a number. It allocates less than a conversion.
func Number(n int64) LValue {
	if n >= smallMin && n < smallMax {
		return small[n-smallMin]
	}
	return LNumber(n)
}

// LFunction is a function of Lua, or of Go if IsG is set.
type LFunction struct {
	IsG       bool
	GFunction LGFunction
	Env       *LTable
	proto     *proto
	up        []*cell
	id        uint64
}

// LGFunction is a function of Go. Its arguments are the stack, from 1 on; it
// returns how many values at the top of the stack are its results.
type LGFunction func(*LState) int

// String implements LValue.
func (f *LFunction) String() string { return named("function", f.id) }

// Type implements LValue.
func (*LFunction) Type() LValueType { return LTFunction }

// LUserData is a value of Go.
type LUserData struct {
	Value     any
	Env       *LTable
	Metatable LValue
	id        uint64
}

// String implements LValue.
func (u *LUserData) String() string {
	if u.id == 0 {
		return "userdata: (nil)" // as C prints a null pointer: cjson.null
	}
	return named("userdata", u.id)
}

// Type implements LValue.
func (*LUserData) Type() LValueType { return LTUserData }

// String implements LValue.
func (L *LState) String() string { return named("thread", L.id) }

// Type implements LValue.
func (*LState) Type() LValueType { return LTThread }

// cell is where a local lives that a closure has captured.
type cell struct{ v LValue }

func (*cell) String() string   { return "cell" }
func (*cell) Type() LValueType { return ltCell }

// named is what tostring says of a value that has no text: the number with which
// it was made, where C's Lua shows an address. It looks like one.
func named(kind string, id uint64) string {
	const base = 0x7f0000000000
	return kind + ": 0x" + strconv.FormatUint(base+id*32, 16)
}

// LVAsBool reports whether v counts as true.
func LVAsBool(v LValue) bool { return v != LNil && v != LFalse }

// LVIsFalse reports whether v counts as false.
func LVIsFalse(v LValue) bool { return v == LNil || v == LFalse }

// LVAsString is a string or number as a string; "" for anything else.
func LVAsString(v LValue) string {
	s, _ := toString(v)
	return s
}

// LVCanConvToString reports whether v is a string or a number.
func LVCanConvToString(v LValue) bool {
	t := v.Type()
	return t == LTString || t == LTNumber
}

// LVAsNumber is a number, or a string that reads as one; 0 for anything else.
func LVAsNumber(v LValue) LNumber {
	n, _ := toNumber(v)
	return LNumber(n)
}

func toString(v LValue) (string, bool) {
	switch v := v.(type) {
	case LString:
		return string(v), true
	case LNumber:
		return formatNumber(float64(v)), true
	}
	return "", false
}

func toNumber(v LValue) (float64, bool) {
	switch v := v.(type) {
	case LNumber:
		return float64(v), true
	case LString:
		return parseNumber(string(v))
	}
	return 0, false
}

// formatNumber is C's "%.14g".
func formatNumber(f float64) string {
	if i := int64(f); float64(i) == f && i > -1e14 && i < 1e14 && (i != 0 || 1/f > 0) {
		return strconv.FormatInt(i, 10)
	}
	switch {
	case f != f:
		return nanText
	case f > maxFloat:
		return "inf"
	case f < -maxFloat:
		return "-inf"
	}
	return strconv.FormatFloat(f, 'g', 14, 64)
}

// nanText is how a NaN is written. Its sign depends on the processor: this is
// what 0/0 is where most Redis servers run.
const nanText = "-nan"

const maxFloat = 1.79769313486231570814527423731704356798070e+308

// parseNumber reads a number as C's strtod does, with spaces around it.
func parseNumber(s string) (float64, bool) {
	if i := strings.IndexByte(s, 0); i >= 0 {
		s = s[:i]
	}
	for len(s) > 0 && isSpace(s[0]) {
		s = s[1:]
	}
	for len(s) > 0 && isSpace(s[len(s)-1]) {
		s = s[:len(s)-1]
	}
	if len(s) == 0 {
		return 0, false
	}
	// The common case: a short whole number.
	if len(s) < 16 {
		n, ok := 0, true
		for i := range len(s) {
			c := s[i]
			if c < '0' || c > '9' {
				ok = false
				break
			}
			n = n*10 + int(c-'0')
		}
		if ok {
			return float64(n), true
		}
	}
	body, neg := s, false
	if body[0] == '-' || body[0] == '+' {
		neg, body = body[0] == '-', body[1:]
	}
	if len(body) > 1 && body[0] == '0' && (body[1] == 'x' || body[1] == 'X') {
		return parseHex(body[2:], neg)
	}
	switch strings.ToLower(body) {
	case "inf", "infinity":
		if neg {
			return -inf, true
		}
		return inf, true
	case "nan":
		return nan, true
	}
	for i := range len(body) {
		if c := body[i]; (c < '0' || c > '9') && c != '.' && c != 'e' && c != 'E' && c != '+' && c != '-' {
			return 0, false
		}
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil && err.(*strconv.NumError).Err != strconv.ErrRange {
		return 0, false
	}
	return f, true
}

func parseHex(digits string, neg bool) (float64, bool) {
	if digits == "" || strings.ContainsRune(digits, '_') {
		return 0, false
	}
	if !strings.ContainsAny(digits, "pP") {
		digits += "p0"
	}
	f, err := strconv.ParseFloat("0x"+digits, 64)
	if err != nil && err.(*strconv.NumError).Err != strconv.ErrRange {
		return 0, false
	}
	if neg {
		f = -f
	}
	return f, true
}

func isSpace(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' }
func isDigit(c byte) bool { return c >= '0' && c <= '9' }
func isAlpha(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }
