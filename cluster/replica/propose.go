package replica

import (
	"slices"

	"github.com/msredis/msredis/internal/mutant"
	"go.etcd.io/raft/v3/raftpb"
	"google.golang.org/protobuf/proto"
)

func unmarshal(data []byte, m proto.Message) error { return proto.Unmarshal(data, m) }

// propose moves the queue on. A leader puts its own and the forwarded bundles into one
// entry as soon as the log is free (group commit). So an entry grows with the time that
// the entry before needs to reach the disk, and no timer is involved. The leader begins
// when its clock runs. Another node sends its bundles to the leader.
func (r *Replica) propose() {
	switch {
	case r.leader == 0 || r.blocked:
	case r.Leads():
		if !r.clock.running && r.Settled() {
			r.clock.start(r.config.ID, &r.members, r.now)
		}
		if r.appending == 0 && r.clock.running {
			r.proposeEntry()
		}
	default:
		r.forward()
	}
}

// bundle cuts the queue into the next bundle. It returns nil if there is
// nothing to send.
func (r *Replica) bundle() *Bundle {
	b := &Bundle{seq: r.lastSeq + 1, by: nobody}
	if last := len(r.spare) - 1; last >= 0 {
		b.payload, r.spare = r.spare[last], r.spare[:last]
	}
	n := 0
	for _, p := range r.queue {
		if len(b.payload) >= MaxEntryBytes {
			break
		}
		b.add(p)
		n++
	}
	r.queue = slices.Delete(r.queue, 0, n)
	if len(b.proposals) == 0 {
		r.keep(b.payload)
		return nil
	}
	if len(r.inflight) == 0 {
		r.stuck = 0
	}
	r.lastSeq = b.seq
	r.inflight = append(r.inflight, b)
	return b
}

// proposeEntry makes one entry of all bundles that wait.
func (r *Replica) proposeEntry() {
	if len(r.queue) > 0 {
		r.bundle()
	}
	size, own := 0, 0
	for _, b := range r.inflight {
		if b.sentTerm != r.term {
			own++
			size += len(b.payload) + 32
		}
	}
	at := r.clock.nextStamp(r.now)
	if own == 0 && len(r.forwarded) == 0 && (r.expireTo == 0 || at.time < r.expireTo) {
		return
	}
	data := make([]byte, 0, entryHeaderSize+size+min(r.forwardedBytes+32*len(r.forwarded), MaxEntryBytes))
	data = appendHeader(data, at, r.config.Random())
	var put []*Bundle
	for _, b := range r.inflight {
		if b.sentTerm == r.term || (len(put) > 0 && len(data) >= MaxEntryBytes) {
			continue
		}
		data = appendBundle(data, r.bundleID(b), b.payload)
		put = append(put, b)
	}
	n := 0
	for n < len(r.forwarded) && len(data) < MaxEntryBytes {
		data = appendBundle(data, r.forwarded[n].id, r.forwarded[n].payload)
		n++
	}
	if err := r.raft.Propose(data); err != nil {
		// Leadership is being handed over, or too much is uncommitted.
		r.blocked = true
		return
	}
	for _, b := range put {
		b.sentTerm = r.term
	}
	for _, f := range r.forwarded[:n] {
		r.forwardedBytes -= len(f.payload)
		r.notices.proposed(f.id.Node)
	}
	r.forwarded = slices.Delete(r.forwarded, 0, n)
	if at.time >= r.expireTo {
		r.expireTo = 0
	}
}

func (r *Replica) bundleID(b *Bundle) bundleID {
	return bundleID{Node: r.config.ID, Incarnation: r.config.Incarnation, Seq: b.seq}
}

// forward sends the leader the bundles that it has not been sent in this term.
func (r *Replica) forward() {
	for len(r.queue) > 0 && len(r.inflight) < maxInflight {
		r.bundle()
	}
	var ents []*raftpb.Entry
	for _, b := range r.inflight {
		if b.sentTerm != r.term {
			b.sentTerm = r.term
			data := make([]byte, 0, len(b.payload)+32)
			ents = append(ents, &raftpb.Entry{Data: appendBundle(data, r.bundleID(b), b.payload)})
		}
	}
	if len(ents) > 0 {
		r.out.Messages = append(r.out.Messages, &raftpb.Message{
			Type: raftpb.MsgProp.Enum(), From: new(r.config.ID), To: new(r.leader), Entries: ents,
		})
	}
}

// takeForwarded takes bundles of another node. A node that does not lead drops them: the
// sender learns of the new leader and sends them there.
//
// This node does not propose calls that it could not apply. Every member would end of
// them, again at each start. It proposes the bundle without its calls instead. So the
// numbers of the sender go on, and the sender can tell its clients that nothing was
// executed.
func (r *Replica) takeForwarded(m *raftpb.Message) {
	if !r.Leads() {
		return
	}
	for _, e := range m.GetEntries() {
		rd := readerOf(e.GetData())
		b := bundleData{id: bundleID{Node: rd.Uvarint(), Incarnation: rd.Uvarint(), Seq: rd.Uvarint()}}
		b.payload = rd.Bytes()
		if rd.Bad || len(rd.B) > 0 || b.id.Node != m.GetFrom() || r.forwardedBytes+len(b.payload) > MaxForwardedBytes {
			return
		}
		if err := checkPayload(b.payload, r.config.Table); err != nil && !mutant.On(mutant.Unchecked) {
			r.drop(m, "a bundle in it cannot be executed, and is proposed without its commands: "+err.Error())
			b.payload = nil
		}
		r.forwarded = append(r.forwarded, b)
		r.forwardedBytes += len(b.payload)
	}
}

// resendAfter is the number of ticks without progress after which bundles count as lost. A
// hundred megabytes may be on their way for seconds. Sending them again each second would
// keep them from ever arriving.
func (r *Replica) resendAfter() int {
	ticks := resendTicks
	for _, b := range r.inflight {
		ticks += len(b.payload) / MaxEntryBytes
	}
	return ticks
}

// resend lets all own bundles be handed out again, in order.
func (r *Replica) resend() {
	r.stuck = 0
	for _, b := range r.inflight {
		if mutant.On(mutant.NoResend) && b.sentTerm != 0 {
			continue
		}
		b.sentTerm = 0
	}
}

// dropApplied forgets the own bundles up to seq: they are applied, here or in a snapshot.
func (r *Replica) dropApplied(seq uint64) {
	n := 0
	for n < len(r.inflight) && r.inflight[n].seq <= seq {
		n++
	}
	if n > 0 {
		r.inflight = slices.Delete(r.inflight, 0, n)
		r.stuck = 0
	}
}

// maxSpare is the number of payloads that are kept for the next bundles.
const maxSpare = 4

// keep takes the payload of a bundle that has no reader any more.
func (r *Replica) keep(payload []byte) {
	if len(r.spare) < maxSpare && cap(payload) <= 2*MaxEntryBytes {
		r.spare = append(r.spare, payload[:0])
	}
}
