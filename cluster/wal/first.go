package wal

import (
	"errors"
	"fmt"

	"go.etcd.io/etcd/server/v3/storage/wal/walpb"
	"go.etcd.io/raft/v3/raftpb"
	"google.golang.org/protobuf/proto"
)

// The first format is a log of one group in etcd's own records. An entry of the WAL is an
// entry of raft there, with its index. Such records are read as group 0's. The log goes on
// with records of groups behind them (record.go), so nothing is converted. The old segments
// are purged behind a later snapshot. A version that knows the first format alone refuses
// the log from the first record of a group on.

// firstFormat is how much of what reached says of a log of the first format was read.
type firstFormat struct{ entry, hard bool }

func (f *firstFormat) lacking(must reached) string {
	switch {
	case must.Index > 0 && !f.entry:
		return fmt.Sprintf("entry %d of term %d, which was on disk", must.Index, must.EntryTerm)
	case must.Term > 0 && !f.hard:
		return fmt.Sprintf("the vote for %x in term %d, which was on disk", must.Vote, must.Term)
	}
	return ""
}

func (c *checker) firstEntry(data []byte) error {
	e := &raftpb.Entry{}
	if err := proto.Unmarshal(data, e); err != nil || e.GetIndex() == 0 || c.numbered {
		return errors.New("not an entry")
	}
	if e.GetIndex() == c.must.Index && e.GetTerm() == c.must.EntryTerm {
		c.entry = true
	}
	c.last = max(c.last, e.GetIndex()) // the number of the first record is above all of them
	return c.group(0).add(&record{entries: []*raftpb.Entry{e}}, c.seq)
}

func (c *checker) firstState(data []byte) error {
	f, _, ok := numbers(data, 3, 0)
	if !ok || c.numbered {
		return errors.New("not a hard state")
	}
	h := hardState{f[1], f[2], f[3]}
	if h.term > c.must.Term || h.term == c.must.Term && h.vote == c.must.Vote {
		c.hard = true
	}
	return c.group(0).add(&record{hard: &h}, c.seq)
}

func (c *checker) firstMark(data []byte) error {
	var m walpb.Snapshot
	if err := proto.Unmarshal(data, &m); err != nil || len(m.ProtoReflect().GetUnknown()) > 0 || c.numbered {
		return errors.New("not a snapshot mark")
	}
	if m.GetIndex() == 0 && len(c.metadata) > 0 {
		return nil // etcd's own, with which every log begins
	}
	return c.group(0).add(&record{mark: &Mark{m.GetIndex(), m.GetTerm(), m.GetConfState()}}, c.seq)
}
