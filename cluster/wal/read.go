package wal

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"go.etcd.io/etcd/client/pkg/v3/fileutil"
	"go.etcd.io/etcd/server/v3/storage/wal"
	"go.etcd.io/etcd/server/v3/storage/wal/walpb"
	"go.etcd.io/raft/v3/raftpb"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
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

// logEnd is where a log that was read without fault ends.
type logEnd struct {
	path     string // last segment
	offset   int64  // behind its last record
	seenFrom bool   // the mark that reading started from is in the log
}

// readLog reads the segments that Open will read, and checks all that etcd's reader
// takes on trust. The reader would make three mistakes. It would end the log without a
// word at a sector of zeros in the middle of it. It would cut off all that follows a
// damaged length. It would read a record whose type has a flipped bit as one of another
// kind.
//
// It returns a *tornError for a tail that may be cut off, and a *CorruptError for what
// may not.
func readLog(dir string, from Mark, must reached) (logEnd, error) {
	segs, err := listSegments(dir)
	if err != nil {
		return logEnd{}, err
	}
	for len(segs) > 1 && segs[1].first <= from.Index {
		segs = segs[1:]
	}
	if segs[0].first > from.Index {
		return logEnd{}, fmt.Errorf("wal %s: begins above the snapshot: the entries from %d to %d are gone", dir, from.Index+1, segs[0].first-1)
	}
	c := &checker{from: from, must: must, last: from.Index}
	if must.Index <= from.Index {
		c.entry = true // it may lie in a segment that is gone
	}
	c.hard = must.Term == 0
	c.seenFrom = from.Index == 0
	var end logEnd
	for i, s := range segs {
		if i > 0 && s.seq != segs[i-1].seq+1 {
			return logEnd{}, &CorruptError{segs[i-1].path, segs[i-1].size, fmt.Sprintf("the segment after it is missing, %s comes next", filepath.Base(s.path))}
		}
		if end, err = c.segment(s, i == len(segs)-1); err != nil {
			return logEnd{}, err
		}
	}
	if lack := c.lacking(); lack != "" {
		return logEnd{}, &CorruptError{end.path, end.offset, "the log ends here, without " + lack}
	}
	if c.commit > c.last || c.term > 0 && c.lastTerm > c.term {
		return logEnd{}, &CorruptError{end.path, end.offset, fmt.Sprintf("the hard state, term %d and commit index %d, does not go with the last entry, %d of term %d", c.term, c.commit, c.last, c.lastTerm)}
	}
	end.seenFrom = c.seenFrom
	return end, nil
}

// checker follows the records of a log.
type checker struct {
	from Mark
	must reached

	crc          uint32 // of everything so far, carried from segment to segment
	begun        bool   // crc holds
	metadata     []byte // nil: not seen yet
	last         uint64 // index of the last entry
	lastTerm     uint64 // its term; 0 if not known
	term, commit uint64 // of the last hard state
	entry, hard  bool   // how much of must was reached
	seenFrom     bool
}

// lacking names what is known to have been synced and was not read.
func (c *checker) lacking() string {
	switch {
	case !c.entry:
		return fmt.Sprintf("entry %d of term %d, which was on disk", c.must.Index, c.must.EntryTerm)
	case !c.hard:
		return fmt.Sprintf("the vote for %x in term %d, which was on disk", c.must.Vote, c.must.Term)
	}
	return ""
}

// segment reads one file to its end.
func (c *checker) segment(s segment, isLast bool) (logEnd, error) {
	f, err := os.Open(s.path)
	if err != nil {
		return logEnd{}, fmt.Errorf("wal: %w", err)
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
				return logEnd{}, &CorruptError{s.path, off, "the head of the segment is missing"}
			}
			zero, zerr := zeroFrom(f, off)
			if zerr != nil {
				return logEnd{}, fmt.Errorf("wal %s: %w", s.path, zerr)
			}
			if zero {
				c.crc = dec.LastCRC()
				return logEnd{path: s.path, offset: off}, nil
			}
			err = errors.New("a record without length, and data behind it")
		}
		if err == nil {
			continue
		}
		if pathErr := (*os.PathError)(nil); errors.As(err, &pathErr) {
			return logEnd{}, fmt.Errorf("wal: %w", err)
		}
		return logEnd{}, c.judge(s, f, off, isLast && n >= headRecords, err)
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
		return c.entryRecord(rec.Data)
	case wal.StateType:
		return c.stateRecord(rec.Data)
	case wal.SnapshotType:
		return c.markRecord(rec.Data)
	default:
		return fmt.Errorf("record of unknown type %d", rec.GetType())
	}
	return nil
}

func (c *checker) entryRecord(data []byte) error {
	f, ok := numbers(data, 3, 4)
	if !ok || f[1] > uint64(raftpb.EntryConfChangeV2) || f[2] == 0 {
		return errors.New("not an entry")
	}
	term, index := f[2], f[3]
	switch {
	case index <= c.commit:
		return fmt.Errorf("entry %d is written a second time, after it was committed", index)
	case index > c.from.Index && index > c.last+1:
		return fmt.Errorf("entry %d follows entry %d", index, c.last)
	case index > c.from.Index && index == c.last+1 && term < c.lastTerm:
		return fmt.Errorf("entry %d of term %d follows one of term %d", index, term, c.lastTerm)
	}
	if index == c.must.Index && term == c.must.EntryTerm {
		c.entry = true
	}
	if index > c.from.Index {
		c.last, c.lastTerm = index, term
	}
	return nil
}

func (c *checker) stateRecord(data []byte) error {
	f, ok := numbers(data, 3, 0)
	if !ok {
		return errors.New("not a hard state")
	}
	term, vote, commit := f[1], f[2], f[3]
	if term < c.term {
		return fmt.Errorf("term %d follows term %d", term, c.term)
	}
	if term > c.must.Term || term == c.must.Term && vote == c.must.Vote {
		c.hard = true
	}
	c.term, c.commit = term, commit
	return nil
}

func (c *checker) markRecord(data []byte) error {
	var m walpb.Snapshot
	if err := proto.Unmarshal(data, &m); err != nil || len(m.ProtoReflect().GetUnknown()) > 0 {
		return errors.New("not a snapshot mark")
	}
	if m.GetIndex() != c.from.Index {
		return nil
	}
	if m.GetTerm() != c.from.Term {
		return fmt.Errorf("mark at %d is of term %d, the snapshot of term %d", m.GetIndex(), m.GetTerm(), c.from.Term)
	}
	c.seenFrom = true
	return nil
}

// numbers reads a message that has varint fields 1 to n and, unless it is 0, a
// blob field, and nothing else. The type of a record is the one thing its
// checksum does not cover; a record read as another kind does not pass here.
func numbers(data []byte, n int, blob protowire.Number) (f [4]uint64, ok bool) {
	for len(data) > 0 {
		num, typ, k := protowire.ConsumeTag(data)
		if k < 0 {
			return f, false
		}
		data = data[k:]
		switch {
		case typ == protowire.VarintType && num >= 1 && int(num) <= n:
			f[num], k = protowire.ConsumeVarint(data)
		case typ == protowire.BytesType && num == blob:
			_, k = protowire.ConsumeBytes(data)
		default:
			return f, false
		}
		if k < 0 {
			return f, false
		}
		data = data[k:]
	}
	return f, true
}
