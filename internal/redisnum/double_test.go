package redisnum

import (
	"math"
	"strconv"
	"testing"
)

// doubles are scores as redis-server 7.0.15 reads them: ZADD z <in> m, ZSCORE.
var doubles = []struct{ in, want string }{
	{"0", "0"},
	{"-0", "-0"},
	{"1", "1"},
	{"+1", "1"},
	{"12", "12"},
	{"-12", "-12"},
	{"00012", "12"},
	{"123456789012345", "123456789012345"},
	{"1234567890123456", "1234567890123456"},
	{"12345678901234567890123", "1.2345678901234568e+22"},
	{"1.", "1"},
	{"1.5", "1.5"},
	{".5", "0.5"},
	{"-.5", "-0.5"},
	{".", "refused"},
	{"", "refused"},
	{"-", "refused"},
	{"+", "refused"},
	{"1e", "refused"},
	{"1e+", "refused"},
	{"1e5", "100000"},
	{"1E-5", "1.0000000000000001e-05"},
	{"1e400", "refused"},
	{"-1e400", "refused"},
	{"1e-400", "refused"},
	{"1e-320", "9.9998886718268301e-321"},
	{"4.9e-324", "4.9406564584124654e-324"},
	{"2.4e-324", "refused"},
	{"0e999", "0"},
	{"0x10", "16"},
	{"0X1P4", "16"},
	{"0x1.8p3", "12"},
	{"0x.8", "0.5"},
	{"0x", "refused"},
	{"0x.", "refused"},
	{"0xg", "refused"},
	{"0x1p", "refused"},
	{"0x1p99999", "refused"},
	{"0x1p-99999", "refused"},
	{"0xap2", "40"},
	{"inf", "inf"},
	{"-inf", "-inf"},
	{"+inf", "inf"},
	{"INFINITY", "inf"},
	{"infinit", "refused"},
	{"nan", "refused"},
	{"-nan", "refused"},
	{"nan(1)", "refused"},
	{"nan()", "refused"},
	{" 1", "refused"},
	{"1 ", "refused"},
	{"\t1", "refused"},
	{"1\x00", "refused"},
	{"1_0", "refused"},
	{"0x1_0", "refused"},
	{"0b1", "refused"},
	{"1e99999999999999999999", "refused"},
	{"1e-99999999999999999999", "refused"},
	{"0.1", "0.10000000000000001"},
	{"3.0e3", "3000"},
	{"1.7976931348623157e308", "1.7976931348623157e+308"},
	{"1.7976931348623159e308", "refused"},
	{"--1", "refused"},
	{"1.2.3", "refused"},
	{"9007199254740993", "9007199254740992"},
	{"0.30000000000000004", "0.30000000000000004"},
	{"abc", "refused"},
	{"1,5", "refused"},
	{"1d5", "refused"},
	{"0x0p-99999", "0"},
	{"infinity ", "refused"},
	{"1.0000000000000002", "1.0000000000000002"},
	{"2.2250738585072011e-308", "2.2250738585072009e-308"},
	{"(1", "refused"},
	{"1f", "refused"},
}

func TestParseDouble(t *testing.T) {
	t.Parallel()
	for _, tt := range doubles {
		f, ok := ParseDouble([]byte(tt.in))
		switch want, err := strconv.ParseFloat(tt.want, 64); {
		case err != nil:
			if ok {
				t.Errorf("ParseDouble(%q) = %v, want it refused", tt.in, f)
			}
		case !ok || f != want || math.Signbit(f) != math.Signbit(want):
			t.Errorf("ParseDouble(%q) = %v, %v; want %v", tt.in, f, ok, want)
		}
	}
}

// What strtod of glibc takes of a string.
func TestStrtod(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		in      string
		want    float64
		n       int
		inRange bool
	}{
		{"", 0, 0, true}, {" ", 0, 0, true}, {"x", 0, 0, true}, {"-", 0, 0, true}, {".", 0, 0, true}, {"-.e1", 0, 0, true},
		{" \t\n\v\f\r1x", 1, 7, true}, {"1e", 1, 1, true}, {"1e+x", 1, 1, true}, {"1e5e", 1e5, 3, true}, {"1.5.5", 1.5, 3, true},
		{"0x", 0, 1, true}, {"0xg", 0, 1, true}, {"0x.p1", 0, 1, true}, {"0x1p", 1, 3, true}, {"0x1.8p1z", 3, 7, true},
		{"infinit", math.Inf(1), 3, true}, {"-INFINITYx", math.Inf(-1), 9, true}, {"1\x00", 1, 1, true},
		{"1e999", math.Inf(1), 5, false}, {"-1e999", math.Inf(-1), 6, false}, {"1e-999", 0, 6, false}, {"0e-999", 0, 6, true},
		{"0x0.0p-9999", 0, 11, true}, {"0x0.01p-9999", 0, 12, false}, {"12345678901234567890", 12345678901234567890, 20, true},
	} {
		f, n, inRange := Strtod([]byte(tt.in))
		if f != tt.want || n != tt.n || inRange != tt.inRange {
			t.Errorf("Strtod(%q) = %v, %d, %v; want %v, %d, %v", tt.in, f, n, inRange, tt.want, tt.n, tt.inRange)
		}
	}
	for in, want := range map[string]int{"nan": 3, "-NaN(": 4, "nan(0_x)y": 8, "nan(!)": 3} {
		if f, n, _ := Strtod([]byte(in)); !math.IsNaN(f) || n != want {
			t.Errorf("Strtod(%q) = %v, %d; want NaN, %d", in, f, n, want)
		}
	}
}

// FuzzStrtod: whatever strconv reads, Strtod reads alike.
func FuzzStrtod(f *testing.F) {
	for _, tt := range doubles {
		f.Add([]byte(tt.in))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		got, n, _ := Strtod(b)
		if n > len(b) || n == 0 && got != 0 {
			t.Fatalf("Strtod(%q) = %v, %d", b, got, n)
		}
		want, err := strconv.ParseFloat(string(b), 64)
		if err == nil && n == len(b) && got != want && !(math.IsNaN(got) && math.IsNaN(want)) {
			t.Fatalf("Strtod(%q) = %v, want %v", b, got, want)
		}
	})
}
