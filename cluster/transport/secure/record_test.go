package secure

import (
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"io"
	"testing"
	"testing/iotest"
)

// ends returns the two ends of a sealed connection that is only memory: what a seals
// is read by b from the buffer.
func ends(t testing.TB) (a, b *records, wire *bytes.Buffer) {
	t.Helper()
	one, two := make([]byte, 32), make([]byte, 32)
	rand.Read(one)
	rand.Read(two)
	wire = &bytes.Buffer{}
	a, err := newRecords(&Conn{}, append([]byte(nil), one...), append([]byte(nil), two...))
	if err == nil {
		b, err = newRecords(&Conn{src: wire}, two, one)
	}
	if err != nil {
		t.Fatal(err)
	}
	return a, b, wire
}

func sealed(t testing.TB, r *records, plain ...[]byte) []byte {
	t.Helper()
	var wire []byte
	for _, p := range plain {
		var err error
		if wire, err = r.seal(wire, p); err != nil {
			t.Fatal(err)
		}
	}
	return wire
}

// reader reads what a channel brings.
type reader struct{ ch channel }

func (r reader) Read(b []byte) (int, error) { return r.ch.read(b) }

// TestRecords: what is sealed comes out, in whatever pieces it is written and read,
// and when keys are replaced on the way.
func TestRecords(t *testing.T) {
	for _, pieces := range []func(io.Reader) io.Reader{
		func(r io.Reader) io.Reader { return r }, iotest.OneByteReader, iotest.HalfReader, iotest.DataErrReader,
	} {
		a, b, _ := ends(t)
		a.out.every, b.in.every = 3, 3
		var want, wire []byte
		for _, n := range []int{1, 9, 0, 4000, maxPlain - 1, maxPlain, maxPlain + 1, 3*maxPlain + 7, 2, 3} {
			plain := make([]byte, n)
			rand.Read(plain)
			want = append(want, plain...)
			wire = append(wire, sealed(t, a, plain)...)
		}
		b.c.src = pieces(bytes.NewReader(wire))
		got, err := io.ReadAll(reader{b})
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%d bytes, %v; want %d", len(got), err, len(want))
		}
		if b.buffered() {
			t.Error("something is left")
		}
	}
}

// TestForgedRecords: nothing comes out of a record that was changed, left out, doubled,
// moved, taken from the other direction or cut off, and nothing behind it.
func TestForgedRecords(t *testing.T) {
	parts := [][]byte{[]byte("first"), []byte("second"), []byte("third")}
	for name, forge := range map[string]func(a, b *records, rec [][]byte) [][]byte{
		"changed":   func(_, _ *records, rec [][]byte) [][]byte { rec[1][7] ^= 1; return rec },
		"tag":       func(_, _ *records, rec [][]byte) [][]byte { rec[1][len(rec[1])-1] ^= 1; return rec },
		"shorter":   func(_, _ *records, rec [][]byte) [][]byte { rec[1][0]--; return rec },
		"left out":  func(_, _ *records, rec [][]byte) [][]byte { return [][]byte{rec[0], rec[2]} },
		"doubled":   func(_, _ *records, rec [][]byte) [][]byte { return [][]byte{rec[0], rec[0], rec[1]} },
		"moved":     func(_, _ *records, rec [][]byte) [][]byte { return [][]byte{rec[0], rec[2], rec[1]} },
		"huge":      func(_, _ *records, rec [][]byte) [][]byte { rec[1][3] = 0x7f; return rec },
		"empty":     func(_, _ *records, rec [][]byte) [][]byte { return [][]byte{rec[0], {16, 0, 0, 0}, rec[1]} },
		"reflected": func(_, b *records, rec [][]byte) [][]byte { return [][]byte{rec[0], sealed(t, b, parts[1])} },
		"cut off":   func(_, _ *records, rec [][]byte) [][]byte { return [][]byte{rec[0], rec[1][:len(rec[1])-1]} },
	} {
		a, b, wire := ends(t)
		var recs [][]byte
		for _, p := range parts {
			recs = append(recs, sealed(t, a, p))
		}
		for _, r := range forge(a, b, recs) {
			wire.Write(r)
		}
		got, err := io.ReadAll(reader{b})
		if string(got) != "first" || err == nil {
			t.Errorf("%s: %q, %v", name, got, err)
		}
		if _, again := b.read(make([]byte, 10)); again == nil {
			t.Errorf("%s: it goes on", name)
		}
	}
}

// TestRecordsAndAgain: an error that passes loses nothing.
func TestRecordsAndAgain(t *testing.T) {
	a, b, _ := ends(t)
	wire := sealed(t, a, []byte("hello"), []byte("world"))
	again := errors.New("again")
	at := 0
	b.c.src = readerFunc(func(p []byte) (int, error) {
		if at++; at%2 == 1 {
			return 0, again
		}
		n := copy(p[:min(len(p), 3)], wire)
		wire = wire[n:]
		return n, nil
	})
	var got []byte
	for p := make([]byte, 4); len(got) < 10; {
		n, err := b.read(p)
		if err != nil && err != again {
			t.Fatal(err)
		}
		got = append(got, p[:n]...)
	}
	if string(got) != "helloworld" {
		t.Errorf("%q", got)
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(b []byte) (int, error) { return f(b) }

// FuzzRecords reads any bytes as records, behind one that is right: nothing comes out
// of them, and no more memory is taken than two records need.
func FuzzRecords(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte{17, 0, 0, 0})
	f.Add(append([]byte{17, 0, 0, 0}, make([]byte, 17)...))
	f.Add([]byte{0xff, 0xff, 0xff, 0xff, 1})
	f.Fuzz(func(t *testing.T, data []byte) {
		a, b, wire := ends(t)
		wire.Write(sealed(t, a, []byte("right")))
		wire.Write(data)
		got, err := io.ReadAll(reader{b})
		if string(got) != "right" || (err == nil) != (len(data) == 0) {
			t.Errorf("%q, %v", got, err)
		}
		if len(b.buf) > 2*(recordHead+maxPlain+recordTag) {
			t.Errorf("a buffer of %d bytes", len(b.buf))
		}
	})
}

// BenchmarkSeal compares what a seal costs by the three ways there are; the note in
// record.go follows from it.
func BenchmarkSeal(b *testing.B) {
	for _, size := range []int{100, 1000, 64 << 10} {
		plain := make([]byte, size)
		rand.Read(plain)
		out, in, _ := ends(b)
		name := map[int]string{100: "100", 1000: "1000", 64 << 10: "65536"}[size]
		b.Run("gcm/"+name, func(b *testing.B) {
			b.SetBytes(int64(size))
			var dst []byte
			for b.Loop() {
				dst, _ = out.seal(dst[:0], plain)
			}
		})
		b.Run("gcm-tag-only/"+name, func(b *testing.B) {
			b.SetBytes(int64(size))
			var dst []byte
			for b.Loop() {
				nonce, _ := in.out.next()
				dst = in.out.aead.Seal(append(dst[:0], plain...), nonce, nil, plain)
			}
		})
		b.Run("hmac/"+name, func(b *testing.B) {
			b.SetBytes(int64(size))
			mac := hmac.New(sha256.New, make([]byte, 32))
			var dst []byte
			for b.Loop() {
				mac.Reset()
				mac.Write(plain)
				dst = mac.Sum(append(dst[:0], plain...))
			}
		})
	}
}
