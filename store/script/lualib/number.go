package lualib

import (
	"math"
	"strconv"
)

// numberPrecision is how many digits Lua 5.1 shows of a number (LUAI_NUMFFORMAT).
const numberPrecision = 14

// FormatNumber formats a number as C's printf does with %.<precision>g.
func FormatNumber(f float64, precision int) string {
	switch {
	case math.IsInf(f, 1):
		return "inf"
	case math.IsInf(f, -1):
		return "-inf"
	case math.IsNaN(f):
		return "-nan" // its sign depends on the processor: this is amd64's
	}
	return strconv.FormatFloat(f, 'g', precision, 64)
}

// toInt64 converts as amd64 does where C leaves it open: what does not fit
// becomes the smallest number. Go leaves it open too, so no node may rely on it.
func toInt64(f float64) int64 {
	if f >= -(1<<63) && f < 1<<63 {
		return int64(f)
	}
	return math.MinInt64
}

// bits64 and bits32 are the bits of a number, of a NaN those of amd64. The sign of a
// NaN and its unused bits differ between processors.
func bits64(f float64) uint64 {
	if math.IsNaN(f) {
		return 0xfff8 << 48
	}
	return math.Float64bits(f)
}

func bits32(f float64) uint32 {
	if math.IsNaN(f) {
		return 0xffc0 << 16
	}
	return math.Float32bits(float32(f))
}
