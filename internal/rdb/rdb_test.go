package rdb

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
)

func TestCRC(t *testing.T) {
	if got := crc(0, []byte("123456789")); got != 0xe9c6d914c4b8d9ca { // from Redis's crc64.c
		t.Errorf("%x", got)
	}
	if got := crc(crc(0, []byte("1234")), []byte("56789")); got != 0xe9c6d914c4b8d9ca {
		t.Errorf("in two parts: %x", got)
	}
}

func TestLZF(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for n := range 2000 {
		src := make([]byte, r.IntN(n*5+1))
		for i := range src {
			src[i] = byte(r.IntN(1 + n%7))
		}
		block, ok := lzfCompress([]byte("in front"), src)
		if !ok {
			continue
		}
		if block = block[len("in front"):]; len(block) > len(src)-4 {
			t.Fatalf("%d bytes become %d", len(src), len(block))
		}
		if got, ok := lzfDecompress(block, uint64(len(src))); !ok || !bytes.Equal(got, src) {
			t.Fatalf("%q comes back as %q", src, got)
		}
		for _, wrong := range []uint64{uint64(len(src)) - 1, uint64(len(src)) + 1, 1 << 63} {
			if _, ok := lzfDecompress(block, wrong); ok {
				t.Fatalf("%d bytes decompress to %d", len(src), wrong)
			}
		}
	}
	if out, ok := lzfDecompress([]byte{0xff}, 1<<40); ok || out != nil {
		t.Error("a length that cannot be is believed")
	}
}

func FuzzLZF(f *testing.F) {
	block, _ := lzfCompress(nil, bytes.Repeat([]byte("abcabd"), 100))
	f.Add(block, uint(600))
	f.Add([]byte{0, 'a', 0x20, 0}, uint(4))
	f.Fuzz(func(t *testing.T, src []byte, n uint) {
		if out, ok := lzfDecompress(src, uint64(n)); ok && uint(len(out)) != n {
			t.Fatalf("%d bytes, not %d", len(out), n)
		}
		if block, ok := lzfCompress(nil, src); ok {
			if out, ok := lzfDecompress(block, uint64(len(src))); !ok || !bytes.Equal(out, src) {
				t.Fatal("not what was compressed")
			}
		}
	})
}

const example = "testdata/redis-7.0.15.rdb"

// describe lists what a file has.
func describe(f *File) (string, error) {
	var out strings.Builder
	for {
		r, err := f.Next()
		if err == io.EOF {
			fmt.Fprintf(&out, "functions %q modules %q\n", f.Functions, f.Modules)
			return out.String(), nil
		}
		if err != nil {
			return out.String(), err
		}
		fmt.Fprintf(&out, "%d %s: %s (%d), %d bytes, deadline %d, idle %d\n", r.DB, r.Key, Describe(r.Value), r.Value[0], len(r.Value), r.Deadline, r.Idle)
	}
}

// TestFile reads a file that SAVE of Redis 7.0.15 has written.
func TestFile(t *testing.T) {
	in, err := os.ReadFile(example)
	if err != nil {
		t.Fatal(err)
	}
	f, err := NewFile(bytes.NewReader(in))
	if err != nil {
		t.Fatal(err)
	}
	got, err := describe(f)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"0 int: string (0), 3 bytes, deadline 0, idle -1\n",
		"0 text: string (0), 7 bytes, deadline 33000000000123, idle -1\n",
		"0 stream: stream (19), ", "0 list: list (18), ", "0 ints: set (11), ", "0 set: set (2), ", "0 hash: hash (16), ",
		"0 table: hash (4), ", "0 zset: sorted set (17), ", "0 skiplist: sorted set (5), ",
		"5 other: string (0), 4 bytes, deadline 33000000000000, idle -1\n",
		`functions ["mylib"] modules []`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	if f.Read() != int64(len(in)) {
		t.Errorf("read %d of %d bytes", f.Read(), len(in))
	}
	for n := range in { // a file that ends early is never a whole one
		f, err := NewFile(bytes.NewReader(in[:n]))
		if err == nil {
			_, err = describe(f)
		}
		if err == nil {
			t.Errorf("the first %d bytes pass for a file", n)
		}
	}
	for i := range in { // nor is one with a wrong byte
		damaged := bytes.Clone(in)
		damaged[i] ^= 0x10
		f, err := NewFile(bytes.NewReader(damaged))
		if err == nil {
			_, err = describe(f)
		}
		if err == nil && i != 8 && damaged[8] == in[8] {
			t.Errorf("a wrong byte %d is not noticed", i)
		}
	}
}

// TestFileParts reads what other versions of Redis and modules write.
func TestFileParts(t *testing.T) {
	length := func(n uint64) string {
		e := &Encoder{}
		e.Len(n)
		return string(e.b)
	}
	id := uint64(0)
	for _, c := range "ReJSON-RL" {
		id = id<<6 | uint64(strings.IndexRune("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", c))
	}
	module := length(id<<10 | 3)
	body := "\x02\x01\x01\x80\xff\xff\xff\xff\x03abcd\x04abcdefgh\x05\x02hi\x00"
	file := magic + "0012" +
		"\xfa\x01a\x01b" + // aux
		"\xf7" + module + "\x02\x02" + body +
		"\xfe\x07" + "\xfb\x02\x01" + "\xf4\x01\x02\x03" + // database, sizes, slot
		"\xfd\x01\x00\x00\x00" + "\xf8\x09" + "\x00\x01a\xc0\x05" +
		"\xf9\x05" + "\x07\x01m" + module + body +
		"\x18\x01h" + strings.Repeat("\x00", 8) + "\x01\x00\x01f\x01v" +
		"\x03\x01z\x02\x01a\xfe\x01b\x011" +
		"\xff"
	sum := crc(0, []byte(file))
	for name, tail := range map[string]string{
		"with a checksum": string(binary.LittleEndian.AppendUint64(nil, sum)),
		"without one":     strings.Repeat("\x00", 8),
	} {
		f, err := NewFile(strings.NewReader(file + tail))
		if err != nil {
			t.Fatal(err)
		}
		got, err := describe(f)
		want := "7 a: string (0), 3 bytes, deadline 1000, idle 9\n" +
			"7 m: value of module ReJSON-RL (7), 37 bytes, deadline 0, idle -1\n" +
			"7 h: hash with deadlines of its fields (24), 15 bytes, deadline 0, idle -1\n" +
			"7 z: sorted set (3), 9 bytes, deadline 0, idle -1\n" +
			"functions [] modules [\"ReJSON-RL\"]\n"
		if err != nil || got != want {
			t.Errorf("%s: %v\n%s", name, err, got)
		}
	}
	for name, file := range map[string]string{
		"another file":       "hello, I am text",
		"a newer version":    magic + "0099",
		"no version":         magic + "00x1",
		"wrong checksum":     file + "12345678",
		"unknown type":       magic + "0011\x63\x01a",
		"old module":         magic + "0011\x06\x01a\x01",
		"unknown part":       magic + "0011\xf6\x01a",
		"too large a number": magic + "0011\xfe\x81\xff\xff\xff\xff\xff\xff\xff\xff",
		"endless string":     magic + "0011\x00\x81\xff\xff\xff\xff\xff\xff\xff\xff",
	} {
		f, err := NewFile(strings.NewReader(file))
		if err == nil {
			_, err = describe(f)
		}
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// FuzzFile reads files that may be anything. Whatever value it finds has to be
// one that the Decoder can look at without harm.
func FuzzFile(f *testing.F) {
	in, err := os.ReadFile(example)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(in)
	f.Add([]byte(magic + "0011\xfe\x01\x00\x01a\xc0\x05\xff12345678"))
	f.Fuzz(func(t *testing.T, in []byte) {
		file, err := NewFile(bytes.NewReader(in))
		if err != nil {
			return
		}
		for {
			r, err := file.Next()
			if err != nil {
				return
			}
			if Describe(r.Value) == "" || file.Read() > int64(len(in)) {
				t.Fatal("read more than there is")
			}
			walk(r.Value)
		}
	})
}

// walk looks at all of a value.
func walk(value []byte) {
	typ, d := Type(value[0]), NewDecoder(value[1:])
	bytes := 0
	see := func(b ...[]byte) error {
		for _, e := range b {
			bytes += len(e)
		}
		return nil
	}
	switch typ.Family() {
	case FamilyString:
		_, _ = d.Bytes()
	case FamilyList:
		_ = d.List(typ, func(e []byte) error { return see(e) })
	case FamilySet:
		_ = d.Set(typ, func(m []byte) error { return see(m) })
	case FamilyZSet:
		_ = d.ZSet(typ, func(m []byte, _ float64) error { return see(m) })
	case FamilyHash:
		_ = d.Hash(typ, func(field, value []byte, _ int64) error { return see(field, value) })
	}
}

// TestOpen: what is wrong with a payload is told apart.
func TestOpen(t *testing.T) {
	e := NewEncoder(TypeString)
	e.Bytes([]byte("hello"))
	payload := e.Payload()
	if typ, d, err := Open(payload); err != nil || typ != TypeString {
		t.Error(typ, err)
	} else if b, err := d.Bytes(); err != nil || string(b) != "hello" {
		t.Error(string(b), err)
	}
	if value, ok := Cut(AppendFooter([]byte("\x00\x01a"), 99)); !ok || string(value) != "\x00\x01a" {
		t.Errorf("Cut: %q %v", value, ok)
	}
	for _, tc := range []struct {
		payload []byte
		want    error
	}{
		{nil, ErrFooter}, {payload[:9], ErrFooter}, {payload[:len(payload)-1], ErrFooter}, {payload[2:], ErrFooter},
		{AppendFooter([]byte("\x00\x01a"), MaxVersion+1), ErrFooter}, {AppendFooter(nil, Version), ErrFormat},
	} {
		if _, _, err := Open(tc.payload); !errors.Is(err, tc.want) {
			t.Errorf("%q: %v", tc.payload, err)
		}
	}
}
