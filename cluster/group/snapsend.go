package group

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"time"

	"github.com/msredis/msredis/cluster/replica"
	"github.com/msredis/msredis/cluster/shelf"
	"github.com/msredis/msredis/cluster/transport"
	"github.com/msredis/msredis/internal/failpoint"
	"go.etcd.io/raft/v3/raftpb"
	"google.golang.org/protobuf/proto"
)

// sendSnapshot streams what is on the shelf, which may be newer than what raft
// asked for; the message is made to say so.
func (g *Group) sendSnapshot(m *raftpb.Message) {
	to := m.GetTo()
	done := func(err error) { g.snapshotSent(to, err) }
	if !g.save.shelf.TryRLock() {
		go done(passingError{errors.New("the shelf is being replaced")})
		return
	}
	body, meta, err := g.shelf.Reader()
	if err == nil && !knows(meta.Conf, to) {
		// Raft refuses a snapshot in which the receiver is no member. It asks
		// again; by then there is a newer one.
		err = passingError{errors.Join(errors.New("the receiver joined after the newest snapshot; writing another"), body.Close())}
		go func() { _ = g.Save() }()
	}
	if err != nil {
		g.save.shelf.RUnlock()
		go done(err)
		return
	}
	m = proto.Clone(m).(*raftpb.Message)
	m.Snapshot = snapshotOf(meta)
	g.log.Info("sending a snapshot", "to", to, "index", meta.Index)
	g.network.SendSnapshot(m, body, func(err error) {
		g.save.shelf.RUnlock()
		done(err)
	})
}

// passingError is one of this node, and is over in a moment.
type passingError struct{ error }

// The pause before a snapshot is sent again to a member that has said why it did not
// take it: it doubles each time. The member's disk may be too small, and all of the
// snapshot goes over the network before it can say so. Behind a broken connection the
// pause stays the shortest.
const (
	minResend = 250 * time.Millisecond
	maxResend = 30 * time.Second
)

// snapshotSent tells raft how sending a snapshot ended. Of a failure it hears when the
// pause is over, for then it sends another.
func (g *Group) snapshotSent(to uint64, err error) {
	tell := func() {
		g.post(event{run: func(r *replica.Replica) { r.SnapshotSent(to, err == nil) }})
	}
	g.mu.Lock()
	var pause time.Duration
	switch {
	case err == nil:
		delete(g.refusals, to)
	case errors.As(err, new(*transport.RefusedError)):
		pause = min(minResend<<min(g.refusals[to], 30), maxResend)
		g.refusals[to]++
	case !errors.As(err, new(passingError)): // the member may have been started again by now
		pause = minResend
	}
	g.mu.Unlock()
	if err == nil {
		g.log.Info("sent a snapshot", "to", to)
	} else {
		g.log.Warn("sending a snapshot failed", "to", to, "err", err, "pause", pause)
	}
	if pause == 0 {
		tell()
		return
	}
	time.AfterFunc(pause, tell)
}

// Snapshot takes a snapshot that a leader sends; see transport.Handler. It
// returns when the snapshot was installed or raft had no use for it. One is
// taken at a time.
func (g *Group) Snapshot(from uint64, m *raftpb.Message, body io.Reader) error {
	g.receiving.Lock()
	defer g.receiving.Unlock()
	want := m.GetSnapshot().GetMetadata().GetIndex()
	g.log.Info("receiving a snapshot", "from", from, "index", want)
	meta, err := shelf.Receive(filepath.Join(g.config.Dir, ShelfDir), &spaceReader{r: body, dir: g.config.Dir, free: g.config.Free}, g.log)
	if err != nil {
		g.log.Warn("taking a snapshot failed", "from", from, "index", want, "err", err)
		g.failOnDisk(err)
		return err
	}
	if head := m.GetSnapshot().GetMetadata(); meta.Index != want || meta.Term != head.GetTerm() {
		return fmt.Errorf("snapshot at index %d of term %d came with a message for index %d of term %d", meta.Index, meta.Term, want, head.GetTerm())
	}
	m.Snapshot = snapshotOf(meta) // the members are those in it, too
	failpoint.Hit(failpoint.SnapshotReceived)
	taken := make(chan struct{})
	g.post(event{
		run: func(r *replica.Replica) { r.Step(m, g.now()) },
		after: func(out *replica.Output) {
			for _, job := range out.Append {
				g.installing = g.installing || job.GetSnapshot() != nil
			}
			close(taken)
		},
	})
	select {
	case <-taken:
	case <-g.stop:
		return ErrClosed
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	for g.installing && g.stopped == nil {
		g.room.Wait()
	}
	return nil
}

// MinFree is how many bytes are left on the disk, for the log, when a snapshot is taken
// in. A group looks at that every lookFree bytes.
const (
	MinFree  = 32 << 20
	lookFree = 1 << 20
)

// spaceReader is a snapshot on its way in, which ends with an error when the disk is
// nearly full.
type spaceReader struct {
	r      io.Reader
	dir    string
	free   func(dir string) (int64, error)
	unseen int
}

func (r *spaceReader) Read(b []byte) (int, error) {
	if r.unseen -= len(b); r.unseen < 0 {
		r.unseen = lookFree
		if free, err := r.free(r.dir); err == nil && free < MinFree {
			return 0, fmt.Errorf("the disk of this node is too small for it: %d MB are free in %s", free>>20, r.dir)
		}
	}
	return r.r.Read(b)
}
