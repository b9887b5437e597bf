package shelf

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
)

// Pebble takes a damaged record in its manifest for the end of the manifest, as it
// would be after a crash. It opens the state that is left, down to an empty one. So the
// index of the newest snapshot is also written to a file of its own, once the snapshot
// is safe. An older snapshot must not come back.
//
// The file is 8 bytes index, 4 bytes CRC-32C of them.
const newestBytes = 12

func (s *Shelf) newestPath() string { return filepath.Join(s.dir, "newest") }

// saveNewest notes that the snapshot at index is safe.
func (s *Shelf) saveNewest(index uint64) error {
	b := binary.LittleEndian.AppendUint64(nil, index)
	b = binary.LittleEndian.AppendUint32(b, crc32.Checksum(b, castagnoli))
	tmp := s.newestPath() + ".tmp"
	f, err := s.fs.Create(tmp, vfs.WriteCategoryUnspecified)
	if err != nil {
		return err
	}
	if _, err = f.Write(b); err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	return rename(s.fs, tmp, s.newestPath())
}

// sound fails if there once was a newer snapshot than Pebble shows. It opens
// Pebble only for reading: opened for writing, it would remove the files that a
// damaged manifest does not mention any more.
func (s *Shelf) sound() error {
	want, err := s.readNewest()
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	o := *s.opts
	o.ReadOnly = true
	db, err := pebble.Open(s.dbDir(), &o)
	if err != nil {
		return err
	}
	m, err := readMeta(db)
	if err = errors.Join(err, db.Close()); err != nil && !errors.Is(err, ErrEmpty) {
		return err
	}
	if m.Index < want {
		return &DamagedError{filepath.Join(s.dbDir(), "MANIFEST"), fmt.Sprintf("it shows the snapshot at index %d, but there was one at index %d", m.Index, want)}
	}
	return nil
}

// blame finds the file that Pebble does not name when it cannot read it: that of
// its options.
func (s *Shelf) blame(err error) error {
	names, lerr := s.fs.List(s.dbDir())
	if lerr != nil {
		return err
	}
	for _, name := range names {
		if !strings.HasPrefix(name, "OPTIONS-") {
			continue
		}
		path := filepath.Join(s.dbDir(), name)
		f, oerr := s.fs.Open(path)
		if oerr != nil {
			continue
		}
		text, rerr := io.ReadAll(f)
		if rerr = errors.Join(rerr, f.Close()); rerr == nil {
			rerr = errors.Join(new(pebble.Options).Parse(string(text), nil), s.opts.CheckCompatibility(s.dbDir(), string(text)))
		}
		if rerr != nil {
			return &DamagedError{path, rerr.Error()}
		}
	}
	return err
}

func (s *Shelf) readNewest() (uint64, error) {
	f, err := s.fs.Open(s.newestPath())
	if err != nil {
		return 0, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, newestBytes+1))
	if err != nil {
		return 0, err
	}
	if len(b) != newestBytes || crc32.Checksum(b[:8], castagnoli) != binary.LittleEndian.Uint32(b[8:]) {
		return 0, &DamagedError{s.newestPath(), "wrong checksum"}
	}
	return binary.LittleEndian.Uint64(b), nil
}
