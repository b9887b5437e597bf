package lua

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// stringFormat is string.format: C's printf with Lua's arguments.
func stringFormat(L *LState) int {
	format := L.CheckString(1)
	var b strings.Builder
	arg := 1
	for i := 0; i < len(format); i++ {
		c := format[i]
		if c != '%' {
			if b.Len() == b.Cap() {
				L.grow(&b, 8)
			}
			b.WriteByte(c)
			continue
		}
		i++
		if i < len(format) && format[i] == '%' {
			b.WriteByte('%')
			continue
		}
		if arg++; arg > L.GetTop() {
			L.ArgError(arg, "no value")
		}
		spec, verb := L.formatSpec(format[i:])
		i += len(spec)
		out := L.formatOne(spec, verb, arg)
		if b.Len()+len(out) > maxString {
			L.RaiseError("string length overflow")
		}
		L.grow(&b, len(out))
		b.WriteString(out)
	}
	L.Push(LString(b.String()))
	return 1
}

// formatSpec returns the flags, width and precision that f begins with, and what
// follows.
func (L *LState) formatSpec(f string) (spec string, verb byte) {
	i := 0
	for i < len(f) && strings.IndexByte("-+ #0", f[i]) >= 0 {
		i++
	}
	if i >= 6 {
		L.RaiseError("invalid format (repeated flags)")
	}
	digits := func() {
		for n := 0; n < 2 && i < len(f) && isDigit(f[i]); n++ {
			i++
		}
	}
	digits()
	if i < len(f) && f[i] == '.' {
		i++
		digits()
	}
	if i < len(f) && isDigit(f[i]) {
		L.RaiseError("invalid format (width or precision too long)")
	}
	if i < len(f) {
		verb = f[i]
	}
	return f[:i], verb
}

func (L *LState) formatOne(spec string, verb byte, arg int) string {
	switch verb {
	case 'c':
		c := string([]byte{byte(L.CheckInt64(arg))})
		return cString(pad(spec, c))
	case 'd', 'i':
		return formatInt(spec, 'd', L.CheckInt64(arg))
	case 'u':
		return formatInt(spec, 'd', toUint(float64(L.CheckNumber(arg))))
	case 'o', 'x', 'X':
		return formatInt(spec, verb, toUint(float64(L.CheckNumber(arg))))
	case 'e', 'E', 'f', 'g', 'G':
		return formatFloat(spec, verb, float64(L.CheckNumber(arg)))
	case 'q':
		return quote(L.CheckString(arg))
	case 's':
		s := L.CheckString(arg)
		if !strings.Contains(spec, ".") && len(s) >= 100 {
			return s
		}
		s = cString(s)
		if at := strings.IndexByte(spec, '.'); at >= 0 {
			n, _ := strconv.Atoi(spec[at+1:])
			s = s[:min(n, len(s))]
			spec = spec[:at]
		}
		return pad(spec, s)
	}
	bad := "%" // of a format that ends early C shows no more
	if verb != 0 {
		bad += spec + string([]byte{verb})
	}
	L.RaiseError("invalid option '%s' to 'format'", bad)
	return ""
}

// toUint cuts a number to a whole one without a sign as C does on most machines.
func toUint(f float64) uint64 {
	if f >= 1<<63 {
		return uint64(ToInt(f-(1<<63))) ^ 1<<63
	}
	return uint64(ToInt(f))
}

// pad brings s to the width of a spec.
func pad(spec, s string) string {
	if at := strings.IndexByte(spec, '.'); at >= 0 {
		spec = spec[:at]
	}
	left := strings.Contains(spec, "-")
	width, _ := strconv.Atoi(strings.TrimLeft(spec, "-+ #0"))
	if len(s) >= width {
		return s
	}
	space := strings.Repeat(" ", width-len(s))
	if left {
		return s + space
	}
	return space + s
}

func formatInt(spec string, verb byte, n any) string {
	if at := strings.IndexByte(spec, '.'); at >= 0 {
		// C ignores the zeros of the width if there is a precision.
		flags := spec[:len(spec)-len(strings.TrimLeft(spec, "-+ #0"))]
		spec = strings.ReplaceAll(flags, "0", "") + spec[len(flags):]
		if strings.HasSuffix(spec, ".") {
			spec += "0"
		}
	}
	if n == uint64(0) {
		spec = strings.ReplaceAll(spec, "#", "") // C has no prefix for 0
	}
	if _, unsigned := n.(uint64); unsigned {
		spec = strings.NewReplacer("+", "", " ", "").Replace(spec)
	}
	return fmt.Sprintf("%"+spec+string(verb), n)
}

func formatFloat(spec string, verb byte, f float64) string {
	if f != f || math.IsInf(f, 0) {
		text := nanText
		if f == f {
			text = "inf"
			switch {
			case f < 0:
				text = "-inf"
			case strings.Contains(spec, "+"):
				text = "+inf"
			case strings.Contains(spec, " "):
				text = " inf"
			}
		}
		if verb == 'E' || verb == 'G' {
			text = strings.ToUpper(text)
		}
		return pad(spec, text)
	}
	if strings.HasSuffix(spec, ".") {
		spec += "0"
	}
	if !strings.Contains(spec, ".") {
		spec += ".6"
	}
	if strings.HasSuffix(spec, ".0") && (verb == 'g' || verb == 'G') {
		spec = spec[:len(spec)-1] + "1"
	}
	return fmt.Sprintf("%"+spec+string(verb), f)
}

// quote is %q.
func quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i := range len(s) {
		switch c := s[i]; c {
		case '"', '\\', '\n':
			b.WriteByte('\\')
			b.WriteByte(c)
		case '\r':
			b.WriteString("\\r")
		case 0:
			b.WriteString("\\000")
		default:
			b.WriteByte(c)
		}
	}
	b.WriteByte('"')
	return b.String()
}
