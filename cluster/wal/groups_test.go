package wal

import (
	"errors"
	"fmt"
	"math/rand"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.etcd.io/raft/v3/raftpb"
	"google.golang.org/protobuf/proto"
)

// model is what a group's part of a log has to hold.
type model struct {
	entries []*raftpb.Entry // from index 1 on
	term    uint64
	commit  uint64
	mark    Mark // also of the snapshot
}

func (m *model) clone() *model {
	c := *m
	c.entries = slices.Clone(m.entries)
	return &c
}

// append makes the next entries. A new leader overwrites those that were not committed.
func (m *model) append(rnd *rand.Rand, newLeader bool, size int) (*raftpb.HardState, []*raftpb.Entry) {
	if newLeader {
		m.term++
		m.entries = m.entries[:int(m.commit)+rnd.Intn(len(m.entries)-int(m.commit)+1)]
	}
	var data []string
	for range 1 + rnd.Intn(3) {
		data = append(data, strings.Repeat("x", 1+rnd.Intn(size)))
	}
	es := ents(m.term, uint64(len(m.entries))+1, data...)
	m.entries = append(slices.Clip(m.entries), es...)
	m.commit += uint64(rnd.Intn(len(m.entries) - int(m.commit) + 1))
	return hard(m.term, 7, m.commit), es
}

// check fails unless the log has what the model has.
func (m *model) check(t testing.TB, what string, st State) {
	t.Helper()
	if len(m.entries) > 0 {
		sameEntries(t, st.Entries, m.entries[m.mark.Index:])
	} else if len(st.Entries) > 0 {
		t.Fatalf("%s: %d entries in a group without", what, len(st.Entries))
	}
	if m.term > 0 && !proto.Equal(st.Hard, hard(m.term, 7, m.commit)) {
		t.Fatalf("%s: hard state %v, want term %d commit %d", what, st.Hard, m.term, m.commit)
	}
}

// openAll opens a log and takes the parts of all groups.
func openAll(t testing.TB, dir string, models []*model) (*Log, []*Part) {
	t.Helper()
	l, err := Open(dir, quiet)
	must(t, err)
	var parts []*Part
	for i, m := range models {
		p, st, err := l.Part(uint64(i), m.mark)
		must(t, err)
		m.check(t, fmt.Sprint("group ", i), st)
		parts = append(parts, p)
	}
	return l, parts
}

// TestGroupsAgainstModel has several groups append, overwrite, mark and purge side by side.
// After each reopening each of them finds what is its own.
func TestGroupsAgainstModel(t *testing.T) {
	t.Parallel()
	for seed := range int64(4) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			rnd := rand.New(rand.NewSource(seed))
			dir := filepath.Join(t.TempDir(), "wal")
			l, err := Create(dir, quiet)
			must(t, err)
			must(t, l.Close())
			models := make([]*model, 2+rnd.Intn(4))
			for i := range models {
				models[i] = &model{}
			}
			purged := false
			for range 12 {
				l, parts := openAll(t, dir, models)
				var wg sync.WaitGroup
				for i, p := range parts {
					m, rnd := models[i], rand.New(rand.NewSource(rnd.Int63()))
					wg.Go(func() {
						for range 20 + 40*(len(parts)-i)/len(parts) {
							switch r := rnd.Intn(20); {
							case r < 17:
								if err := p.Append(m.append(rnd, r == 0 || m.term == 0, 1500)); err != nil {
									t.Error(err)
								}
							case r == 17 && m.commit > m.mark.Index:
								m.mark = Mark{m.commit, m.entries[m.commit-1].GetTerm(), &raftpb.ConfState{Voters: []uint64{7}}}
								if err := errors.Join(p.Mark(m.mark), p.Purge()); err != nil {
									t.Error(err)
								}
							default:
								if err := p.Sync(); err != nil {
									t.Error(err)
								}
							}
						}
					})
				}
				wg.Wait()
				must(t, l.Close())
				purged = purged || mustSegments(t, dir)[0].seq > 0
			}
			l, _ = openAll(t, dir, models)
			must(t, l.Close())
			if !purged {
				t.Error("nothing was purged")
			}
		})
	}
}

// TestCrashAtEachByte cuts a log of several groups at each byte of its end, as a crash
// leaves it. Each group finds what it had after the last record that is whole.
func TestCrashAtEachByte(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewSource(1))
	dir := filepath.Join(t.TempDir(), "wal")
	l, err := Create(dir, quiet)
	must(t, err)
	models := []*model{{}, {}, {}}
	var parts []*Part
	for i := range models {
		p, _, err := l.Part(uint64(i), Mark{})
		must(t, err)
		parts = append(parts, p)
	}
	type moment struct {
		end    int64
		models []*model
	}
	var moments []moment
	note := func() {
		c, err := readLog(segmentDir(dir), reached{})
		must(t, err)
		var copies []*model
		for _, m := range models {
			copies = append(copies, m.clone())
		}
		moments = append(moments, moment{c.offset, copies})
	}
	for i, m := range models {
		must(t, parts[i].Append(m.append(rnd, true, 40)))
	}
	note()
	for range 24 {
		i := rnd.Intn(3)
		m, p := models[i], parts[i]
		if rnd.Intn(5) == 0 && m.commit > m.mark.Index {
			m.mark = Mark{m.commit, m.entries[m.commit-1].GetTerm(), &raftpb.ConfState{Voters: []uint64{7}}}
			must(t, p.Mark(m.mark))
		} else {
			must(t, p.Append(m.append(rnd, rnd.Intn(4) == 0, 40)))
		}
		note()
	}
	must(t, l.Close())
	segs := mustSegments(t, dir)
	if len(segs) != 1 {
		t.Fatal("the log is in several segments")
	}
	whole, err := os.ReadFile(segs[0].path)
	must(t, err)
	at := 0
	for cut := moments[0].end; cut < moments[len(moments)-1].end; cut++ {
		for moments[at+1].end <= cut {
			at++
		}
		must(t, os.WriteFile(segs[0].path, whole[:cut], 0o600))
		c, err := readLog(segmentDir(dir), reached{})
		if torn := (*tornError)(nil); errors.As(err, &torn) {
			if torn.offset != moments[at].end {
				t.Fatalf("cut at %d: torn at %d, the last whole record ends at %d", cut, torn.offset, moments[at].end)
			}
			must(t, os.WriteFile(segs[0].path, whole[:torn.offset], 0o600))
			c, err = readLog(segmentDir(dir), reached{})
		}
		must(t, err)
		for i, m := range moments[at].models {
			r := c.groups[uint64(i)]
			r.moveTo(m.mark) // the snapshot comes before its mark
			m.check(t, fmt.Sprintf("cut at %d, group %d", cut, i), State{r.hard.raft(), r.entries})
		}
	}
}

// TestGather: batches that come while the log is written share one write.
func TestGather(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "wal")
	l, err := Create(dir, quiet)
	must(t, err)
	defer l.Close()
	const groups = 8
	var parts []*Part
	for i := range uint64(groups) {
		p, _, err := l.Part(i, Mark{})
		must(t, err)
		parts = append(parts, p)
	}
	writes, queued := 0, make(chan bool)
	l.OnSync = func(time.Duration, int) {
		if writes++; writes == 1 {
			<-queued // the first one is written until all others wait
		}
	}
	var wg sync.WaitGroup
	for i, p := range parts {
		if i == 1 { // the log is the first one's
			awaitQueue(t, l, func() bool { return l.busy })
		}
		wg.Go(func() {
			if err := p.Append(hard(1, 7, 0), ents(1, 1, fmt.Sprint("of group ", i))); err != nil {
				t.Error(err)
			}
		})
	}
	awaitQueue(t, l, func() bool { return len(l.queue) == groups-1 })
	close(queued)
	wg.Wait()
	if writes != 2 {
		t.Errorf("%d writes for one batch and %d that came meanwhile, want 2", writes, groups-1)
	}
	// A failure is everybody's.
	must(t, os.Rename(segmentDir(dir), segmentDir(dir)+".away"))
	if err := parts[3].Mark(Mark{Index: 1, Term: 1}); err == nil {
		t.Fatal("the log did not fail")
	}
	for i, p := range parts {
		if err := p.Append(nil, ents(1, 2, "x")); err == nil {
			t.Errorf("group %d goes on with a failed log", i)
		}
	}
}

func awaitQueue(t *testing.T, l *Log, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(time.Millisecond) {
		l.mu.Lock()
		ok := done()
		l.mu.Unlock()
		if ok {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal("it does not come")
		}
	}
}

// TestPurgeWaitsForAllGroups: a segment stays as long as one group has entries there that
// no snapshot of it covers.
func TestPurgeWaitsForAllGroups(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "wal")
	l, err := Create(dir, quiet)
	must(t, err)
	busy, _, err := l.Part(0, Mark{})
	must(t, err)
	idle, _, err := l.Part(5, Mark{})
	must(t, err)
	must(t, idle.Append(hard(1, 7, 1), ents(1, 1, "of the idle group")))
	for i := uint64(1); i <= 40; i++ {
		must(t, busy.Append(hard(1, 7, i), ents(1, i, strings.Repeat("v", testSegment/4))))
	}
	must(t, busy.Mark(Mark{Index: 40, Term: 1}))
	must(t, busy.Purge())
	if s := mustSegments(t, dir)[0]; s.seq != 0 {
		t.Fatalf("the idle group's segment is gone, %d is the first", s.seq)
	}
	must(t, l.Close())

	l, parts := openAll(t, dir, nil)
	_ = parts
	busy, _, err = l.Part(0, Mark{Index: 40, Term: 1})
	must(t, err)
	must(t, busy.Purge()) // the other group has not even taken its part
	if s := mustSegments(t, dir)[0]; s.seq != 0 {
		t.Fatalf("a segment is gone before its group came, %d is the first", s.seq)
	}
	idle, st, err := l.Part(5, Mark{})
	must(t, err)
	sameEntries(t, st.Entries, ents(1, 1, "of the idle group"))
	must(t, idle.Mark(Mark{Index: 1, Term: 1}))
	must(t, idle.Purge())
	if n := len(mustSegments(t, dir)); n > 3 {
		t.Errorf("%d segments are left when no group needs them", n)
	}
	must(t, l.Close())
	// The first segments are gone: a group of which nothing is left is no new one.
	l, err = Open(dir, quiet)
	must(t, err)
	defer l.Close()
	if _, _, err := l.Part(9, Mark{}); !errors.As(err, new(*CorruptError)) {
		t.Errorf("a group that the log does not know: %v", err)
	}
}
