package wal

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"go.etcd.io/etcd/client/pkg/v3/fileutil"
	"go.etcd.io/etcd/server/v3/storage/wal"
	"go.etcd.io/etcd/server/v3/storage/wal/walpb"
	"go.etcd.io/raft/v3/raftpb"
)

// CorruptError is damage that no interrupted write explains. The log must not
// be used: entries or votes that others rely on may be missing from it.
type CorruptError struct {
	Path   string // the file
	Offset int64  // of the first bad record in it
	Reason string
}

func (e *CorruptError) Error() string {
	return fmt.Sprintf("wal %s: corrupt at offset %d: %s", e.Path, e.Offset, e.Reason)
}

// contents is what a log that was read without fault holds.
type contents struct {
	path   string // last segment
	offset int64  // behind its last record
	// first and seq are the numbers of the first segment and of the last.
	first, seq uint64
	metadata   []byte
	last       uint64 // number of the last record
	numbered   bool   // there is a record of a group; if not, last is an index of raft
	groups     map[uint64]*replay
}

// readLog reads all segments, and checks what etcd's reader takes on trust. The reader
// would make three mistakes. It would end the log without a word at a sector of zeros in
// the middle of it. It would cut off all that follows a damaged length. It would read a
// record whose type has a flipped bit as one of another kind.
//
// It returns a *tornError for a tail that may be cut off, and a *CorruptError for what
// may not.
func readLog(dir string, must reached) (*contents, error) {
	segs, err := listSegments(dir)
	if err != nil {
		return nil, err
	}
	c := &checker{must: must}
	c.first, c.groups = segs[0].seq, map[uint64]*replay{}
	for i, s := range segs {
		if i > 0 && s.seq != c.seq+1 {
			return nil, &CorruptError{segs[i-1].path, segs[i-1].size, fmt.Sprintf("the segment after it is missing, %s comes next", filepath.Base(s.path))}
		}
		c.seq = s.seq
		if s.first > 0 {
			c.last = max(c.last, s.first-1) // the name says what comes next
		}
		if err := c.segment(s, i == len(segs)-1); err != nil {
			return nil, err
		}
	}
	if lack := c.lacking(); lack != "" {
		return nil, &CorruptError{c.path, c.offset, "the log ends here, without " + lack}
	}
	for _, id := range slices.Sorted(maps.Keys(c.groups)) {
		if err := c.groups[id].whole(); err != nil {
			return nil, &CorruptError{c.path, c.offset, fmt.Sprintf("group %d: %v", id, err)}
		}
	}
	return &c.contents, nil
}

// checker follows the records of a log.
type checker struct {
	contents
	must reached

	crc   uint32 // of everything so far, carried from segment to segment
	begun bool   // crc holds
	firstFormat
}

// lacking names what is known to have been synced and was not read.
func (c *checker) lacking() string {
	if c.last < c.must.Number {
		return fmt.Sprintf("record %d, which was on disk", c.must.Number)
	}
	if r := c.groups[0]; r != nil && c.must.Index <= r.mark.Index {
		c.entry = true // it may lie in a segment that is gone
	}
	return c.firstFormat.lacking(c.must)
}

// segment reads one file to its end.
func (c *checker) segment(s segment, isLast bool) error {
	f, err := os.Open(s.path)
	if err != nil {
		return fmt.Errorf("wal: %w", err)
	}
	defer f.Close()

	dec := wal.NewDecoder(fileutil.NewFileReader(f))
	var rec walpb.Record
	for n := 0; ; n++ {
		off := dec.LastOffset()
		err := dec.Decode(&rec)
		if err == nil {
			err = c.record(n, &rec, dec)
		} else if errors.Is(err, io.EOF) {
			if n < headRecords {
				return &CorruptError{s.path, off, "the head of the segment is missing"}
			}
			zero, zerr := zeroFrom(f, off)
			if zerr != nil {
				return fmt.Errorf("wal %s: %w", s.path, zerr)
			}
			if zero {
				c.crc = dec.LastCRC()
				c.path, c.offset = s.path, off
				return nil
			}
			err = errors.New("a record without length, and data behind it")
		}
		if err == nil {
			continue
		}
		if pathErr := (*os.PathError)(nil); errors.As(err, &pathErr) {
			return fmt.Errorf("wal: %w", err)
		}
		return c.judge(s, f, off, isLast && n >= headRecords, err)
	}
}

// headRecords begin every segment and are synced before it has its name: the
// checksum so far and the metadata.
const headRecords = 2

// judge decides whether the bad record at off is the unfinished end of the log.
func (c *checker) judge(s segment, f *os.File, off int64, mayBeTorn bool, cause error) error {
	bad := &CorruptError{s.path, off, cause.Error()}
	if !mayBeTorn {
		return bad
	}
	if lack := c.lacking(); lack != "" {
		bad.Reason += "; the log before it lacks " + lack
		return bad
	}
	torn, err := looksTorn(f, off)
	if err != nil {
		return fmt.Errorf("wal %s: %w", s.path, err)
	}
	if !torn {
		return bad
	}
	return &tornError{path: s.path, offset: off, cause: cause}
}

// record checks one record whose checksum is right.
func (c *checker) record(n int, rec *walpb.Record, dec wal.Decoder) error {
	if (n == 0) != (rec.GetType() == wal.CrcType) || (n == 1) != (rec.GetType() == wal.MetadataType) {
		return fmt.Errorf("record %d of the segment is of type %d", n, rec.GetType())
	}
	switch rec.GetType() {
	case wal.CrcType:
		if c.begun && rec.GetCrc() != c.crc {
			return errors.New("the checksum does not continue that of the segment before")
		}
		c.begun = true
		dec.UpdateCRC(rec.GetCrc())
	case wal.MetadataType:
		if c.metadata != nil && !bytes.Equal(c.metadata, rec.Data) {
			return errors.New("metadata of another log")
		}
		c.metadata = append([]byte{}, rec.Data...)
	case wal.EntryType:
		f, data, ok := numbers(rec.Data, 3, 4)
		if !ok || f[1] > uint64(raftpb.EntryConfChangeV2) {
			return errors.New("not an entry")
		}
		if f[2] != 0 {
			return c.firstEntry(rec.Data)
		}
		return c.groupRecord(f[3], data)
	case wal.StateType:
		return c.firstState(rec.Data)
	case wal.SnapshotType:
		return c.firstMark(rec.Data)
	default:
		return fmt.Errorf("record of unknown type %d", rec.GetType())
	}
	return nil
}

// groupRecord follows the record number of a group.
func (c *checker) groupRecord(number uint64, data []byte) error {
	if c.numbered && number != c.last+1 || number <= c.last {
		return fmt.Errorf("record %d follows record %d", number, c.last)
	}
	rec, err := decodeRecord(data)
	if err != nil {
		return err
	}
	c.last, c.numbered = number, true
	if err := c.group(rec.group).add(&rec, c.seq); err != nil {
		return fmt.Errorf("group %d: %w", rec.group, err)
	}
	return nil
}

func (c *checker) group(id uint64) *replay {
	r := c.groups[id]
	if r == nil {
		r = &replay{}
		c.groups[id] = r
	}
	return r
}
