package reply

import (
	"math"
	"testing"
)

func TestWriter(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name         string
		write        func(*Writer)
		resp2, resp3 string
	}{
		{"ok", (*Writer).OK, "+OK\r\n", "+OK\r\n"},
		{"simple", func(w *Writer) { w.Simple("a b") }, "+a b\r\n", "+a b\r\n"},
		{"error", func(w *Writer) { w.Error("ERR a\r\nb") }, "-ERR a  b\r\n", "-ERR a  b\r\n"},
		{"int", func(w *Writer) { w.Int(math.MinInt64) }, ":-9223372036854775808\r\n", ":-9223372036854775808\r\n"},
		{"bulk", func(w *Writer) { w.Bulk([]byte("a\r\n")) }, "$3\r\na\r\n\r\n", "$3\r\na\r\n\r\n"},
		{"empty bulk", func(w *Writer) { w.BulkString("") }, "$0\r\n\r\n", "$0\r\n\r\n"},
		{"bulk int", func(w *Writer) { w.BulkInt(-12) }, "$3\r\n-12\r\n", "$3\r\n-12\r\n"},
		{"null", (*Writer).Null, "$-1\r\n", "_\r\n"},
		{"null array", (*Writer).NullArray, "*-1\r\n", "_\r\n"},
		{"array", func(w *Writer) { w.Array(2) }, "*2\r\n", "*2\r\n"},
		{"map", func(w *Writer) { w.Map(2) }, "*4\r\n", "%2\r\n"},
		{"set", func(w *Writer) { w.Set(2) }, "*2\r\n", "~2\r\n"},
		{"push", func(w *Writer) { w.Push(2) }, "*2\r\n", ">2\r\n"},
		{"true", func(w *Writer) { w.Bool(true) }, ":1\r\n", "#t\r\n"},
		{"false", func(w *Writer) { w.Bool(false) }, ":0\r\n", "#f\r\n"},
		{"double", func(w *Writer) { w.Double(1.5) }, "$3\r\n1.5\r\n", ",1.5\r\n"},
		{"inf", func(w *Writer) { w.Double(math.Inf(-1)) }, "$4\r\n-inf\r\n", ",-inf\r\n"},
		{"verbatim", func(w *Writer) { w.Verbatim("txt", "a\nb") }, "$3\r\na\nb\r\n", "=7\r\ntxt:a\nb\r\n"},
		{"big number", func(w *Writer) { w.BigNumber("123") }, "$3\r\n123\r\n", "(123\r\n"},
		{"strings", func(w *Writer) { w.Strings([]string{"a", ""}) }, "*2\r\n$1\r\na\r\n$0\r\n\r\n", "*2\r\n$1\r\na\r\n$0\r\n\r\n"},
		{"raw", func(w *Writer) { w.Raw([]byte(":1\r\n")) }, ":1\r\n", ":1\r\n"},
		{"late array", func(w *Writer) {
			w.Int(0)
			m := w.Later()
			for i := range 12 {
				w.Int(int64(i))
			}
			w.CloseArray(m, 12)
			w.Null()
		}, ":0\r\n*12\r\n:0\r\n:1\r\n:2\r\n:3\r\n:4\r\n:5\r\n:6\r\n:7\r\n:8\r\n:9\r\n:10\r\n:11\r\n$-1\r\n",
			":0\r\n*12\r\n:0\r\n:1\r\n:2\r\n:3\r\n:4\r\n:5\r\n:6\r\n:7\r\n:8\r\n:9\r\n:10\r\n:11\r\n_\r\n"},
	}
	for _, tt := range tests {
		for proto, want := range map[uint8]string{0: tt.resp2, RESP2: tt.resp2, RESP3: tt.resp3} {
			w := Writer{Proto: proto}
			tt.write(&w)
			if string(w.Buf) != want {
				t.Errorf("%s, RESP%d: %q, want %q", tt.name, proto, w.Buf, want)
			}
		}
		w := Writer{Discard: true}
		tt.write(&w)
		if len(w.Buf) > 0 {
			t.Errorf("%s: %q written in spite of Discard", tt.name, w.Buf)
		}
	}
}

func TestErrorsAreCounted(t *testing.T) {
	t.Parallel()
	w := Writer{Discard: true}
	w.Error(ErrSyntax)
	w.Error(ErrWrongType)
	if w.Errors != 2 || w.LastError != ErrWrongType {
		t.Errorf("%d errors, last %q", w.Errors, w.LastError)
	}
	w.Reset()
	if w.Errors != 0 || w.LastError != "" || !w.Discard {
		t.Errorf("after Reset: %+v", w)
	}
}

// The digits are those of C's printf("%.17g").
func TestAppendDouble17(t *testing.T) {
	t.Parallel()
	for f, want := range map[float64]string{
		0:                     "0",
		math.Copysign(0, -1):  "-0",
		1:                     "1",
		-1.5:                  "-1.5",
		0.1:                   "0.10000000000000001",
		3.14:                  "3.1400000000000001",
		100:                   "100",
		1e16:                  "10000000000000000",
		1e17:                  "1e+17",
		123456789012345680000: "1.2345678901234568e+20",
		1e-4:                  "0.0001",
		0.00001:               "1.0000000000000001e-05",
		1e300:                 "1.0000000000000001e+300",
		5e-324:                "4.9406564584124654e-324",
		math.MaxFloat64:       "1.7976931348623157e+308",
		math.Inf(1):           "inf",
		1.0 / 3:               "0.33333333333333331",
		float64(1<<53) + 2:    "9007199254740994",
	} {
		if got := string(AppendDouble17(nil, f)); got != want {
			t.Errorf("AppendDouble(%v) = %s, want %s", f, got, want)
		}
	}
	if got := string(AppendDouble(nil, math.NaN())); got != "nan" {
		t.Errorf("NaN is %s", got)
	}
}

// The texts are what ZSCORE of a redis-server 7.4.1 answers.
func TestAppendDouble(t *testing.T) {
	t.Parallel()
	for f, want := range map[float64]string{
		0: "0", 1: "1", -1.5: "-1.5", 0.1: "0.1", 3.14: "3.14", 1e17: "100000000000000000",
		4611686018427387904: "4611686018427387904", 1e19: "1e+19", 123456789012345680000: "123456789012345680000",
		1e21: "1e+21", -1e21: "-1e+21", 0.000001: "0.000001", 3e-7: "3e-7", 1.5e300: "1.5e+300", 5e-324: "5e-324",
		1234567890.125: "1234567890.125", 1.0 / 3: "0.3333333333333333", -0.001234: "-0.001234", 0.00012345678: "1.2345678e-4",
		math.Inf(1): "inf", math.Inf(-1): "-inf", math.Copysign(0, -1): "-0", math.MaxFloat64: "1.7976931348623157e+308",
	} {
		if got := string(AppendDouble(nil, f)); got != want {
			t.Errorf("%g: got %s, want %s", f, got, want)
		}
	}
}
