package redisnum

import (
	"math"
	"testing"
)

func TestMillis(t *testing.T) {
	for _, test := range []struct {
		seconds string
		ms      int64
		ok      bool
	}{
		{"0", 0, true},
		{"-0", 0, true},
		{"1", 1000, true},
		{"0.0001", 1, true},
		{"1e-4000", 1, true},
		{"0.1", 100, true},
		{"1.0011", 1002, true},
		{"-0.0001", 0, true},
		{"-0.1", -100, true},
		{"0x1p-4", 63, true},
		{"9223372036854775.807", math.MaxInt64, true},
		{"9223372036854775.808", 0, false},
		{"1e300", 0, false},
		{"-1e300", 0, false},
		{"inf", 0, false},
	} {
		n, valid := ParseLongDouble([]byte(test.seconds))
		if !valid {
			t.Fatalf("%s is no number", test.seconds)
		}
		if ms, ok := n.Millis(); ok != test.ok || ok && ms != test.ms {
			t.Errorf("%s: got %d %v, want %d %v", test.seconds, ms, ok, test.ms, test.ok)
		}
	}
}
