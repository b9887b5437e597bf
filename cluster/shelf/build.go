package shelf

import (
	"bytes"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/cockroachdb/pebble/v2/objstorage/objstorageprovider"
	"github.com/cockroachdb/pebble/v2/sstable"
	"github.com/cockroachdb/pebble/v2/vfs"
)

// builder is the sink that turns a delta into tables for one Ingest. The tables may not
// overlap, so a deleted range that goes on behind the end of one is cut there and
// continued in the next.
//
// In an ingested table all records count as written at the same moment. A deleted range
// only covers keys that were there before: keys that are set within it stay, as
// store.Sink asks.
type builder struct {
	fs    vfs.FS
	dir   string
	opts  sstable.WriterOptions
	split uint64 // size of a table

	w     *sstable.Writer
	paths []string // all tables so far
	key   []byte   // scratch for the key with its prefix
	last  []byte   // the last key, with prefix
	any   bool     // last holds one
	// The deleted range that is not written out yet; empty if end is.
	start, end []byte
}

var errOrder = errors.New("keys are not in ascending order")

// Set is part of store.Sink.
func (b *builder) Set(key, value []byte) error {
	b.key = append(append(b.key[:0], dataPrefix), key...)
	return b.add(b.key, value)
}

// Delete is part of store.Sink.
func (b *builder) Delete(key []byte) error {
	b.key = append(append(b.key[:0], dataPrefix), key...)
	if err := b.point(b.key); err != nil {
		return err
	}
	return b.w.Delete(b.key)
}

// DeleteRange is part of store.Sink. An empty end stands for the end of all keys.
func (b *builder) DeleteRange(start, end []byte) error {
	from := append([]byte{dataPrefix}, start...)
	to := append([]byte{dataPrefix}, end...)
	if len(end) == 0 {
		to = bytes.Clone(dataEnd)
	}
	switch {
	case bytes.Compare(from, to) >= 0:
		return nil
	case b.any && bytes.Compare(from, b.last) <= 0 || len(b.end) > 0 && bytes.Compare(from, b.start) < 0:
		return fmt.Errorf("range from %q: %w", start, errOrder)
	}
	if len(b.end) > 0 && bytes.Compare(from, b.end) <= 0 { // goes on from the one before
		if bytes.Compare(to, b.end) > 0 {
			b.end = to
		}
		return nil
	}
	if err := b.flushRange(from); err != nil {
		return err
	}
	if err := b.table(from); err != nil {
		return err
	}
	b.start, b.end = from, to
	return nil
}

// add sets a key that has its prefix.
func (b *builder) add(key, value []byte) error {
	if err := b.point(key); err != nil {
		return err
	}
	return b.w.Set(key, value)
}

// point gets everything ready for the next key.
func (b *builder) point(key []byte) error {
	if b.any && bytes.Compare(key, b.last) <= 0 || len(b.end) > 0 && bytes.Compare(key, b.start) < 0 {
		return fmt.Errorf("key %q: %w", key[1:], errOrder)
	}
	if err := b.flushRange(key); err != nil {
		return err
	}
	if err := b.table(key); err != nil {
		return err
	}
	b.last, b.any = append(b.last[:0], key...), true
	return nil
}

// flushRange writes the deleted range out if it ends at or before key.
func (b *builder) flushRange(key []byte) error {
	if len(b.end) == 0 || bytes.Compare(b.end, key) > 0 {
		return nil
	}
	err := b.w.DeleteRange(b.start, b.end)
	b.start, b.end = nil, nil
	return err
}

// table makes sure that there is a table with room, which key may go into.
func (b *builder) table(key []byte) error {
	if b.w != nil && b.w.Raw().EstimatedSize() >= b.split {
		if len(b.end) > 0 && bytes.Compare(b.start, key) < 0 {
			if err := b.w.DeleteRange(b.start, key); err != nil {
				return err
			}
			b.start = bytes.Clone(key)
		}
		if err := b.close(); err != nil {
			return err
		}
	}
	if b.w != nil {
		return nil
	}
	path := filepath.Join(b.dir, fmt.Sprintf("%06d.sst", len(b.paths)))
	f, err := b.fs.Create(path, vfs.WriteCategoryUnspecified)
	if err != nil {
		return err
	}
	// Synced bit by bit, so that the end is no flood that others wait behind.
	f = vfs.NewSyncingFile(f, vfs.SyncingFileOptions{BytesPerSync: paceBurst})
	b.paths = append(b.paths, path)
	b.w = sstable.NewWriter(objstorageprovider.NewFileWritable(f), b.opts)
	return nil
}

// close finishes the current table; it is synced.
func (b *builder) close() error {
	w := b.w
	b.w = nil
	return w.Close()
}

// finish finishes the last table.
func (b *builder) finish() error {
	if len(b.end) > 0 {
		if err := b.w.DeleteRange(b.start, b.end); err != nil {
			return err
		}
		b.start, b.end = nil, nil
	}
	return b.close()
}

// abort closes what is open.
func (b *builder) abort() {
	if b.w != nil {
		b.close()
	}
}
