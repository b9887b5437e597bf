package wal

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/msredis/msredis/internal/failpoint"
)

// tornError is a record at the end of the log that was not written out.
type tornError struct {
	path   string
	offset int64
	cause  error
}

func (e *tornError) Error() string {
	return fmt.Sprintf("wal %s: torn at offset %d: %v", e.path, e.offset, e.cause)
}

func (e *tornError) Unwrap() error { return e.cause }

// sectorBytes is what a disk writes as a whole or not at all.
const sectorBytes = 512

// looksTorn reports whether the bad record at off looks like one that was only partly
// written. The space before was zero or not there. So such a record runs beyond the
// file, ends in zeros, or lacks a sector. Anything else is damage, even where nobody is
// known to rely on it.
func looksTorn(f *os.File, off int64) (bool, error) {
	fi, err := f.Stat()
	if err != nil {
		return false, err
	}
	end := fi.Size()
	if off+8 > end {
		return true, nil
	}
	var head [8]byte
	if _, err := f.ReadAt(head[:], off); err != nil {
		return false, err
	}
	field := binary.LittleEndian.Uint64(head[:])
	length, padding := int64(field&^(0xff<<56)), int64(0)
	if field>>63 != 0 {
		padding = int64(field >> 56 & 7)
	}
	if length == 0 || off+8+length+padding > end {
		return true, nil
	}
	last, err := lastNonZero(f, off)
	if err != nil || last < off+8+length {
		return err == nil, err
	}
	data := make([]byte, length)
	if _, err := f.ReadAt(data, off+8); err != nil {
		return false, err
	}
	for at := off + 8; len(data) > 0; {
		n := min(sectorBytes-at%sectorBytes, int64(len(data)))
		if allZero(data[:n]) {
			return true, nil
		}
		data, at = data[n:], at+n
	}
	return false, nil
}

// cut keeps a copy of the segment, cuts the torn record off, and describes what
// it did.
func (e *tornError) cut() (string, error) {
	f, err := os.OpenFile(e.path, os.O_RDWR, 0)
	if err != nil {
		return "", fmt.Errorf("wal: %w", err)
	}
	defer f.Close()
	last, err := lastNonZero(f, e.offset)
	if err != nil {
		return "", fmt.Errorf("wal %s: %w", e.path, err)
	}
	broken := e.path + ".broken"
	failpoint.Hit(failpoint.WALRepair)
	if err := copyFile(broken, f); err != nil {
		return "", fmt.Errorf("wal: %w", err)
	}
	failpoint.Hit(failpoint.WALRepairCopy)
	if err := f.Truncate(e.offset); err != nil {
		return "", fmt.Errorf("wal: %w", err)
	}
	failpoint.Hit(failpoint.WALRepairCut)
	if err := f.Sync(); err != nil {
		return "", fmt.Errorf("wal: %w", err)
	}
	if err := syncDir(filepath.Dir(e.path)); err != nil {
		return "", fmt.Errorf("wal: %w", err)
	}
	return fmt.Sprintf("%d bytes of an unfinished record at offset %d of %s, copy in %s",
		max(last-e.offset, 0), e.offset, e.path, broken), nil
}

func copyFile(to string, from *os.File) error {
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = from.Seek(0, io.SeekStart)
	if err == nil {
		_, err = io.Copy(out, from)
	}
	if err == nil {
		err = out.Sync()
	}
	return errors.Join(err, out.Close())
}

// zeroFrom reports whether all bytes of f from off on are zero.
func zeroFrom(f *os.File, off int64) (bool, error) {
	last, err := lastNonZero(f, off)
	return last <= off, err
}

// lastNonZero returns the offset behind the last byte of f that is not zero, or
// off if there is none from off on.
func lastNonZero(f *os.File, off int64) (int64, error) {
	last, buf := off, make([]byte, 32<<10)
	for {
		n, err := f.ReadAt(buf, off)
		if !allZero(buf[:n]) {
			for i := n - 1; i >= 0; i-- {
				if buf[i] != 0 {
					last = off + int64(i) + 1
					break
				}
			}
		}
		off += int64(n)
		if err == io.EOF {
			return last, nil
		}
		if err != nil {
			return 0, err
		}
	}
}

func allZero(b []byte) bool {
	for len(b) >= 8 {
		if binary.LittleEndian.Uint64(b) != 0 {
			return false
		}
		b = b[8:]
	}
	for _, c := range b {
		if c != 0 {
			return false
		}
	}
	return true
}
