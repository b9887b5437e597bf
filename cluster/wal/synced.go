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
	Index, EntryTerm uint64 // the last entry that was synced
	Term, Vote       uint64 // the last hard state that was synced
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
	now reached
	buf [syncedBytes]byte
}

const (
	syncedMagic = "msrwal1\n"
	syncedBytes = 8 + 4*8 + 4 // magic, four numbers, CRC-32C of both
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
	var buf [syncedBytes]byte
	n, err := s.f.ReadAt(buf[:], 0)
	if err != nil && err != io.EOF {
		return reached{}, fmt.Errorf("wal: read: %w", err)
	}
	body := buf[:syncedBytes-4]
	switch {
	case n == 0:
		return reached{}, nil
	case n < syncedBytes || string(body[:8]) != syncedMagic ||
		binary.LittleEndian.Uint32(buf[syncedBytes-4:]) != crc32.Checksum(body, castagnoli):
		log.Warn("ignored: not a record of what is synced", "path", s.f.Name())
		return reached{}, nil
	}
	u := func(i int) uint64 { return binary.LittleEndian.Uint64(body[8+8*i:]) }
	return reached{Index: u(0), EntryTerm: u(1), Term: u(2), Vote: u(3)}, nil
}

func (s *syncedFile) write(r reached) error {
	s.now = r
	b := append(s.buf[:0], syncedMagic...)
	for _, v := range [...]uint64{r.Index, r.EntryTerm, r.Term, r.Vote} {
		b = binary.LittleEndian.AppendUint64(b, v)
	}
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
