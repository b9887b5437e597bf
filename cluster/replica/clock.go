package replica

import (
	"encoding/binary"
	"slices"

	"github.com/msredis/msredis/internal/mutant"
	"go.etcd.io/raft/v3/raftpb"
)

// Log time.
//
// Deadlines are compared with log time, which is the stamp that the leader puts on
// its entries. Log time keeps one promise: between two entries it advances by no
// more than the time that has really passed between them. So a key that was to live
// for ten seconds does not end after nine, whatever the machines' clocks show.
//
// # The node's clock
//
// The `now` of every input is the node's clock. It shows the machine's clock of the
// moment at which the process started, and runs as the monotonic clock from then on.
// A change of the machine's clock while the process runs is not seen here. So
// differences of `now` are true. Its value is as right as the machine's clock was.
//
// # The start of a term
//
// A leader stamps with a clock of its own, which runs as the monotonic one does. The
// difficulty is its value when the term begins.
//
//  1. Each member notes the last stamp in its log, and the time at which the stamp
//     came. The member's sum is that stamp plus the time since it came. The sum never
//     exceeds true log time, because the stamp did not come before it was made.
//  2. Each member reports its sum with the answer that acknowledges the leader's first
//     entry of the term. By then its log is the leader's. So the reports are about the
//     same stamp, or about an earlier one that is no longer in the log and kept the
//     promise, too.
//  3. The leader waits for the reports of a quorum. It has them when its first entry
//     of the term is committed.
//  4. The leader begins with the largest sum. It is the sum of the member that got
//     the stamp first and has been running since.
//
// # After the cluster was down
//
// Step 4 is too small by an outage if no member has been running since the stamp was
// made. There are two cases.
//
// In the first case a quorum of the voters had the stamp on disk when they started. So
// the cluster was down, and no monotonic clock knows for how long. The machines' clocks
// are asked then, those of all members that answer within a moment:
//
//   - Each stamp comes with its lag. The lag is the distance by which the stamp was
//     behind the time that a majority of the voters' clocks had passed.
//   - Log time goes on with the same lag behind the time that a majority of them has
//     passed now. If the largest sum is more, it goes on with that.
//   - So the clocks of a minority may show anything. The others need not be right. They
//     are trusted to have run while the cluster was down.
//
// In the second case some voters got the stamp later, from another leader. It cannot be
// told whether they were running when it was made. A voter that was running may be
// silent now, so the leader waits longer for the silent ones. Then it begins with the
// largest sum. Keys that would have ended while the cluster was down end that much
// later.
//
// # Log time that is ahead
//
// Log time may be ahead of all reported clocks by more than maxAhead. Then it runs at half
// the pace until it is not. Log time never stands still and never goes
// back.
//
// By induction over the log, the promise holds between any two entries.

// A leader waits so many ticks for the reports of all voters when no voter is known to
// have been running since the last stamp.
const (
	// downTicks is for a cluster that was down: the clocks of all voters that are up
	// count.
	downTicks = 3
	// unknownTicks is longer: a silent voter may tell whether the cluster was down.
	unknownTicks = 10
)

// maxAhead is the distance, in milliseconds, by which log time may be ahead of the
// members' clocks without being slowed down.
const maxAhead = 1000

// clock is a replica's knowledge of log time.
type clock struct {
	stamp  stamp // the last one in the log of this node
	at     int64 // when it came, by the node's clock
	origin stampOrigin
	term   uint64 // of the stamp's entry
	// restoring: a snapshot is about to replace the log with the last stamp. The new
	// last stamp is in an entry behind the snapshot, or else in the snapshot.
	restoring bool

	// As leader:
	first   uint64 // index of the term's first entry; 0: not appended yet
	running bool   // base is valid
	waited  int    // ticks since the term's first entry was committed
	reports []clockReport
	base    int64 // log time at since
	wall    int64 // the time that a majority of the voters' clocks had passed then
	since   int64 // when base was set, by the node's clock
	ahead   int64 // the distance of base ahead of all clocks; 0: not too much
}

// stampOrigin is how a stamp came to a node.
type stampOrigin byte

const (
	// originUnknown: from a later leader, or in a snapshot. It cannot be told whether
	// this process was running when the stamp was made.
	originUnknown stampOrigin = iota
	// originLive: this process has been running since the stamp was made, or since an
	// earlier stamp was.
	originLive
	// originDisk: the stamp was on the disk when this process started.
	originDisk
)

// stamp is the part of an entry about time. The leader writes it.
type stamp struct {
	time int64 // log time, Unix milliseconds
	lag  int64 // its distance behind the machines' clocks, milliseconds; 0: not behind
}

// clockReport is a voter's knowledge of time at the start of a term.
type clockReport struct {
	id     uint64
	clock  int64 // its node's clock
	log    int64 // its sum: the last stamp plus the time since that came
	origin stampOrigin
}

const clockReportSize = 8 + 8 + 1

// noted takes a stamp that came into the log of this node.
func (c *clock) noted(s stamp, now int64, term uint64, origin stampOrigin) {
	c.stamp, c.at, c.term, c.origin, c.restoring = s, now, term, origin, false
}

// restored takes log time from a snapshot that is installed. The age of the snapshot
// is not known.
func (c *clock) restored(s stamp, now int64) {
	if c.restoring {
		origin := originUnknown
		if c.origin == originLive {
			origin = originLive
		}
		c.noted(s, now, 0, origin)
	}
}

// appended looks for the last stamp in entries that are about to be appended. term is
// that of the leader, 0 for entries that are read from the disk.
func (c *clock) appended(entries []*raftpb.Entry, now int64, term uint64) {
	for _, e := range slices.Backward(entries) {
		if s, ok := entryStamp(e); ok {
			origin := originUnknown
			switch {
			case term == 0:
				origin = originDisk
			case c.origin == originLive || e.GetTerm() == term:
				origin = originLive
			}
			c.noted(s, now, e.GetTerm(), origin)
			return
		}
	}
}

// EntryTime returns the log time of an entry that has one.
func EntryTime(e *raftpb.Entry) (time int64, ok bool) {
	s, ok := entryStamp(e)
	return s.time, ok
}

func entryStamp(e *raftpb.Entry) (s stamp, ok bool) {
	data := e.GetData()
	if e.GetType() != raftpb.EntryNormal || len(data) < entryHeaderSize || data[0] != entryVersion {
		return s, false
	}
	at := func(i int) int64 { return int64(binary.LittleEndian.Uint64(data[i:])) }
	return stamp{time: at(1), lag: at(17)}, true
}

// sum is the last stamp plus the time since it came. One millisecond is taken off,
// because the difference of two whole milliseconds may be too large by almost one.
func (c *clock) sum(now int64) int64 { return c.stamp.time + max(now-c.at-1, 0) }

// now is log time. A leader stamps with it, every node answers with it.
func (c *clock) now(now int64) int64 {
	switch {
	case mutant.On(mutant.StampJumps):
		return max(c.stamp.time, now)
	case mutant.On(mutant.StampFalls):
		return now
	case c.running:
		elapsed := max(now-c.since, 0)
		return max(c.stamp.time, c.base+elapsed-min(elapsed/2, c.ahead))
	case c.stamp.time == 0: // nothing was ever stamped
		return now
	}
	return c.sum(now)
}

// nextStamp is the stamp of an entry that is proposed now.
func (c *clock) nextStamp(now int64) stamp {
	time := c.now(now)
	return stamp{time, max(c.wall+max(now-c.since, 0)-time, 0)}
}

// leaderChanged ends the clock of a leader.
func (c *clock) leaderChanged() {
	c.first, c.running, c.waited, c.reports, c.ahead = 0, false, 0, c.reports[:0], 0
}

// report returns this node's report for the leader of a term. It is nil when the
// leader has stamped already.
func (c *clock) report(term uint64, now int64) []byte {
	if c.term >= term {
		return nil
	}
	b := binary.LittleEndian.AppendUint64(make([]byte, 0, clockReportSize), uint64(now))
	b = binary.LittleEndian.AppendUint64(b, uint64(c.sum(now)))
	return append(b, byte(c.origin))
}

// heard takes a voter's answer to an append. A log that does not reach the first entry
// of the term may lack stamps that the leader has, so its report is left out.
func (c *clock) heard(m *raftpb.Message) {
	b := m.GetContext()
	if c.running || c.first == 0 || m.GetReject() || m.GetIndex() < c.first || len(b) != clockReportSize {
		return
	}
	r := clockReport{
		id:     m.GetFrom(),
		clock:  int64(binary.LittleEndian.Uint64(b)),
		log:    int64(binary.LittleEndian.Uint64(b[8:])),
		origin: stampOrigin(b[16]),
	}
	if i := slices.IndexFunc(c.reports, func(x clockReport) bool { return x.id == r.id }); i >= 0 {
		c.reports[i] = r
	} else {
		c.reports = append(c.reports, r)
	}
}

// start starts the clock of a leader if a quorum of the voters has reported. The first
// entry of the leader's term is committed by then.
func (c *clock) start(self uint64, members *Members, now int64) {
	quorum := members.Voters()/2 + 1
	clocks := make([]int64, 0, len(c.reports)+1)
	base, witness, down := c.sum(now), false, 0
	add := func(id uint64, clock, log int64, origin stampOrigin) {
		if m, ok := members.ByID(id); !ok || m.Learner {
			return
		}
		clocks, base = append(clocks, clock), max(base, log)
		switch origin {
		case originLive:
			witness = true
		case originDisk:
			down++
		}
	}
	add(self, now, base, c.origin)
	for _, r := range c.reports {
		if r.id != self {
			add(r.id, r.clock, r.log, r.origin)
		}
	}
	patience := unknownTicks
	switch {
	case witness:
		patience = 0
	case down >= quorum:
		patience = downTicks
	}
	if len(clocks) < quorum || len(clocks) < members.Voters() && c.waited < patience {
		return
	}
	slices.Sort(clocks)
	slices.Reverse(clocks)
	wall := clocks[quorum-1]
	if !witness && down >= quorum {
		base = max(base, wall-c.stamp.lag)
	}
	c.running, c.base, c.wall, c.since, c.ahead = true, base, wall, now, 0
	if ahead := base - clocks[0]; ahead > maxAhead {
		c.ahead = ahead
	}
}

// LogTime is log time at this moment, as far as this node knows.
func (r *Replica) LogTime(now int64) int64 { return r.clock.now(now) }

// loadClock finds the last stamp in the snapshot and the log that a node starts from.
func (r *Replica) loadClock() error {
	r.clock.noted(stamp{r.config.Time, r.config.Lag}, r.config.Now, 0, originDisk)
	first, err := r.config.Storage.FirstIndex()
	if err != nil {
		return err
	}
	last, err := r.config.Storage.LastIndex()
	if err != nil || last < first {
		return err
	}
	entries, err := r.config.Storage.Entries(first, last+1, 1<<62)
	if err != nil {
		return err
	}
	r.clock.appended(entries, r.config.Now, 0)
	return nil
}
