package listpack

import (
	"bytes"
	"math"
	"strings"
	"testing"
)

// Elements of every code come back as they were, and what is cut off or has another
// length behind it is refused.
func TestElements(t *testing.T) {
	t.Parallel()
	ints := []int64{0, 127, 128, -1, -1 << 12, 1<<12 - 1, math.MinInt16, math.MaxInt16, -1 << 23, 1<<23 - 1, math.MinInt32, math.MaxInt32, math.MinInt64, math.MaxInt64}
	for _, n := range ints {
		b := AppendInt(nil, n)
		if e, size := CutStrict(b); e.Str != nil || e.Num != n || size != len(b) || IntSize(n) != size || Skip(b) != size {
			t.Errorf("%d: %+v, %d of %d bytes", n, e, size, len(b))
		}
		if got, size := Int(b); got != n || size != len(b) {
			t.Errorf("%d: %d, %d of %d bytes", n, got, size, len(b))
		}
	}
	for _, n := range []int{0, 1, 63, 64, 126, 127, 4095, 4096, 1<<14 - 4, 1 << 14, 1 << 21} {
		text := strings.Repeat("x", n)
		b := AppendString(nil, []byte(text))
		if e, size := CutStrict(b); string(e.Bytes(nil)) != text || size != len(b) || Skip(b) != size {
			t.Errorf("%d bytes: %d, %d of %d bytes", n, len(e.Str), size, len(b))
		}
		if e, size := Cut(append(bytes.Clone(b), 1, 2)); string(e.Str) != text || size != len(b) {
			t.Errorf("%d bytes with more behind: %d of %d bytes", n, size, len(b))
		}
		for _, short := range [][]byte{b[:len(b)-1], b[:1], nil} {
			if len(short) < len(b) {
				if _, size := Cut(short); size != 0 {
					t.Errorf("%d bytes, cut off: %d", n, size)
				}
			}
		}
		b[len(b)-1] ^= 1
		if _, size := CutStrict(b); size != 0 {
			t.Errorf("%d bytes with another length behind: %d", n, size)
		}
	}
	if b := AppendString(nil, []byte("-17")); !bytes.Equal(b, AppendInt(nil, -17)) {
		t.Errorf("the text of a number: %x", b)
	}
}
