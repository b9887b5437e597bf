package wal

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"log/slog"
	"os"
	"path/filepath"

	"go.etcd.io/etcd/client/pkg/v3/fileutil"
)

// reached is how far a log is known to have come: these are on disk, and
// others may have been told so.
type reached struct {
	Number uint64 // of the last record
	// Of a log of the first format; see first.go.
	Index, EntryTerm uint64 // the last entry
	Term, Vote       uint64 // the last hard state
}

// syncedFile tells a torn tail from a damaged one. A checksum that does not match looks
// the same in both cases. The first may be cut off, because nobody was ever told of it.
// The second must not, because the entries that follow were promised to others.
//
// The file is written after every sync of the log and is itself not synced. So it costs
// a system call and no disk write. After the death of the process it is exact. After a
// loss of power it may be some seconds old, and is then still a lower bound: it never
// runs ahead of the log.
//
// Its lock keeps a second process out.
type syncedFile struct {
	f   *fileutil.LockedFile
	buf [syncedBytes]byte
}

const (
	syncedMagic = "msrwal2\n"
	syncedBytes = 8 + 8 + 4 // magic, the number, CRC-32C of both

	firstMagic = "msrwal1\n"
	firstBytes = 8 + 4*8 + 4 // magic, index, its term, term, vote, CRC-32C
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func openSynced(dir string) (*syncedFile, error) {
	path := filepath.Join(dir, "synced")
	f, err := fileutil.TryLockFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if errors.Is(err, fileutil.ErrLocked) {
		return nil, fmt.Errorf("wal %s: in use by another process", dir)
	}
	if err != nil {
		return nil, fmt.Errorf("wal %s: %w", dir, err)
	}
	return &syncedFile{f: f}, nil
}

// read returns what the file says. Without a usable one nothing is known, and
// only the looks of the tail decide.
func (s *syncedFile) read(log *slog.Logger) (reached, error) {
	var buf [firstBytes]byte
	n, err := s.f.ReadAt(buf[:], 0)
	if err != nil && err != io.EOF {
		return reached{}, fmt.Errorf("wal: read: %w", err)
	}
	u := func(i int) uint64 { return binary.LittleEndian.Uint64(buf[8+8*i:]) }
	sealed := func(magic string, size int) bool {
		return n >= size && string(buf[:8]) == magic &&
			binary.LittleEndian.Uint32(buf[size-4:size]) == crc32.Checksum(buf[:size-4], castagnoli)
	}
	switch {
	case n == 0:
		return reached{}, nil
	case sealed(syncedMagic, syncedBytes):
		return reached{Number: u(0)}, nil
	case sealed(firstMagic, firstBytes):
		return reached{Index: u(0), EntryTerm: u(1), Term: u(2), Vote: u(3)}, nil
	}
	log.Warn("ignored: not a record of what is synced", "path", s.f.Name())
	return reached{}, nil
}

// write notes that the record number is on disk.
func (s *syncedFile) write(number uint64) error {
	b := append(s.buf[:0], syncedMagic...)
	b = binary.LittleEndian.AppendUint64(b, number)
	b = binary.LittleEndian.AppendUint32(b, crc32.Checksum(b, castagnoli))
	if _, err := s.f.WriteAt(b, 0); err != nil {
		return fmt.Errorf("write: %w", err)
	}
	return nil
}

func (s *syncedFile) reset() error {
	if err := s.f.Truncate(0); err != nil {
		return fmt.Errorf("wal: %w", err)
	}
	if err := s.f.Sync(); err != nil {
		return fmt.Errorf("wal: %w", err)
	}
	return nil
}

// close makes the file durable, so that damage to a log at rest is always
// found out.
func (s *syncedFile) close() error {
	if s == nil || s.f == nil {
		return nil
	}
	err := errors.Join(s.f.Sync(), s.f.Close())
	s.f = nil
	return err
}
