package shelf

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"slices"
	"sync"

	"github.com/cockroachdb/pebble/v2"

	"github.com/msredis/msredis/internal/failpoint"
	"github.com/msredis/msredis/store"
)

// A stream is
//
//	8 bytes  magic
//	chunk    the meta record
//	chunks   of keys and values, each with its length (uvarint) before it
//	chunk    empty: the end
//	chunk    8 bytes number of keys, 8 bytes length of keys and values together
//
// and a chunk is 4 bytes length, 4 bytes CRC-32C of number and content, and the
// content. Chunks are numbered from 0, so that none can be lost or exchanged.
const (
	streamMagic = "msrsnap1"
	chunkHead   = 8
	// chunkTarget is the length at which a chunk ends; one with a single large
	// value is longer.
	chunkTarget = 256 << 10
	// maxChunk is more than a key and a value together can have.
	maxChunk = 2 << 30
)

func chunkSum(number uint64, content []byte) uint32 {
	sum := crc32.Checksum(binary.LittleEndian.AppendUint64(nil, number), castagnoli)
	return crc32.Update(sum, castagnoli, content)
}

// reader is the newest snapshot as a stream. It makes the stream as it is read.
type reader struct {
	s    *Shelf
	snap *pebble.Snapshot

	mu     sync.Mutex
	it     *pebble.Iterator // nil: closed
	more   bool             // it stands on a key
	chunks uint64
	keys   uint64
	bytes  uint64
	buf    []byte // made and not yet read; buf[at:]
	at     int
	err    error // after buf
}

// Reader returns the newest snapshot as a stream for Receive. Write may go on;
// the reader does not see what it writes. It must be closed.
func (s *Shelf) Reader() (io.ReadCloser, Meta, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, Meta{}, s.wrap(pebble.ErrClosed)
	}
	r := &reader{s: s, snap: s.db.NewSnapshot()}
	m, err := readMeta(r.snap)
	if err == nil {
		r.it, err = r.snap.NewIter(&pebble.IterOptions{LowerBound: dataStart, UpperBound: dataEnd})
	}
	if err != nil {
		r.snap.Close()
		return nil, Meta{}, s.wrap(err)
	}
	record, err := m.encode()
	if err != nil {
		r.it.Close()
		r.snap.Close()
		return nil, Meta{}, s.wrap(err)
	}
	r.buf = append(r.buf, streamMagic...)
	r.chunk(func(b []byte) []byte { return append(b, record...) })
	r.more = r.it.First()
	s.readers[r] = struct{}{}
	return r, m, nil
}

// chunk appends what fill appends, as a chunk.
func (r *reader) chunk(fill func([]byte) []byte) {
	start := len(r.buf)
	r.buf = fill(append(r.buf, make([]byte, chunkHead)...))
	content := r.buf[start+chunkHead:]
	binary.LittleEndian.PutUint32(r.buf[start:], uint32(len(content)))
	binary.LittleEndian.PutUint32(r.buf[start+4:], chunkSum(r.chunks, content))
	r.chunks++
}

func (r *reader) Read(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.it == nil {
		return 0, r.s.wrap(pebble.ErrClosed)
	}
	if r.at == len(r.buf) && r.err == nil {
		r.buf, r.at = r.buf[:0], 0
		if cap(r.buf) > 4*chunkTarget {
			r.buf = nil
		}
		r.make()
	}
	if r.at == len(r.buf) {
		return 0, r.err
	}
	n := copy(p, r.buf[r.at:])
	r.at += n
	return n, nil
}

// make makes the next chunk, or the end.
func (r *reader) make() {
	if !r.more {
		if err := r.it.Error(); err != nil {
			r.err = r.s.wrap(err)
			return
		}
		r.chunk(func(b []byte) []byte { return b })
		r.chunk(func(b []byte) []byte {
			b = binary.LittleEndian.AppendUint64(b, r.keys)
			return binary.LittleEndian.AppendUint64(b, r.bytes)
		})
		r.err = io.EOF
		return
	}
	r.chunk(func(b []byte) []byte {
		for size := 0; r.more && size < chunkTarget; r.more = r.it.Next() {
			value, err := r.it.ValueAndErr()
			if err != nil {
				r.err = r.s.wrap(err)
				return b
			}
			key := r.it.Key()[1:]
			b = slices.Grow(b, len(key)+len(value)+2*binary.MaxVarintLen64)
			b = binary.AppendUvarint(b, uint64(len(key)))
			b = append(b, key...)
			b = binary.AppendUvarint(b, uint64(len(value)))
			b = append(b, value...)
			size += len(key) + len(value)
			r.keys++
			r.bytes += uint64(len(key) + len(value))
		}
		return b
	})
	if r.err != nil {
		r.buf = r.buf[:0] // the chunk is not whole
	}
}

func (r *reader) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.it == nil {
		return nil
	}
	err := errors.Join(r.it.Close(), r.snap.Close())
	r.it = nil
	r.s.mu.Lock()
	delete(r.s.readers, r)
	r.s.mu.Unlock()
	return r.s.wrap(err)
}

var errStream = errors.New("damaged snapshot stream")

// incoming reads a stream; as a Source it writes the keys into a shelf.
type incoming struct {
	r      io.Reader
	buf    []byte
	chunks uint64
}

// begin reads up to the meta record.
func (in *incoming) begin() (Meta, error) {
	var magic [len(streamMagic)]byte
	if _, err := io.ReadFull(in.r, magic[:]); err != nil {
		return Meta{}, broken(err)
	}
	if string(magic[:]) != streamMagic {
		return Meta{}, fmt.Errorf("%w: it begins with %q", errStream, magic)
	}
	b, err := in.next()
	if err != nil {
		return Meta{}, err
	}
	return decodeMeta(b)
}

// broken makes an end that came too early an error.
func broken(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

// next reads a chunk, which is good until the next call. Memory is spent as
// bytes arrive, not as a length promises.
func (in *incoming) next() ([]byte, error) {
	var head [chunkHead]byte
	if _, err := io.ReadFull(in.r, head[:]); err != nil {
		return nil, broken(err)
	}
	n := int(binary.LittleEndian.Uint32(head[:]))
	if n > maxChunk {
		return nil, fmt.Errorf("%w: chunk of %d bytes", errStream, n)
	}
	if cap(in.buf) > 4*chunkTarget && n <= chunkTarget {
		in.buf = nil
	}
	in.buf = in.buf[:0]
	for len(in.buf) < n {
		piece := min(n-len(in.buf), max(len(in.buf), chunkTarget))
		at := len(in.buf)
		if cap(in.buf) < at+piece {
			grown := make([]byte, at, at+piece)
			copy(grown, in.buf)
			in.buf = grown
		}
		in.buf = in.buf[:at+piece]
		if _, err := io.ReadFull(in.r, in.buf[at:]); err != nil {
			return nil, broken(err)
		}
	}
	if chunkSum(in.chunks, in.buf) != binary.LittleEndian.Uint32(head[4:]) {
		return nil, fmt.Errorf("%w: wrong checksum of chunk %d", errStream, in.chunks)
	}
	in.chunks++
	return in.buf, nil
}

// Write puts all keys of the stream into sink. It fails unless the stream is
// whole to its last byte.
func (in *incoming) Write(sink store.Sink) error {
	var keys, size uint64
	for {
		b, err := in.next()
		if err != nil {
			return err
		}
		if len(b) == 0 {
			break
		}
		for len(b) > 0 {
			key, rest, ok := cutBlob(b)
			if !ok {
				return errStream
			}
			value, rest, ok := cutBlob(rest)
			if !ok {
				return errStream
			}
			if err := sink.Set(key, value); err != nil {
				return err
			}
			failpoint.Hit(failpoint.SnapshotChunk)
			keys++
			size += uint64(len(key) + len(value))
			b = rest
		}
	}
	b, err := in.next()
	if err != nil {
		return err
	}
	if len(b) != 16 || binary.LittleEndian.Uint64(b) != keys || binary.LittleEndian.Uint64(b[8:]) != size {
		return fmt.Errorf("%w: it does not hold the number of keys that it should", errStream)
	}
	if n, err := io.ReadFull(in.r, make([]byte, 1)); n > 0 || err != io.EOF {
		return fmt.Errorf("%w: no end behind the end (%v)", errStream, err)
	}
	return nil
}

func cutBlob(b []byte) (blob, rest []byte, ok bool) {
	n, k := binary.Uvarint(b)
	if k <= 0 || n > uint64(len(b)-k) {
		return nil, nil, false
	}
	return b[k : k+int(n)], b[k+int(n):], true
}
