package shelf

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"maps"
	"math/rand"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
)

// TestStream: a stream shows one snapshot while the next is written, and replaces
// another shelf as a whole.
func TestStream(t *testing.T) {
	t.Parallel()
	base := t.TempDir()
	s := mustOpen(t, filepath.Join(base, "from"))
	if _, _, err := s.Reader(); !errors.Is(err, ErrEmpty) {
		t.Errorf("reading an empty shelf: %v", err)
	}
	model := map[string]string{}
	r := rand.New(rand.NewSource(1))
	must(t, s.Write(meta(1), random(r, model, true)))
	sent := maps.Clone(model)
	body, m, err := s.Reader()
	if err != nil || m.Index != 1 {
		t.Fatal(m, err)
	}
	must(t, s.Write(meta(2), random(r, model, true)))
	data, err := io.ReadAll(iotest.HalfReader(body))
	must(t, err)
	must(t, body.Close())
	must(t, body.Close())

	to := filepath.Join(base, "to")
	old := mustOpen(t, to)
	must(t, old.Write(meta(7), delta{{key: "old", value: "1"}}))
	for _, n := range []int{0, 7, 8, 20, len(data) / 2, len(data) - 1} {
		if _, err := Receive(to, bytes.NewReader(data[:n]), quiet); !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("a stream cut at %d of %d bytes: %v", n, len(data), err)
		}
	}
	for _, n := range []int{3, 9, 14, 40, len(data) / 2, len(data) - 3} {
		bad := slices.Clone(data)
		bad[n] ^= 4
		if _, err := Receive(to, bytes.NewReader(bad), quiet); err == nil {
			t.Errorf("a stream with a flipped bit at %d of %d bytes was taken", n, len(data))
		}
	}
	if _, err := Receive(to, bytes.NewReader(append(data, 0)), quiet); err == nil {
		t.Error("a stream with a byte too many was taken")
	}
	if err := Install(to); err == nil {
		t.Error("installed what was refused")
	}
	got, err := Receive(to, iotest.HalfReader(bytes.NewReader(data)), quiet)
	if err != nil || got.Index != 1 {
		t.Fatal(got, err)
	}
	if len(content(t, old)) != 1 {
		t.Error("receiving changed the shelf in use")
	}
	must(t, old.Close())
	must(t, Install(to))
	fresh := mustOpen(t, to)
	if m, ok := fresh.Meta(); !ok || m.Index != 1 || !maps.Equal(content(t, fresh), sent) {
		t.Fatal("the installed snapshot is another one")
	}
	must(t, errors.Join(fresh.Close(), s.Close()))
	if left, _ := filepath.Glob(to + ".*"); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// TestStreamBesideWrites streams again and again while deltas are written. Every
// delta sets all keys to its number, so a mixture would show.
func TestStreamBesideWrites(t *testing.T) {
	t.Parallel()
	s := inMemory(t)
	write := func(i int) {
		d := delta{}
		for k := 'a'; k <= 'z'; k++ {
			d = append(d, change{key: string(k), value: strings.Repeat(string(rune('0'+i%10)), 4000)})
		}
		must(t, s.Write(meta(i), d))
	}
	write(0)
	var wg sync.WaitGroup
	stop := make(chan struct{})
	for range 2 {
		wg.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				var buf bytes.Buffer
				m, err := s.Stream(&buf)
				if err != nil {
					t.Error(err)
					return
				}
				in := &incoming{r: &buf}
				if got, err := in.begin(); err != nil || got.Index != m.Index {
					t.Errorf("the stream of %d begins with %d, %v", m.Index, got.Index, err)
				}
				c := counter{}
				if err := in.Write(c); err != nil || len(c) != 1 || c[rune('0'+m.Index%10)] != 26 {
					t.Errorf("the stream of %d has values %v, %v", m.Index, c, err)
				}
			}
		})
	}
	for i := 1; i <= 30; i++ {
		write(i)
	}
	close(stop)
	wg.Wait()
	must(t, s.Close())
}

// counter counts values by their first byte.
type counter map[rune]int

func (c counter) Set(_, value []byte) error     { c[rune(value[0])]++; return nil }
func (c counter) Delete([]byte) error           { return errors.New("a deletion in a stream") }
func (c counter) DeleteRange(_, _ []byte) error { return errors.New("a range in a stream") }

// TestCloseBesideReader closes a shelf under an open reader.
func TestCloseBesideReader(t *testing.T) {
	t.Parallel()
	s := inMemory(t)
	must(t, s.Write(meta(1), delta{{key: "a", value: "1"}}))
	body, _, err := s.Reader()
	must(t, err)
	must(t, s.Close())
	if _, err := body.Read(make([]byte, 1)); err == nil {
		t.Error("read from a closed shelf")
	}
	must(t, body.Close())
}

// FuzzReceive decodes arbitrary bytes as a stream, with their checksums put
// right so that the fuzzer gets past them.
func FuzzReceive(f *testing.F) {
	s := inMemory(f)
	must(f, s.Write(meta(1), delta{{key: "a", value: "1"}, {key: "b", value: strings.Repeat("x", 300)}}))
	var whole bytes.Buffer
	_, err := s.Stream(&whole)
	must(f, errors.Join(err, s.Close()))
	f.Add(whole.Bytes())
	f.Add(whole.Bytes()[:whole.Len()/2])
	f.Add([]byte(streamMagic))
	f.Add([]byte(streamMagic + "\xff\xff\xff\x7f\x00\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, data []byte) {
		fixSums(data)
		in := &incoming{r: bytes.NewReader(data)}
		if _, err := in.begin(); err != nil {
			return
		}
		in.Write(&sets{})
		if cap(in.buf) > 2*len(data)+2*chunkTarget {
			t.Errorf("%d bytes came, %d were reserved", len(data), cap(in.buf))
		}
	})
}

type sets struct{ n int }

func (s *sets) Set(_, _ []byte) error         { s.n++; return nil }
func (s *sets) Delete([]byte) error           { return nil }
func (s *sets) DeleteRange(_, _ []byte) error { return nil }

// fixSums puts the checksums of a stream's chunks right.
func fixSums(data []byte) {
	at := len(streamMagic)
	for number := uint64(0); at+chunkHead <= len(data); number++ {
		n := int(binary.LittleEndian.Uint32(data[at:]))
		if n > len(data)-at-chunkHead {
			return
		}
		end := at + chunkHead + n
		binary.LittleEndian.PutUint32(data[at+4:], chunkSum(number, data[at+chunkHead:end]))
		at = end
	}
}
