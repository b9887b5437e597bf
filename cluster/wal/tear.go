package wal

import (
	"fmt"
	"os"
	"path/filepath"

	"go.etcd.io/etcd/client/pkg/v3/fileutil"
	"go.etcd.io/etcd/server/v3/storage/wal"
	"go.etcd.io/etcd/server/v3/storage/wal/walpb"

	"github.com/msredis/msredis/internal/failpoint"
)

// saved passes the failpoints behind an append, before the note of it.
func (l *Log) saved() error {
	begun, err := filepath.Glob(filepath.Join(segmentDir(l.dir), fmt.Sprintf("*-%016x.wal", l.last+1)))
	if err == nil && len(begun) > 0 {
		failpoint.Hit(failpoint.WALSegment)
	}
	if err != nil {
		return err
	}
	if failpoint.Torn(failpoint.WALSynced) {
		if err := l.tear(); err != nil {
			return err
		}
		failpoint.Die(failpoint.WALSynced)
	}
	return failpoint.Err(failpoint.WALSynced)
}

// tear makes the last record look as if power was lost while it was written: the
// second half of it is zeros.
func (l *Log) tear() error {
	segs, err := listSegments(segmentDir(l.dir))
	if err != nil {
		return err
	}
	f, err := os.OpenFile(segs[len(segs)-1].path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	dec := wal.NewDecoder(fileutil.NewFileReader(f))
	var rec walpb.Record
	last, end := int64(0), int64(0)
	for dec.Decode(&rec) == nil {
		if rec.GetType() == wal.CrcType {
			dec.UpdateCRC(rec.GetCrc())
		}
		last, end = end, dec.LastOffset()
	}
	return zeroRange(f, (last+end)/2, end)
}
