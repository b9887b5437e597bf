package rdb

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// File reads a dump file, as SAVE and BGSAVE write it: the keys one by one, their
// values as they are.
type File struct {
	// Functions are the libraries of functions that were passed over, and
	// Modules the modules whose own data were. They are complete at the end of
	// the file.
	Functions, Modules []string

	r       *bufio.Reader
	sum     uint64
	buf     []byte // what take has read since the last reset
	version int
	db      int
	read    int64
}

// Record is one key of a dump file.
type Record struct {
	DB       int
	Key      []byte
	Deadline int64  // Unix milliseconds; 0: none
	Idle     int64  // seconds without use; -1: not told
	Value    []byte // type and form of the value; valid until the next record is read
}

// Type returns the type of the value.
func (r *Record) Type() Type { return Type(r.Value[0]) }

// The codes in front of a key in place of a type.
const (
	opSlotInfo  = 244
	opFunction  = 245
	opModuleAux = 247
	opIdle      = 248
	opFreq      = 249
	opAux       = 250
	opResizeDB  = 251
	opExpireMs  = 252
	opExpire    = 253
	opSelectDB  = 254
	opEOF       = 255
)

const (
	magic = "REDIS"
	// checksummed is the first version of files that end with a checksum.
	checksummed = 5
	maxDatabase = 1 << 31
)

// errTruncated: the file is not all there.
var errTruncated = errors.New("rdb: the file ends before its end mark")

// NewFile reads the head of a dump file.
func NewFile(r io.Reader) (*File, error) {
	f := &File{r: bufio.NewReaderSize(r, 1<<20)}
	start, err := f.take(uint64(len(magic) + 4))
	if err != nil || string(start[:len(magic)]) != magic {
		return nil, errors.New("rdb: not a dump file of Redis")
	}
	f.version, err = strconv.Atoi(string(start[len(magic):]))
	if err != nil || f.version < 1 || f.version > MaxVersion {
		return nil, fmt.Errorf("rdb: a dump file of version %q; this program reads versions up to %d, that of Redis 7.4", start[len(magic):], MaxVersion)
	}
	return f, nil
}

// Read returns how many bytes of the file have been read.
func (f *File) Read() int64 { return f.read }

// take reads n bytes behind those in buf. It believes in them as they come.
func (f *File) take(n uint64) ([]byte, error) {
	const step = 1 << 20
	start := len(f.buf)
	for n > 0 {
		k := int(min(n, step))
		f.buf = slices.Grow(f.buf, k)
		part := f.buf[len(f.buf) : len(f.buf)+k]
		if _, err := io.ReadFull(f.r, part); err != nil {
			if err == io.EOF || err == io.ErrUnexpectedEOF {
				err = errTruncated
			}
			return nil, err
		}
		f.buf = f.buf[:len(f.buf)+k]
		n -= uint64(k)
	}
	part := f.buf[start:]
	f.sum = crc(f.sum, part)
	f.read += int64(len(part))
	return part, nil
}

// Next returns the next key, at the end io.EOF: then the checksum was right.
func (f *File) Next() (*Record, error) {
	rec := &Record{Idle: -1}
	for {
		f.buf = f.buf[:0]
		op, err := f.take(1)
		if err != nil {
			return nil, err
		}
		switch op := op[0]; op {
		case opEOF:
			return nil, f.end()
		case opSelectDB:
			n, err := number(f)
			if err != nil || n >= maxDatabase {
				return nil, f.bad("the number of a database", err)
			}
			f.db = int(n)
		case opExpire, opExpireMs, opIdle, opFreq:
			if err := f.attribute(op, rec); err != nil {
				return nil, f.bad("an attribute of a key", err)
			}
		default:
			if op >= opSlotInfo {
				if err := f.pass(op); err != nil {
					return nil, f.bad("data besides the keys", err)
				}
				continue
			}
			return rec, f.key(Type(op), rec)
		}
	}
}

// end compares the checksum.
func (f *File) end() error {
	if f.version < checksummed {
		return io.EOF
	}
	sum := f.sum
	b, err := f.take(8)
	if err != nil {
		return err
	}
	if want := binary.LittleEndian.Uint64(b); want != 0 && want != sum { // 0: rdbchecksum no
		return errors.New("rdb: the checksum of the file is wrong")
	}
	return io.EOF
}

// bad says what could not be read and where.
func (f *File) bad(what string, err error) error {
	if err == nil {
		err = ErrFormat
	}
	return fmt.Errorf("%w: %s, before byte %d", err, what, f.read)
}

// attribute reads what a dump file says of the key that follows.
func (f *File) attribute(op byte, rec *Record) error {
	switch op {
	case opExpire:
		b, err := f.take(4)
		if err != nil {
			return err
		}
		rec.Deadline = littleEndian(b) * 1000
	case opExpireMs:
		b, err := f.take(8)
		if err != nil {
			return err
		}
		rec.Deadline = littleEndian(b)
	case opIdle:
		n, err := number(f)
		if err != nil {
			return err
		}
		const ever = 1 << 32
		rec.Idle = int64(min(n, ever))
	case opFreq:
		_, err := f.take(1)
		return err
	}
	return nil
}

// key reads the key and the value.
func (f *File) key(t Type, rec *Record) error {
	key, err := f.text()
	if err != nil {
		return f.bad("a key", err)
	}
	rec.DB, rec.Key = f.db, slices.Clone(key)
	if t == TypeModulePreGA || t.Family() == FamilyUnknown { // where it ends cannot be told
		return fmt.Errorf("rdb: key %.64q in database %d has a value of type %d, which this program does not know", rec.Key, rec.DB, t)
	}
	f.buf = append(f.buf[:0], byte(t))
	if err := skip(f, t); err != nil {
		return f.bad(fmt.Sprintf("the value of key %.64q in database %d", rec.Key, rec.DB), err)
	}
	rec.Value = f.buf
	return nil
}

// text reads a string.
func (f *File) text() ([]byte, error) {
	start := len(f.buf)
	if err := skipString(f); err != nil {
		return nil, err
	}
	return NewDecoder(f.buf[start:]).Bytes()
}

// pass reads what is none of the data.
func (f *File) pass(op byte) error {
	switch op {
	case opAux:
		return skipStrings(f, 2)
	case opResizeDB:
		return skipNumbers(f, 2)
	case opSlotInfo:
		return skipNumbers(f, 3)
	case opFunction:
		code, err := f.text()
		if err == nil {
			f.Functions = append(f.Functions, library(string(code)))
		}
		return err
	case opModuleAux:
		id, err := number(f)
		if err != nil {
			return err
		}
		if name := moduleName(id); !slices.Contains(f.Modules, name) {
			f.Modules = append(f.Modules, name)
		}
		if err := skipNumbers(f, 2); err != nil { // when it is to be loaded
			return err
		}
		return skipModule(f)
	}
	return ErrFormat
}

// library returns the name in the first line of a library of functions.
func library(code string) string {
	line, _, _ := strings.Cut(code, "\n")
	for _, word := range strings.Fields(line) {
		if name, ok := strings.CutPrefix(word, "name="); ok {
			return name
		}
	}
	return "?"
}
