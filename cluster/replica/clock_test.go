package replica

import (
	"fmt"
	"testing"

	"go.etcd.io/raft/v3/raftpb"
)

// leaderClock is the clock of node 1 of three at the start of a term: its last
// stamp was 10000, and came 500 ms ago by its own clock, which shows 50000.
func leaderClock() clock {
	return clock{stamp: stamp{time: 10_000}, at: 49_500, origin: originLive, term: 1, first: 7}
}

func report(from uint64, c clock, now int64, index uint64) *raftpb.Message {
	return &raftpb.Message{From: new(from), Index: new(index), Context: c.report(2, now)}
}

func TestLogTimeAtTermStart(t *testing.T) {
	members := &Members{List: []Member{{ID: 1}, {ID: 2}, {ID: 3}, {ID: 4, Learner: true}}}
	fresh := clock{stamp: stamp{time: 10_000}, at: 90_000, origin: originDisk} // read from the disk at 90000
	for _, c := range []struct {
		name    string
		own     clock
		reports []*raftpb.Message
		waited  int
		want    int64 // 0: it does not start
	}{
		{"nobody has reported", leaderClock(), nil, 0, 0},
		{"a witness got the stamp first", leaderClock(),
			[]*raftpb.Message{report(2, clock{stamp: stamp{time: 10_000}, at: 1000, origin: originLive}, 3001, 7)}, 0, 12_000},
		{"the leader got the stamp first", leaderClock(),
			[]*raftpb.Message{report(2, clock{stamp: stamp{time: 10_000}, at: 1000, origin: originLive}, 1001, 7)}, 0, 10_499},
		{"an answer from before the term does not count", leaderClock(),
			[]*raftpb.Message{report(2, clock{stamp: stamp{time: 90_000}, at: 1000, origin: originLive}, 3001, 6)}, 0, 0},
		{"a learner is no voter", leaderClock(),
			[]*raftpb.Message{report(4, clock{stamp: stamp{time: 10_000}, at: 1000, origin: originLive}, 3001, 7)}, 0, 0},
		{"one witness is enough to ask no clock", fresh,
			[]*raftpb.Message{report(2, clock{stamp: stamp{time: 10_000}, at: 1000, origin: originLive}, 3001, 7)}, 0, 12_000},
		{"without a witness all are waited for", fresh, []*raftpb.Message{report(2, fresh, 60_000, 7)}, downTicks - 1, 0},
		{"without a witness most of the clocks decide", fresh,
			[]*raftpb.Message{report(2, fresh, 60_000, 7), report(3, clock{stamp: stamp{time: 10_000}, at: 9_000_000, origin: originDisk}, 9_000_000, 7)}, 0, 90_001},
		{"of two clocks, the one behind", fresh, []*raftpb.Message{report(2, fresh, 60_000, 7)}, downTicks, 60_000},
		{"log time stays as far behind the clocks as it was", clock{stamp: stamp{time: 10_000, lag: 400}, at: 90_000, origin: originDisk},
			[]*raftpb.Message{report(2, fresh, 60_000, 7), report(3, clock{stamp: stamp{time: 10_000}, at: 9_000_000, origin: originDisk}, 9_000_000, 7)}, 0, 89_601},
		{"a majority has to have been down", fresh, []*raftpb.Message{report(2, clock{stamp: stamp{time: 10_000}, at: 5000}, 60_000, 7)}, unknownTicks - 1, 0},
		{"or else no clock is asked", fresh, []*raftpb.Message{report(2, clock{stamp: stamp{time: 10_000}, at: 50_000}, 60_000, 7)}, unknownTicks, 19_999},
		{"nobody is left who could tell", fresh,
			[]*raftpb.Message{report(2, clock{stamp: stamp{time: 10_000}, at: 50_000}, 60_000, 7), report(3, clock{stamp: stamp{time: 10_000}, at: 50_000}, 60_000, 7)}, 0, 19_999},
		{"clocks do not turn log time back", fresh,
			[]*raftpb.Message{report(2, fresh, 5000, 7), report(3, fresh, 5000, 7)}, 0, 10_000},
	} {
		t.Run(c.name, func(t *testing.T) {
			now := int64(50_000)
			if c.own.at > now {
				now = c.own.at + 1
			}
			own := c.own
			own.first, own.waited = 7, c.waited
			for _, m := range c.reports {
				own.heard(m)
			}
			own.start(1, members, now)
			if !own.running {
				if c.want != 0 {
					t.Fatal("it does not start")
				}
				return
			}
			if got := own.now(now); got != c.want {
				t.Fatalf("log time begins at %d, want %d", got, c.want)
			}
		})
	}
}

// Log time that is ahead of all clocks runs at half the pace until it is not.
func TestLogTimeAhead(t *testing.T) {
	c := clock{stamp: stamp{time: 20_000}, at: 10_000, first: 7}
	c.start(1, &Members{List: []Member{{ID: 1}}}, 10_000)
	got := ""
	for _, now := range []int64{10_000, 11_000, 20_000, 30_000, 31_000} {
		got += fmt.Sprint(c.now(now), " ")
	}
	if want := "20000 20500 25000 30000 31000 "; got != want {
		t.Fatalf("log time is %s, want %s", got, want)
	}
}

// An entry is stamped with the time at which it is made, not with that of an
// earlier input: what it sets would end early by the difference.
func TestLogTimeIsFresh(t *testing.T) {
	net := newNetwork(t, 1, 1)
	n := net.nodes[0]
	net.until("it leads", func() bool { return net.leader() != nil && len(n.appends) == 0 })
	before := n.replica.LogTime(net.now)
	n.replica.Submit([]*Proposal{net.proposal("0.0", false)}, net.now)
	out := n.replica.Poll(net.now + 50)
	if len(out.Append) != 1 {
		t.Fatalf("%d appends", len(out.Append))
	}
	if stamp, ok := EntryTime(out.Append[0].GetEntries()[0]); !ok || stamp != before+50 {
		t.Fatalf("stamped %d, want %d", stamp, before+50)
	}
}

// A snapshot's time is the last stamp, unless entries behind it came meanwhile.
func TestLogTimeOfSnapshot(t *testing.T) {
	entry := func(time int64) []*raftpb.Entry {
		return []*raftpb.Entry{{Term: new(uint64(3)), Data: appendHeader(nil, stamp{time: time}, 1)}}
	}
	c := leaderClock()
	c.restoring = true
	c.restored(stamp{time: 5000}, 60_000)
	if c.stamp.time != 5000 {
		t.Errorf("the last stamp is %d after a snapshot at 5000", c.stamp.time)
	}
	c.restoring = true
	c.appended(entry(7000), 61_000, 3)
	c.restored(stamp{time: 6000}, 62_000)
	if c.stamp.time != 7000 {
		t.Errorf("the last stamp is %d with an entry at 7000 behind the snapshot", c.stamp.time)
	}
}

// Once the leader has stamped in a term, nobody reports.
func TestLogTimeReportsOnce(t *testing.T) {
	c := leaderClock()
	if c.report(2, 1) == nil {
		t.Error("no report before the first stamp of the term")
	}
	c.noted(stamp{time: 11_000}, 50_000, 2, originLive)
	if c.report(2, 1) != nil {
		t.Error("a report after the first stamp of the term")
	}
}

// An entry that a leader has from its disk does not make a witness of whoever
// gets it: the time for which the cluster was down would be forgotten.
func TestLateEntryIsNoWitness(t *testing.T) {
	entries := []*raftpb.Entry{{Term: new(uint64(3)), Data: appendHeader(nil, stamp{time: 7000}, 1)}}
	var c clock
	if c.appended(entries, 60_000, 4); c.origin != originUnknown {
		t.Error("an entry of an earlier term")
	}
	if c.appended(entries, 60_000, 3); c.origin != originLive {
		t.Error("an entry of the leader's own term")
	}
	if c.appended(entries, 60_000, 4); c.origin != originLive {
		t.Error("an entry of an earlier term behind one that was seen to come")
	}
}

// What a leader writes tells how far log time is behind the clocks, through the
// term.
func TestLag(t *testing.T) {
	c := clock{stamp: stamp{time: 10_000, lag: 400}, at: 49_500, origin: originLive, first: 7}
	c.start(1, &Members{List: []Member{{ID: 1}}}, 50_000)
	for _, now := range []int64{50_000, 70_000} {
		if got, want := c.nextStamp(now), (stamp{now - 50_000 + 10_499, 39_501}); got != want {
			t.Errorf("%+v, want %+v", got, want)
		}
	}
}
