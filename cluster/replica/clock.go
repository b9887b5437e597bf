package replica

import (
	"encoding/binary"
	"slices"

	"github.com/msredis/msredis/internal/mutant"
	"go.etcd.io/raft/v3/raftpb"
)

// Log time.
//
// Deadlines are compared with the time of the log, which is the stamp that the
// leader puts on its entries. It has to keep one promise: between two entries
// it advances by no more than the time that has really passed between them.
// Then nothing that was to live for ten seconds ends after nine, whatever the
// clocks of the machines show.
//
// The `now` of every input is the node's clock: what the machine's clock showed
// when the process started, and since then the monotonic clock. So nothing that
// is done to a machine's clock while the process runs is seen here; differences
// of now are true, and its value is as right as the machine's clock was.
//
// A leader stamps with a clock of its own that runs as the monotonic one does.
// The question is only what it shows when the term begins:
//
//   - Everybody notes the last stamp in its log and when that came. The stamp
//     and the time since are no more than the last stamp and the time since it
//     was made: it cannot have come before it was made.
//   - With the answer by which a member acknowledges the leader's first entry of
//     the term, it reports this sum. Its log is the leader's then, so the reports
//     are about the same stamp, or about one behind it that is in the log no more
//     and kept the promise too. The leader needs the reports of a majority, which
//     it has when its first entry is committed, and begins with the largest sum:
//     the report of whoever got the stamp first and has been running since.
//   - If a majority of the voters had the stamp on their disks when they started,
//     and no other has been running since, the cluster was down. No
//     monotonic clock knows for how long, so the machines' clocks are asked, all
//     that answer within a moment. Every stamp comes with its lag: how far it was
//     behind what a majority of the voters' clocks had passed when it was made.
//     Log time goes on as far behind what a majority of them has passed now, or
//     at the largest sum if that is more. So the clocks of a minority may show
//     anything, and those of the others are trusted to have run while the cluster
//     was down, not to be right.
//   - If neither is so, some got the stamp later, from another leader, and whether
//     they were up before nobody can tell: a voter that was up may be silent now.
//     Then the largest sum has to do, after a longer wait for the silent ones.
//     What would have ended while the cluster was down ends that much later.
//
// If all who report say that log time is ahead of their clocks (by more than
// maxAhead), it runs at half the pace for as long as it takes. It never stands
// still and never goes back.
//
// By induction over the log, the promise holds between any two entries.

// How long a leader waits for the reports of all voters when nobody has been
// running since the last stamp, in ticks: for the clocks of those that are up,
// and for one that can tell whether the cluster was down.
const (
	coldTicks = 3
	lateTicks = 10
)

// maxAhead is by how much log time may be ahead of the members' clocks without
// being slowed down, in milliseconds.
const maxAhead = 1000

// clock is what a replica knows of log time.
type clock struct {
	stamp stamp // the last one in the log of this node
	at    int64 // when it came, by the node's clock
	seen  sight
	term  uint64
	// restoring: a snapshot takes the place of the log that it was in. What is
	// appended behind that has the last stamp, or else the snapshot.
	restoring bool

	// As leader:
	first   uint64 // index of the term's first entry; 0: not appended yet
	running bool   // base holds
	waited  int    // ticks since the term's first entry was committed
	reports []clockReport
	base    int64 // log time at since
	wall    int64 // what a majority of the voters' clocks had passed then
	since   int64
	ahead   int64 // what base is ahead of all clocks, if too much
}

// sight is how a stamp came to a node.
type sight byte

const (
	// late: from a later leader, or in a snapshot. Whether this process was
	// running when it was made cannot be told.
	late sight = iota
	// live: this process has been running since it was made, or since one before it.
	live
	// restarted: it was on the disk when this process started.
	restarted
)

// stamp is what the leader writes on an entry about time.
type stamp struct {
	time int64 // log time, Unix milliseconds
	lag  int64 // how far that is behind the machines' clocks, milliseconds; 0: not at all, or ahead
}

// clockReport is what a voter knows about time at the start of a term.
type clockReport struct {
	id    uint64
	clock int64 // its node's clock
	log   int64 // the last stamp and the time since that came
	seen  sight // that stamp
}

const clockReportSize = 8 + 8 + 1

// noted takes a stamp that came into the log of this node.
func (c *clock) noted(s stamp, now int64, term uint64, seen sight) {
	c.stamp, c.at, c.term, c.seen, c.restoring = s, now, term, seen, false
}

// restored takes the time of the log in a snapshot that is installed. How old
// the snapshot is nobody knows.
func (c *clock) restored(s stamp, now int64) {
	if c.restoring {
		seen := late
		if c.seen == live {
			seen = live
		}
		c.noted(s, now, 0, seen)
	}
}

// appended looks for the last stamp in what is about to be appended, in the term
// of a leader; 0: it is read from the disk.
func (c *clock) appended(entries []*raftpb.Entry, now int64, term uint64) {
	for _, e := range slices.Backward(entries) {
		if s, ok := entryStamp(e); ok {
			seen := late
			switch {
			case term == 0:
				seen = restarted
			case c.seen == live || e.GetTerm() == term:
				seen = live
			}
			c.noted(s, now, e.GetTerm(), seen)
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

// paced is the last stamp and the time since it came. The difference of two
// times in whole milliseconds may be too large by almost one.
func (c *clock) paced(now int64) int64 { return c.stamp.time + max(now-c.at-1, 0) }

// now is log time: the leader's to stamp with, anybody else's to answer with.
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
	return c.paced(now)
}

// mark is now as a leader writes it on an entry.
func (c *clock) mark(now int64) stamp {
	time := c.now(now)
	return stamp{time, max(c.wall+max(now-c.since, 0)-time, 0)}
}

// leaderChanged ends the clock of a leader.
func (c *clock) leaderChanged() {
	c.first, c.running, c.waited, c.reports, c.ahead = 0, false, 0, c.reports[:0], 0
}

// report is what this node tells the leader of a term about time; nil when the
// leader has stamped already.
func (c *clock) report(term uint64, now int64) []byte {
	if c.term >= term {
		return nil
	}
	b := binary.LittleEndian.AppendUint64(make([]byte, 0, clockReportSize), uint64(now))
	b = binary.LittleEndian.AppendUint64(b, uint64(c.paced(now)))
	return append(b, byte(c.seen))
}

// heard takes a voter's answer to an append. Only one whose log reaches the
// first entry of the term has the stamps that the leader has.
func (c *clock) heard(m *raftpb.Message) {
	b := m.GetContext()
	if c.running || c.first == 0 || m.GetReject() || m.GetIndex() < c.first || len(b) != clockReportSize {
		return
	}
	r := clockReport{
		id:    m.GetFrom(),
		clock: int64(binary.LittleEndian.Uint64(b)),
		log:   int64(binary.LittleEndian.Uint64(b[8:])),
		seen:  sight(b[16]),
	}
	if i := slices.IndexFunc(c.reports, func(x clockReport) bool { return x.id == r.id }); i >= 0 {
		c.reports[i] = r
	} else {
		c.reports = append(c.reports, r)
	}
}

// start sets the clock going for a leader whose term's first entry is committed,
// if a majority of the voters has reported.
func (c *clock) start(self uint64, members *Members, now int64) {
	quorum := members.Voters()/2 + 1
	clocks := make([]int64, 0, len(c.reports)+1)
	base, witness, down := c.paced(now), false, 0
	add := func(id uint64, clock, log int64, seen sight) {
		if m, ok := members.ByID(id); !ok || m.Learner {
			return
		}
		clocks, base = append(clocks, clock), max(base, log)
		switch seen {
		case live:
			witness = true
		case restarted:
			down++
		}
	}
	add(self, now, base, c.seen)
	for _, r := range c.reports {
		if r.id != self {
			add(r.id, r.clock, r.log, r.seen)
		}
	}
	patience := lateTicks
	switch {
	case witness:
		patience = 0
	case down >= quorum:
		patience = coldTicks
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

// LogTime is the time of the log at this moment, as far as this node knows.
func (r *Replica) LogTime(now int64) int64 { return r.clock.now(now) }

// loadClock finds the last stamp in what a node starts from.
func (r *Replica) loadClock() error {
	r.clock.noted(stamp{r.config.Time, r.config.Lag}, r.config.Now, 0, restarted)
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
