package replica

import (
	"bytes"
	"fmt"
	"math"
	"testing"

	"go.etcd.io/raft/v3/raftpb"
	"google.golang.org/protobuf/proto"
)

// What cannot be is dropped, moves no term and ends nobody: leader and follower are sent
// each of the fields at its end, in a message of every type. The group goes on in the
// same term.
func TestInvalidMessages(t *testing.T) {
	const most = math.MaxUint64
	net := newNetwork(t, 3, 1)
	net.until("a leader", func() bool { return net.leader() != nil })
	first := net.proposal("0.0", false)
	net.leader().submit(first)
	net.until("all have applied it", func() bool {
		for _, n := range net.nodes {
			if len(n.history) < 1 {
				return false
			}
		}
		return true
	})
	leader, term := net.leader(), net.leader().replica.term
	set := func(fn func(m *raftpb.Message)) func(*raftpb.Message) { return fn }
	changes := map[string]func(m *raftpb.Message){
		"term":         set(func(m *raftpb.Message) { m.Term = new(uint64(most)) }),
		"later term":   set(func(m *raftpb.Message) { m.Term = new(term + maxTermAhead + 1) }),
		"no term":      set(func(m *raftpb.Message) { m.Term = nil }),
		"log term":     set(func(m *raftpb.Message) { m.LogTerm = new(uint64(most)) }),
		"index":        set(func(m *raftpb.Message) { m.Index = new(uint64(most)) }),
		"commit":       set(func(m *raftpb.Message) { m.Commit = new(uint64(most)) }),
		"hint":         set(func(m *raftpb.Message) { m.RejectHint, m.Reject = new(uint64(most)), new(true) }),
		"context":      set(func(m *raftpb.Message) { m.Context = make([]byte, maxContext+1) }),
		"responses":    set(func(m *raftpb.Message) { m.Responses = []*raftpb.Message{{}} }),
		"from nobody":  set(func(m *raftpb.Message) { m.From = nil }),
		"from a crowd": set(func(m *raftpb.Message) { m.From = new(uint64(most)) }),
		"to another":   set(func(m *raftpb.Message) { m.To = new(uint64(most)) }),
	}
	for _, n := range net.nodes {
		var heard []string
		n.replica.config.Dropped = func(_ *raftpb.Message, why string) { heard = append(heard, why) }
		for number, kind := range raftpb.MessageType_name {
			for name, change := range changes {
				m := &raftpb.Message{Type: raftpb.MessageType(number).Enum(), From: new(n.other(leader)), To: new(n.id), Term: new(term), Index: new(uint64(1)),
					LogTerm: new(uint64(1)), Context: make([]byte, 16)}
				change(m)
				heard = nil
				n.replica.Step(m, net.now)
				if len(heard) != 1 && !unread(m, name) {
					t.Errorf("node %d, %s, %s: %q", n.id, kind, name, heard)
				}
			}
		}
		n.poll()
	}
	second := net.proposal("0.1", false)
	leader.submit(second)
	net.until("the leader goes on", func() bool { return leader.answered[second] })
	if now := leader.replica.term; now != term {
		t.Errorf("term %d became %d", term, now)
	}
}

// other is a member that a node may hear from: the leader, or of the leader any.
func (n *testNode) other(leader *testNode) uint64 {
	if n != leader {
		return leader.id
	}
	return n.id%3 + 1
}

// unread: a message of that type has no such field, or may have it empty.
func unread(m *raftpb.Message, field string) bool {
	switch m.GetType() {
	case raftpb.MsgProp, raftpb.MsgReadIndex, raftpb.MsgReadIndexResp:
		return field == "no term"
	}
	return false
}

// What looks like a leader's and is not is dropped, whatever raft would make of it: entries that
// do not follow each other, a commit index behind the end of the log, a second leader.
func TestInvalidMessagesToALeader(t *testing.T) {
	net := newNetwork(t, 3, 2)
	net.until("a leader", func() bool { return net.leader() != nil })
	p := net.proposal("0.0", false)
	net.leader().submit(p)
	net.until("it is applied everywhere", func() bool {
		return len(net.nodes[0].history)+len(net.nodes[1].history)+len(net.nodes[2].history) == 3
	})
	leader := net.leader()
	f, third := net.nodes[leader.id%3], net.nodes[(leader.id+1)%3]
	term, last := f.replica.term, f.replica.last
	entry := func(index, term uint64, data ...byte) *raftpb.Entry {
		return &raftpb.Entry{Index: new(index), Term: new(term), Data: data}
	}
	header := appendHeader(nil, stamp{time: 1}, 1)
	app := func(entries ...*raftpb.Entry) *raftpb.Message {
		return &raftpb.Message{Type: raftpb.MsgApp.Enum(), From: new(leader.id), To: new(f.id), Term: new(term), LogTerm: new(term),
			Index: new(last), Commit: new(last), Entries: entries}
	}
	v1 := entry(last+1, term, header...)
	v1.Type = raftpb.EntryConfChange.Enum()
	newer := append([]byte{entryVersion + 1}, header[1:]...)
	for _, c := range []struct {
		m    *raftpb.Message
		want string
	}{
		{app(entry(last+2, term, header...)), invalidEntries},
		{app(entry(last, term, header...)), invalidEntries},
		{app(entry(1, term)), invalidEntries},
		{app(entry(last+1, term+1, header...)), invalidEntries},
		{app(entry(last+1, term-1, header...)), invalidEntries},
		{app(entry(last+1, term, header...), entry(last+3, term, header...)), invalidEntries},
		{app(v1), invalidEntry},
		{app(entry(last+1, term, entryVersion)), invalidEntry},
		{app(entry(last+1, term, newer...)), invalidNewer},
		{app(entry(last+1, term, 0)), invalidOlder},
		{&raftpb.Message{Type: raftpb.MsgHeartbeat.Enum(), From: new(leader.id), To: new(f.id), Term: new(term), Commit: new(last + 1)}, invalidCommit},
		{&raftpb.Message{Type: raftpb.MsgHeartbeat.Enum(), From: new(third.id), To: new(f.id), Term: new(term)}, invalidLeader},
		{&raftpb.Message{Type: raftpb.MsgReadIndexResp.Enum(), From: new(third.id), To: new(f.id), Index: new(uint64(1)), Context: make([]byte, 16)}, invalidAsk},
		{&raftpb.Message{Type: raftpb.MsgSnap.Enum(), From: new(leader.id), To: new(f.id), Term: new(term)}, invalidIndex},
		{&raftpb.Message{Type: raftpb.MsgVote.Enum(), From: new(third.id), To: new(f.id), Term: new(term + 1), LogTerm: new(term + 1)}, invalidTerm},
		{&raftpb.Message{Type: raftpb.MsgAppResp.Enum(), From: new(f.id), To: new(leader.id), Term: new(term), Index: new(last + 1)}, invalidIndex},
	} {
		n, got := net.nodes[c.m.GetTo()-1], ""
		n.replica.config.Dropped = func(_ *raftpb.Message, why string) { got = why }
		n.replica.Step(proto.Clone(c.m).(*raftpb.Message), net.now)
		n.poll()
		if got != c.want {
			t.Errorf("%v\n: %q, want %q", c.m, got, c.want)
		}
	}
	f.replica.members.List = []Member{{ID: f.id}, {ID: leader.id}}
	if got := f.replica.invalid(&raftpb.Message{Type: raftpb.MsgVote.Enum(), From: new(third.id), To: new(f.id), Term: new(term)}); got != invalidSender {
		t.Errorf("of one that was removed: %q", got)
	}
	if got := f.replica.invalid(&raftpb.Message{Type: raftpb.MsgVote.Enum(), From: new(uint64(4)), To: new(f.id), Term: new(term)}); got != "" {
		t.Errorf("of one that joined and is not known here yet: %q", got)
	}
}

// A bundle that the leader could not apply goes into the log without its calls. Its sender's
// clients hear that, and its next bundle is as good as any.
func TestForwardedNonsense(t *testing.T) {
	net := newNetwork(t, 3, 3)
	net.until("a leader", func() bool { return net.leader() != nil })
	leader := net.leader()
	f := net.nodes[leader.id%3]
	bad, good := net.proposal("1.0", false), net.proposal("1.1", false)
	bad.Unit.Calls[0].Args[0] = []byte("SETT") // as a newer version may have it
	f.submit(bad)
	f.submit(good)
	net.until("the next one is answered", func() bool { return f.answered[good] })
	if f.answered[bad] || !f.refused[bad] || len(leader.history) != 1 || leader.history[0] != "1.1" {
		t.Errorf("answered %v, refused %v, the leader has applied %q", f.answered[bad], f.refused[bad], leader.history)
	}
	// What three bytes of nobody can do: nothing.
	for _, id := range []bundleID{{f.id, 99, 1}, {leader.id, 99, 1}, {f.id, math.MaxUint64, math.MaxUint64}} {
		m := &raftpb.Message{Type: raftpb.MsgProp.Enum(), From: new(f.id), To: new(leader.id),
			Entries: []*raftpb.Entry{{Data: appendBundle(nil, id, []byte{9, 9, 9})}, {Data: []byte{1}}, {}}}
		leader.replica.Step(m, net.now)
		leader.poll()
	}
	third := net.nodes[(leader.id+1)%3]
	last := net.proposal("2.0", false)
	third.submit(last)
	net.until("the group goes on", func() bool { return third.answered[last] && len(leader.history) == 2 })
}

// A bundle that is right but for its name: a member writes nothing in the name of another,
// and the other's own writes go on.
func TestForgedBundle(t *testing.T) {
	net := newNetwork(t, 3, 3)
	net.until("a leader", func() bool { return net.leader() != nil })
	leader := net.leader()
	victim, forger := net.nodes[leader.id%3], net.nodes[(leader.id+1)%3]
	own := net.proposal("1.0", false)
	forger.submit(own)
	payload := bytes.Clone(forger.replica.inflight[0].payload)
	for _, incarnation := range []uint64{victim.replica.config.Incarnation, victim.replica.config.Incarnation + 1, math.MaxInt64} {
		for _, node := range []uint64{victim.id, leader.id} {
			leader.replica.Step(&raftpb.Message{Type: raftpb.MsgProp.Enum(), From: new(forger.id), To: new(leader.id),
				Entries: []*raftpb.Entry{{Data: appendBundle(nil, bundleID{node, incarnation, 1}, payload)}}}, net.now)
			leader.poll()
		}
	}
	net.until("the forger's own write is answered", func() bool { return forger.answered[own] })
	theirs := net.proposal("2.0", false)
	victim.submit(theirs)
	net.until("the victim's write is answered", func() bool { return victim.answered[theirs] })
	if len(leader.history) != 2 || leader.history[1] != "2.0" {
		t.Errorf("applied: %q", leader.history)
	}
}

// What checkPayload lets through decodes, and nothing else does.
func FuzzPayload(f *testing.F) {
	table := newNetwork(&testing.T{}, 1, 1).table
	u, _ := sampleUnit(table)
	payload := encode(u)
	for n := range payload {
		f.Add(payload[:n])
	}
	f.Add(payload)
	f.Add([]byte{9, 9, 9})
	f.Add([]byte{callExec, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1})
	f.Fuzz(func(t *testing.T, payload []byte) {
		check := checkPayload(payload, table)
		if _, err := decodeAlone(payload, table); fmt.Sprint(err) != fmt.Sprint(check) {
			t.Fatalf("decoding: %v; the check: %v", err, check)
		}
	})
}

// FuzzStep has a follower and a leader take any message.
func FuzzStep(f *testing.F) {
	for number := range raftpb.MessageType_name {
		for _, n := range []uint64{0, 1, 3, math.MaxUint64} {
			m := &raftpb.Message{Type: raftpb.MessageType(number).Enum(), From: new(uint64(2)), To: new(uint64(1)), Term: new(n), Index: new(n), LogTerm: new(n),
				Commit: new(n), RejectHint: new(n), Context: make([]byte, 16), Entries: []*raftpb.Entry{{Index: new(n + 1), Term: new(n)}},
				Snapshot: &raftpb.Snapshot{Metadata: &raftpb.SnapshotMetadata{Index: new(n), Term: new(n)}}}
			b, err := proto.Marshal(m)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(b)
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		m := &raftpb.Message{}
		if proto.Unmarshal(b, m) != nil {
			return
		}
		net := newNetwork(t, 3, 1)
		net.until("a leader", func() bool { return net.leader() != nil })
		for _, n := range net.nodes {
			c := proto.Clone(m).(*raftpb.Message)
			c.To = new(n.id)
			n.replica.Step(c, net.now)
			n.replica.Poll(net.now)
		}
	})
}
