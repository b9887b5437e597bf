package group

import (
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/msredis/msredis/cluster/replica"
	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/resp/command/commandtest"
	"github.com/msredis/msredis/resp/front"
	"github.com/msredis/msredis/store"
	"go.etcd.io/raft/v3/raftpb"
)

// lab is a group of members 1, 2 and so on in this process, with real files and without
// connections.
type lab struct {
	t       *testing.T
	table   *command.Table
	members []*wire
}

// wire is what a member of a lab has for a network. It brings what the others send.
type wire struct {
	lab   *lab
	group *Group
	in    chan []*raftpb.Message
}

func newLab(t *testing.T, size int, tune func(*Config)) *lab {
	t.Helper()
	var specs []command.Spec
	for _, row := range store.Rows() {
		specs = append(specs, row.Spec)
	}
	table, err := command.NewTable(specs, front.Specs())
	if err != nil {
		t.Fatal(err)
	}
	l := &lab{t: t, table: table}
	founders := &replica.Members{Cluster: 1, LastID: uint64(size)}
	for i := range size {
		id := uint64(i + 1)
		founders.List = append(founders.List, replica.Member{ID: id, Name: fmt.Sprint(id)})
	}
	for i := range size {
		w := &wire{lab: l, in: make(chan []*raftpb.Message, 1024)}
		c := Config{
			ID: uint64(i + 1), Incarnation: 1, Cluster: 1, Dir: t.TempDir(), Founders: founders,
			ElectionTimeout: 200 * time.Millisecond, RequestTimeout: time.Minute, SnapshotLogBytes: 64 << 20,
			Table: table, Random: random, Network: w,
			NewStore: func() (*store.Store, error) {
				return store.New(store.Options{Table: table, Rows: store.Rows(), Kinds: store.Kinds(), Databases: 16, HashSeed: 1})
			},
			Free:    func(string) (int64, error) { return 1 << 40, nil },
			Log:     slog.New(slog.NewTextHandler(io.Discard, nil)),
			Metrics: NewMetrics(nil), Fatal: func(err error) { t.Errorf("member %d: fatal: %v", i+1, err) },
		}
		if tune != nil {
			tune(&c)
		}
		if c.WAL, err = OpenLog(c.Dir, c.Metrics, c.Log); err != nil {
			t.Fatal(err)
		}
		if w.group, err = Open(c); err != nil {
			t.Fatal(err)
		}
		l.members = append(l.members, w)
	}
	var wg sync.WaitGroup
	for _, w := range l.members {
		w.group.Start()
		wg.Go(w.deliver)
	}
	t.Cleanup(func() {
		for _, w := range l.members {
			w.group.Stop()
		}
		for _, w := range l.members {
			close(w.in)
		}
		wg.Wait()
		for _, w := range l.members {
			if err := errors.Join(w.group.Close(), w.group.config.WAL.Close()); err != nil {
				t.Error(err)
			}
		}
	})
	return l
}

func random() uint64 {
	var b [8]byte
	rand.Read(b[:])
	return binary.LittleEndian.Uint64(b[:])
}

func (w *wire) deliver() {
	for ms := range w.in {
		w.group.Messages(ms)
		w.group.Received()
	}
}

func (w *wire) Send(ms []*raftpb.Message) {
	for _, m := range ms {
		select {
		case w.lab.members[m.GetTo()-1].in <- []*raftpb.Message{m}:
		default: // lost
		}
	}
}

func (w *wire) SendSnapshot(m *raftpb.Message, body io.ReadCloser, done func(error)) {
	go func() {
		err := w.lab.members[m.GetTo()-1].group.Snapshot(m.GetFrom(), m, body)
		body.Close()
		done(err)
	}()
}

func (w *wire) SetMembers([]replica.Member) {}
func (w *wire) Alive(uint64) bool           { return true }
func (w *wire) TryPoll()                    {}

// await tries again until fn succeeds.
func (l *lab) await(what string, fn func() error) {
	l.t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for {
		err := fn()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			l.t.Fatalf("%s: %v", what, err)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// leader waits for a leader that knows all that is committed.
func (l *lab) leader() (g *Group) {
	l.t.Helper()
	l.await("a leader", func() error {
		for _, w := range l.members {
			if w.group.View().Settled {
				g = w.group
				return nil
			}
		}
		return fmt.Errorf("none")
	})
	return g
}

// want runs commands, one per line, as one pipeline.
func (l *lab) want(g *Group, lines, replies string) {
	l.t.Helper()
	u := &command.Unit{}
	if err := commandtest.Fill(u, l.table, lines); err != nil {
		l.t.Fatal(err)
	}
	run := g.Read
	if u.Writes() {
		run = g.Write
	}
	err := run(u)
	if got := commandtest.Replies(u); err != nil || got != replies {
		l.t.Fatalf("%.100s: %.100q, %v, want %.100q", lines, got, err, replies)
	}
}
