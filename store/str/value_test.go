package str

import (
	"bytes"
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/zeebo/xxh3"

	"github.com/msredis/msredis/store/keyspace"
)

// forms are strings of every form and at every boundary between them.
func forms() []keyspace.Value {
	var list []keyspace.Value
	for _, n := range []int64{0, 1, -1, 9999, 10000, math.MaxInt64, math.MinInt64} {
		list = append(list, &Int{n})
	}
	for _, n := range []int{0, 1, 3, 4, embstrMax - 1, embstrMax, embstrMax + 1, packedMax - 1, packedMax, packedMax + 1, 5000} {
		b := bytes.Repeat([]byte{'x', 0, 0xff, '7'}, n/4+1)[:n]
		list = append(list, New(b), newPlain(b), NewRaw(bytes.Clone(b)))
	}
	return append(list, newPlain([]byte("12")), NewRaw([]byte("12")))
}

func content(v keyspace.Value) string {
	var tmp Scratch
	b, ok := Bytes(v, &tmp)
	if !ok {
		return "not a string"
	}
	return string(b)
}

func digest(v keyspace.Value) uint64 {
	h := xxh3.New()
	v.Digest(h)
	return h.Sum64()
}

func TestNewChoosesTheEncoding(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ in, encoding string }{
		{"", "embstr"},
		{"0", "int"},
		{"-0", "embstr"},
		{"007", "embstr"},
		{"+1", "embstr"},
		{" 1", "embstr"},
		{"9223372036854775807", "int"},
		{"-9223372036854775808", "int"},
		{"9223372036854775808", "embstr"},
		{strings.Repeat("x", 44), "embstr"},
		{strings.Repeat("x", 45), "raw"},
		{strings.Repeat("1", 45), "raw"},
		{strings.Repeat("x", 2000), "raw"},
	} {
		v := New([]byte(tc.in))
		if got := v.Encoding(); got != tc.encoding {
			t.Errorf("encoding of %q is %s, want %s", tc.in, got, tc.encoding)
		}
		if got := content(v); got != tc.in {
			t.Errorf("New(%q) holds %q", tc.in, got)
		}
		if n, ok := Size(v); !ok || n != len(tc.in) {
			t.Errorf("Size of %q is %d", tc.in, n)
		}
	}
}

func TestNewCopies(t *testing.T) {
	t.Parallel()
	for _, n := range []int{5, 100, 5000} {
		b := bytes.Repeat([]byte{'a'}, n)
		v := New(b)
		b[0] = 'b'
		if content(v)[0] != 'a' {
			t.Errorf("a value of %d bytes shares memory with its argument", n)
		}
	}
}

func TestRoundTrip(t *testing.T) {
	t.Parallel()
	for _, v := range forms() {
		got, err := Kind.Decode(v.Encode(nil))
		if err != nil {
			t.Errorf("%s of %d bytes: %v", v.Encoding(), len(content(v)), err)
			continue
		}
		for _, same := range []keyspace.Value{got, v.Clone()} {
			if content(same) != content(v) || same.Encoding() != v.Encoding() || same.MemSize() != v.MemSize() ||
				digest(same) != digest(v) || !bytes.Equal(same.Encode(nil), v.Encode(nil)) || same.Kind() != &Kind {
				t.Errorf("%s %.20q became %s %.20q", v.Encoding(), content(v), same.Encoding(), content(same))
			}
		}
	}
}

func TestDigestIsOfTheContent(t *testing.T) {
	t.Parallel()
	b := []byte("12345")
	want := digest(&Int{12345})
	if digest(newPlain(b)) != want || digest(NewRaw(b)) != want {
		t.Error("the digest depends on the form")
	}
}

func TestCloneSharesNothingMutable(t *testing.T) {
	t.Parallel()
	r := NewRaw([]byte("abc"))
	clone := r.Clone()
	r.Bytes()[0] = 'X'
	i := &Int{1}
	cloneOfInt := i.Clone()
	i.n++
	if content(clone) != "abc" || content(cloneOfInt) != "1" {
		t.Error("a clone changed with its original")
	}
}

func TestGrowIsAmortised(t *testing.T) {
	t.Parallel()
	r := NewRaw(nil)
	moves := 0
	for n := 1; n <= 1<<16; n++ {
		was := cap(r.b)
		r.Grow(n)
		if cap(r.b) != was {
			moves++
		}
		if r.b[n-1] != 0 {
			t.Fatalf("byte %d is not zero", n-1)
		}
		r.b[n-1] = 1
	}
	if moves > 64 {
		t.Errorf("%d moves for 65536 bytes", moves)
	}
	r = NewRaw(bytes.Repeat([]byte{1}, 100)[:10])
	if r.Grow(20); !bytes.Equal(r.b[10:], make([]byte, 10)) {
		t.Error("Grow shows what was left in the spare capacity")
	}
}

func TestRange(t *testing.T) {
	t.Parallel()
	for n := int64(0); n < 5; n++ {
		for start := int64(-7); start <= 7; start++ {
			for end := int64(-7); end <= 7; end++ {
				from, to := Range(start, end, n)
				if from < 0 || from > to || to > n {
					t.Fatalf("Range(%d, %d, %d) = %d, %d", start, end, n, from, to)
				}
				var want []int64
				for i := int64(0); i < n; i++ {
					lo, hi := start, end
					if start < 0 {
						lo += n
					}
					if end < 0 {
						hi += n
					}
					// Redis: an end before the string is its first byte, unless
					// both bounds are negative and in the wrong order.
					hi = max(hi, 0)
					if i >= lo && i <= hi && !(start < 0 && end < 0 && start > end) {
						want = append(want, i)
					}
				}
				if int64(len(want)) != to-from || len(want) > 0 && want[0] != from {
					t.Errorf("Range(%d, %d, %d) = %d, %d, want %v", start, end, n, from, to, want)
				}
			}
		}
	}
	if from, to := Range(math.MinInt64, math.MaxInt64, 3); from != 0 || to != 3 {
		t.Errorf("widest range is %d, %d", from, to)
	}
}

func FuzzDecode(f *testing.F) {
	for _, v := range forms() {
		f.Add(v.Encode(nil))
	}
	f.Add([]byte{})
	f.Add([]byte{formInt, 1, 2})
	f.Add(append([]byte{formRaw}, make([]byte, embstrMax+1)...))
	f.Fuzz(func(t *testing.T, src []byte) {
		v, err := Kind.Decode(src)
		if err != nil {
			return
		}
		if got := v.Encode(nil); !bytes.Equal(got, src) {
			t.Errorf("%x decodes to what encodes to %x", src, got)
		}
		for i := range src {
			src[i] ^= 0xff
		}
		if got := v.Encode(nil); len(got) > 1 && bytes.Equal(got[1:], src[1:]) {
			t.Error("the value keeps its source")
		}
		if n, ok := Size(v); !ok || n != len(content(v)) {
			t.Errorf("Size is %d of %d", n, len(content(v)))
		}
	})
}

func TestDecimalLen(t *testing.T) {
	t.Parallel()
	for _, n := range []int64{0, 9, 10, -1, -10, math.MaxInt64, math.MinInt64} {
		if got, want := decimalLen(n), len(strconv.FormatInt(n, 10)); got != want {
			t.Errorf("decimalLen(%d) = %d, want %d", n, got, want)
		}
	}
}
