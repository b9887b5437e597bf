package wal

import (
	"cmp"
	"slices"
	"time"

	"go.etcd.io/etcd/server/v3/storage/wal"
	"go.etcd.io/raft/v3/raftpb"

	"github.com/msredis/msredis/internal/failpoint"
)

// Group commit between groups.
//
// The goroutine that finds the log free writes itself. So a node with one group has no
// switch of goroutine. Those that come while it writes queue. When it is done it hands the
// log to the first of them, who writes for all that are there: one write and one fsync.

// write is what one call of one group wants written.
type write struct {
	part    *Part
	hard    hardState
	hasHard bool
	mark    *Mark // nil: none
	entries []*raftpb.Entry

	err error
	// wake tells a call that waits: true, write for all that wait; false, err has come.
	wake chan bool
}

// appends reports whether w is more than a mark.
func (w *write) appends() bool { return w.mark == nil }

// commit returns when w is on disk. The caller holds mu, which is released.
func (l *Log) commit(w *write) error {
	batch := l.one[:]
	if l.busy {
		l.queue = append(l.queue, w)
		l.mu.Unlock()
		if !<-w.wake {
			return w.err
		}
		l.mu.Lock()
		batch, l.queue = l.queue, nil
	} else {
		l.busy, batch[0] = true, w
	}
	if err := l.failed; err != nil { // of the goroutine before
		l.release(batch, w, err)
		return err
	}
	l.mu.Unlock()

	err := l.write(batch)

	l.mu.Lock()
	if err == nil {
		for _, b := range batch {
			l.wrote(b)
		}
		l.seq = l.tail // not before: the batch may be in the last segment but one
	}
	l.release(batch, w, err)
	return err
}

// release tells the others of a batch, and hands the log on. The caller holds mu, which
// is released.
func (l *Log) release(batch []*write, own *write, err error) {
	for _, b := range batch {
		if b != own {
			b.err = err
			b.wake <- false
		}
	}
	l.one[0] = nil
	if len(l.queue) > 0 {
		l.queue[0].wake <- true
	} else {
		l.busy = false
	}
	l.mu.Unlock()
}

// wrote notes in its part what was written. The caller holds mu.
func (l *Log) wrote(w *write) {
	p := w.part
	if w.hasHard {
		p.written = w.hard
	}
	if w.mark != nil {
		p.mark = *w.mark
		p.marked(l.seq, w.mark.Index)
	}
	if n := len(w.entries); n > 0 {
		p.place.wrote(l.seq, w.entries[n-1].GetIndex())
	}
}

// write writes a batch and waits for the disk. The writer calls it.
func (l *Log) write(batch []*write) error {
	bytes, appends, marks := 0, false, false
	for _, w := range batch {
		appends = appends || w.appends()
		marks = marks || w.mark != nil
		for _, e := range w.entries {
			bytes += len(e.GetData())
		}
	}
	if marks {
		// Purge comes next, and has to know where the mark is.
		if err := l.look(); err != nil {
			return l.fail("mark", err)
		}
		l.mu.Lock()
		l.seq = l.tail
		l.mu.Unlock()
	}
	start := time.Now()
	if marks {
		if err := failpoint.Err(failpoint.WALMark); err != nil {
			return l.fail("mark", err)
		}
	}
	if appends {
		if err := failpoint.Err(failpoint.WALAppend); err != nil {
			return l.fail("append", err)
		}
	}
	if err := l.save(batch); err != nil {
		return l.fail("append", err)
	}
	if failpoint.Enabled && appends {
		if err := l.saved(); err != nil {
			return l.fail("append", err)
		}
	}
	took := time.Since(start)

	if err := l.synced.write(l.last); err != nil {
		return l.fail("append", err)
	}
	if marks {
		failpoint.Hit(failpoint.WALMarked)
	}
	if !appends {
		return nil
	}
	failpoint.Hit(failpoint.WALNoted)
	if l.unseen += int64(bytes + len(batch)*recordOverhead); l.unseen >= min(lookEvery, wal.SegmentSizeBytes/4) {
		if err := l.look(); err != nil {
			l.log.Warn("cannot look at the write-ahead log's files", "err", err)
		}
		l.spare.want()
	}
	if l.OnSync != nil {
		l.OnSync(took, bytes)
	}
	return nil
}

// maxSave is the size of encoded records at which those are written that are there, in
// bytes. It bounds the memory that a batch takes beside its entries.
const maxSave = 8 << 20

// save gives etcd the records of a batch, which it writes and syncs.
func (l *Log) save(batch []*write) error {
	buf, records := l.buf[:0], l.records[:0]
	for _, w := range batch {
		entries, mark := w.entries, w.mark
		for more := true; more; more = len(entries) > 0 {
			if len(buf) > maxSave {
				if err := l.w.Save(nil, records); err != nil {
					return err
				}
				buf, records = buf[:0], records[:0]
			}
			n, size := 0, recordOverhead
			for n < len(entries) && (n == 0 || size+len(entries[n].GetData()) <= maxRecord) {
				size += len(entries[n].GetData()) + recordOverhead
				n++
			}
			var hard *hardState
			if w.hasHard {
				hard = &hardState{w.hard.term, w.hard.vote, w.hard.commit}
				if n < len(entries) { // the rest may be torn off
					hard.commit = min(hard.commit, entries[n-1].GetIndex())
				}
			}
			at := len(buf)
			buf = appendRecord(slices.Grow(buf, size), w.part.group, hard, mark, entries[:n])
			records = l.add(records, buf[at:len(buf):len(buf)])
			entries, mark = entries[n:], nil
		}
	}
	err := l.w.Save(nil, records)
	for _, e := range records {
		e.Data = nil
	}
	l.records = records
	if l.buf = buf; cap(buf) > 2*maxRecord {
		l.buf = nil
	}
	return err
}

// add gives a record the next number, and uses an entry of an earlier batch for it.
func (l *Log) add(records []*raftpb.Entry, data []byte) []*raftpb.Entry {
	l.last++
	n := len(records)
	if n < cap(records) && records[:n+1][n] != nil {
		records = records[:n+1]
		*records[n].Index, records[n].Data = l.last, data
		return records
	}
	return append(records, &raftpb.Entry{Type: raftpb.EntryNormal.Enum(), Index: new(l.last), Data: data})
}

// writeCommits writes the commit indexes that are not on disk yet. Nobody uses a part any
// more.
func (l *Log) writeCommits() error {
	var batch []*write
	for _, p := range l.parts {
		if p.now != p.written {
			p.w.hard, p.w.hasHard = p.now, true
			batch = append(batch, &p.w)
		}
	}
	if len(batch) == 0 {
		return nil
	}
	slices.SortFunc(batch, func(a, b *write) int { return cmp.Compare(a.part.group, b.part.group) })
	if err := l.save(batch); err != nil {
		return err
	}
	return l.synced.write(l.last)
}
