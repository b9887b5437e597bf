package sim

import (
	"encoding/binary"
	"math"
	"strings"

	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/store/storetest"
	"go.etcd.io/raft/v3/raftpb"
)

// tableWithout is the table of a version of msredis that does not know a command yet. The
// others have the numbers that they have.
func tableWithout(name string) *command.Table {
	older := append(rows[:0:0], rows...)
	for i := range older {
		if older[i].Name == name && older[i].Container == "" {
			older[i].Name, older[i].Usage = name+"-to-come", strings.ToUpper(name)+"-TO-COME"+older[i].Usage[len(name):]
		}
	}
	return storetest.Table(older)
}

// A node that was upgraded sends the leader, which was not, a command that the leader does
// not know. Nobody may have it in the log: each of those that do not know it would end, again
// at every start. (One bad entry stops a cluster for ever.)
func unknownCommand(w *world) {
	for _, m := range w.machines {
		m.node.crash(false)
		m.table = tableWithout("append")
		m.start()
	}
	a := w.lead()
	f := w.others(a)[0]
	f.crash(false)
	f.machine.table = nil
	f = f.machine.start()
	if a = w.lead(); a == f {
		a.post(transfer(w.others(f)[0].id))
		w.until(10*second, func() bool { l := w.leader(); return l != nil && l != f })
		a = w.lead()
	}
	w.staged(a != f, "the leader is the older version")
	w.must(f, "OK", call("SET", "x", "1"))
	r := w.await(w.ask(f, call("APPEND", "x", "2"), call("GET", "x")))
	if r.err != errRefused {
		w.fail("a command that the leader does not know: %v, %v", r.list, r.err)
	}
	w.must(f, "1", call("GET", "x"))
	w.must(f, "OK", call("SET", "x", "3"))
	w.must(a, "3", call("GET", "x"))
	w.rest(3)
}

// Three bytes that are no calls, forwarded in the name of a member, and then that member's own.
func malformedBundle(w *world) {
	a := w.lead()
	f := w.others(a)[0]
	w.must(f, "OK", call("SET", "x", "1"))
	data := binary.AppendUvarint(nil, f.id)
	data = binary.AppendUvarint(data, f.inc+1)
	data = append(data, 1, 3, 9, 9, 9)
	w.network.deliver(w, &raftpb.Message{Type: raftpb.MsgProp.Enum(), From: new(f.id), To: new(a.id), Entries: []*raftpb.Entry{{Data: data}}}, f)
	data = append(binary.AppendUvarint(nil, a.id), data[1:]...)
	w.network.deliver(w, &raftpb.Message{Type: raftpb.MsgProp.Enum(), From: new(f.id), To: new(a.id), Entries: []*raftpb.Entry{{Data: data}}}, f)
	w.run(200 * ms)
	w.must(a, "OK", call("SET", "x", "2"))
	w.must(w.others(a)[1], "2", call("GET", "x"))
	w.rest(3)
}

// One message with the highest term that there is, to each node: raft would take it over, write
// it down and have no next one.
func lastTerm(w *world) {
	a := w.lead()
	term := a.term()
	for _, kind := range []raftpb.MessageType{raftpb.MsgApp, raftpb.MsgHeartbeat, raftpb.MsgVote, raftpb.MsgAppResp} {
		for _, n := range w.up() {
			from := w.others(n)[0]
			w.network.deliver(w, &raftpb.Message{Type: kind.Enum(), From: new(from.id), To: new(n.id), Term: new(uint64(math.MaxUint64)),
				Index: new(uint64(math.MaxUint64)), Commit: new(uint64(math.MaxUint64)), LogTerm: new(uint64(1))}, from)
		}
		w.run(50 * ms)
	}
	w.must(w.lead(), "OK", call("SET", "x", "1"))
	if now := w.leader().term(); now > term+1 {
		w.fail("term %d became %d", term, now)
	}
	w.rest(3)
}

// A handler panics in the middle of an edit. Its client gets an error, the key that it was changing
// is gone, on all nodes alike: those that have the client and those that have not, those that are
// up, those that start again from their log and from a snapshot. What stands in the same entry, the same
// pipeline and the same transaction is as ever.
func brokenHandler(w *world) {
	nodes := len(w.up())
	ends := func(n *node, calls ...command.Call) []any {
		r := w.await(w.ask(n, calls...))
		if r.err != nil {
			w.fail("a broken call: %v", r.err)
		}
		return r.list
	}
	isOff := func(v any) bool { _, ok := v.(replyError); return ok }
	for round := range 4 {
		n := pick(w, w.up())
		w.must(n, "2", call("RPUSH", "list", "a", "b"))
		list := ends(n, call("SET", "x", "1"), call("BROKEN", "list", "RPUSH", "c"), call("EXISTS", "list"), call("INCR", "x"))
		if len(list) != 4 || !isOff(list[1]) || text(list[2]) != "0" || text(list[3]) != "2" {
			w.fail("a pipeline with a broken call: %v", list)
		}
		list = ends(n, multi(nil, call("INCR", "x"), call("BROKEN", "x", "APPEND", "0"), call("INCR", "x")))[0].([]any)
		if len(list) != 3 || text(list[0]) != "3" || !isOff(list[1]) || text(list[2]) != "1" {
			w.fail("a transaction with a broken call: %v", list)
		}
		if list := ends(n, call("BROKEN", "whole", "SET", "set")); !isOff(list[0]) {
			w.fail("a broken SET: %v", list)
		}
		w.must(pick(w, w.up()), "set", call("GET", "whole"))
		w.must(pick(w, w.up()), "0", call("EXISTS", "list"))
		if round == 1 {
			n.snapshot()
		}
		if round%2 == 1 {
			pick(w, w.up()).crash(true)
			for _, m := range w.machines {
				if m.node == nil {
					m.start()
				}
			}
			w.lead()
		}
	}
	w.rest(nodes)
}

// rest waits until so many nodes are up and have applied the same.
func (w *world) rest(nodes int) {
	if !w.until(20*second, func() bool { return len(w.up()) == nodes && w.equal() }) {
		w.fail("the nodes do not come to the same index")
	}
}
