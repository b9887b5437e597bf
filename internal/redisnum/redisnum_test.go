package redisnum

import (
	"math"
	"strconv"
	"strings"
	"testing"
)

func TestParseInt(t *testing.T) {
	t.Parallel()
	accepted := map[string]int64{
		"0": 0, "1": 1, "-1": -1, "10": 10, "9223372036854775807": math.MaxInt64,
		"-9223372036854775808": math.MinInt64, "-9223372036854775807": -math.MaxInt64,
		"1234567890123456789": 1234567890123456789,
	}
	for in, want := range accepted {
		if got, ok := ParseInt([]byte(in)); !ok || got != want {
			t.Errorf("ParseInt(%q) = %d, %v; want %d", in, got, ok, want)
		}
	}
	refused := []string{
		"", "-", "+1", " 1", "1 ", "-0", "00", "01", "-01", "1.0", "1e3", "0x10", "a", "1a", "--1", "1\x00",
		"9223372036854775808", "-9223372036854775809", "18446744073709551615", "18446744073709551616",
		"99999999999999999999", "-99999999999999999999", "184467440737095516150",
	}
	for _, in := range refused {
		if got, ok := ParseInt([]byte(in)); ok {
			t.Errorf("ParseInt(%q) = %d, want it refused", in, got)
		}
	}
}

// Every number that strconv prints is read back, and nothing else is accepted.
func FuzzParseInt(f *testing.F) {
	for _, seed := range []string{"0", "-0", "9223372036854775808", "-9223372036854775808", "+5", "\x30\x00"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		n, err := strconv.ParseInt(string(b), 10, 64)
		want := err == nil && strconv.FormatInt(n, 10) == string(b)
		got, ok := ParseInt(b)
		if ok != want || ok && got != n {
			t.Fatalf("ParseInt(%q) = %d, %v; want %d, %v", b, got, ok, n, want)
		}
	})
}

// The results are those of redis-server 7.0.15: SET k <start>, INCRBYFLOAT k <increment>.
func TestIncrByFloat(t *testing.T) {
	t.Parallel()
	const refused, infinite = "refused", "infinite"
	tests := []struct{ start, increment, want string }{
		{"0.2", " 1", refused}, {"0.2", "1 ", refused}, {"0.2", "", refused}, {"0.2", "nan", refused},
		{"0.2", "nan(1)", refused}, {"0.2", "0x", refused}, {"0.2", "0x1p", refused}, {"0.2", ".", refused},
		{"0.2", "1e", refused}, {"0.2", "1e+", refused}, {"0.2", "0b1", refused}, {"0.2", "1_0", refused},
		{"0.2", "1e5000", refused}, {"0.2", "1e-5000", refused}, {"0.2", "1e-4951", refused},
		{"0.2", "1.5e4932", refused}, {"0.2", "1.18973149535723176508e4932", refused},
		{"0.2", "0x1p99999999999", refused}, {"0.2", "1\x00", refused}, {"0.2", "--1", refused},
		{"0.2", "inf", infinite}, {"0.2", "-INF", infinite}, {"0.2", "+Infinity", infinite},
		{"1.18973149535723176502e4932", "1.18973149535723176502e4932", infinite},
		{"0.2", "1e5", "100000.20000000000000284"}, {"0.2", "0x10", "16.2"}, {"0.2", "1e-4940", "0.2"},
		{"0.2", "1e-4950", "0.2"}, {"0.2", "+1", "1.2"}, {"0.2", "0x1.8p3", "12.2"}, {"0.2", "0x.8", "0.7"},
		{"0.2", "1.", "1.2"}, {"0.2", ".5", "0.7"}, {"0.2", "00012", "12.2"}, {"0.2", "3.0e3", "3000.19999999999999996"},
		{"0.2", "0xap2", "40.2"}, {"0.2", "0xAp-2", "2.7"}, {"0.2", "0e99999999999", "0.2"},
		{"0.2", "12345678901234567890123", "12345678901234567889920"},
		{"0.2", "9007199254740993", "9007199254740993.2001953125"}, {"0.2", "0.1", "0.3"},
		{"0.2", "-0.2", "0"}, {"-0", "-0", "0"}, {"-1", "1e-30", "-1"}, {"-1e-30", "0", "0"},
	}
	for _, tt := range tests {
		a, ok := ParseLongDouble([]byte(tt.start))
		if !ok {
			t.Fatalf("start %q refused", tt.start)
		}
		got := refused
		if b, ok := ParseLongDouble([]byte(tt.increment)); ok {
			got = infinite
			if sum, ok := a.Add(b); ok {
				got = string(sum.Append(nil))
			}
		}
		if got != tt.want {
			t.Errorf("%s + %q = %s, want %s", tt.start, tt.increment, got, tt.want)
		}
	}
}

// Input of the greatest length and the greatest exponents costs no more than
// the arithmetic on it.
func TestParseLongDoubleExtremes(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("9", maxFloatLen)
	for in, want := range map[string]bool{
		long:                                   false, // 1e5119 overflows
		"0." + long[2:]:                        true,
		long[:4000] + "e-8000":                 true,
		long + "9":                             false,
		"1e-999999999999999999999":             false,
		"0." + strings.Repeat("0", 5000) + "1": false,
		"0." + strings.Repeat("0", 5000) + "1e5000": true,
	} {
		if _, ok := ParseLongDouble([]byte(in)); ok != want {
			t.Errorf("ParseLongDouble(%.20q… of %d) = %v, want %v", in, len(in), ok, want)
		}
	}
}
