package rdb

import "encoding/binary"

// StreamID is the ID of an entry of a stream.
type StreamID struct{ MS, Seq uint64 }

// StreamFigures are what a stream knows besides its entries.
type StreamFigures struct {
	Length uint64
	Last   StreamID
	// MaxDeleted and Added are not known of streams that were written before
	// Redis 7.
	Known      bool
	MaxDeleted StreamID
	Added      uint64
}

// StreamVisitor takes the parts of a stream in this order: chunks, figures, groups.
// Each group comes with its pending entries, its consumers and the entries that are
// pending for each of them.
type StreamVisitor interface {
	// Chunk is a listpack of entries; id is what their IDs are relative to.
	Chunk(id StreamID, listpack []byte) error
	Figures(f StreamFigures) error
	// Group has read so many entries since the first one; -1: that is not
	// known. Before Redis 7 it is not even known whether it is.
	Group(name []byte, last StreamID, read int64, known bool) error
	Pending(id StreamID, delivered int64, count uint64) error
	// Consumer last asked for something when it was seen, and last got something when
	// it was active; -1: it never did. Before Redis 7.2 the latter is not known, and
	// taken to be the former.
	Consumer(name []byte, seen, active int64) error
	Owns(id StreamID) error
}

// Stream hands the parts of a stream to v.
func (d *Decoder) Stream(t Type, v StreamVisitor) error {
	if t.Family() != FamilyStream {
		return ErrFormat
	}
	err := d.times(func() error {
		id, err := d.Bytes()
		if err != nil || len(id) != rawID {
			return ErrFormat
		}
		listpack, err := d.Bytes()
		if err != nil {
			return err
		}
		return v.Chunk(parseRawID(id), listpack)
	})
	if err != nil {
		return err
	}
	f := StreamFigures{Known: t != TypeStream}
	var first StreamID // follows from the entries
	figures := []*uint64{&f.Length, &f.Last.MS, &f.Last.Seq, &first.MS, &first.Seq, &f.MaxDeleted.MS, &f.MaxDeleted.Seq, &f.Added}
	if !f.Known {
		figures = figures[:3]
	}
	if err := d.numbers(figures...); err != nil {
		return err
	}
	if err := v.Figures(f); err != nil {
		return err
	}
	return d.times(func() error { return d.group(t, v) })
}

func (d *Decoder) group(t Type, v StreamVisitor) error {
	name, err := d.Bytes()
	if err != nil {
		return err
	}
	var last StreamID
	var read uint64
	figures, known := []*uint64{&last.MS, &last.Seq, &read}, t != TypeStream
	if !known {
		figures = figures[:2]
	}
	if err := d.numbers(figures...); err != nil {
		return err
	}
	if int64(read) < -1 {
		return ErrFormat
	}
	if err := v.Group(name, last, int64(read), known); err != nil {
		return err
	}
	err = d.times(func() error {
		id, err := d.take(rawID)
		if err != nil {
			return err
		}
		delivered, err := d.Millis()
		if err != nil {
			return err
		}
		count, err := d.Len()
		if err != nil {
			return err
		}
		return v.Pending(parseRawID(id), delivered, count)
	})
	if err != nil {
		return err
	}
	return d.times(func() error { return d.consumer(t, v) })
}

func (d *Decoder) consumer(t Type, v StreamVisitor) error {
	name, err := d.Bytes()
	if err != nil {
		return err
	}
	seen, err := d.Millis()
	if err != nil {
		return err
	}
	active := seen
	if t == TypeStream3 {
		if active, err = d.Millis(); err != nil {
			return err
		}
	}
	if err := v.Consumer(name, seen, active); err != nil {
		return err
	}
	return d.times(func() error {
		id, err := d.take(rawID)
		if err != nil {
			return err
		}
		return v.Owns(parseRawID(id))
	})
}

// times reads a number and calls fn so many times.
func (d *Decoder) times(fn func() error) error {
	n, err := d.count()
	for ; n > 0 && err == nil; n-- {
		err = fn()
	}
	return err
}

func (d *Decoder) numbers(to ...*uint64) error {
	for _, p := range to {
		n, err := d.Len()
		if err != nil {
			return err
		}
		*p = n
	}
	return nil
}

// rawID is the length of an ID as bytes: two numbers, big endian.
const rawID = 16

func parseRawID(b []byte) StreamID {
	return StreamID{binary.BigEndian.Uint64(b), binary.BigEndian.Uint64(b[8:])}
}

// RawID returns the bytes of an ID.
func (id StreamID) RawID() []byte {
	return binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, id.MS), id.Seq)
}

// ID appends an ID as two numbers.
func (e *Encoder) ID(id StreamID) {
	e.Len(id.MS)
	e.Len(id.Seq)
}

// ListpackBody returns the packed elements of a listpack, which is checked.
func ListpackBody(b []byte) ([]byte, error) {
	if err := eachListpack(b, func([]byte) error { return nil }); err != nil {
		return nil, err
	}
	return b[lpHead : len(b)-1], nil
}

// AddPacked appends n elements that are packed already.
func (l *Listpack) AddPacked(body []byte, n int) {
	l.start()
	l.n += n - 1
	l.b = append(l.b, body...)
}
