package replica

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/msredis/msredis/internal/mutant"
	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/store"
	"go.etcd.io/raft/v3/raftpb"
)

// Ledger is the part of the state machine that makes writes exactly-once. It has the
// last applied bundle of each node. The holder of the apply role owns it, and every
// snapshot has it. Positions of removed nodes stay: a late copy of one of their bundles
// may still come through the log.
type Ledger struct {
	last    map[uint64]position // by node
	decoder decoder

	bundles []bundleData // scratch
}

// position is the last applied bundle of one node.
type position struct {
	Incarnation uint64 `json:"inc"`
	Seq         uint64 `json:"seq"`
}

// NewLedger returns the ledger of an empty log.
func NewLedger(table *command.Table) *Ledger {
	return &Ledger{last: map[uint64]position{}, decoder: decoder{table: table}}
}

// Encode returns the ledger for a snapshot; equal ledgers give equal bytes.
func (l *Ledger) Encode() ([]byte, error) { return json.Marshal(l.last) }

// Restore replaces the ledger by an encoded one.
func (l *Ledger) Restore(data []byte) error {
	last := map[uint64]position{}
	if err := json.Unmarshal(data, &last); err != nil {
		return fmt.Errorf("ledger: %w", err)
	}
	l.last = last
	return nil
}

// admit reports whether the bundle is the next of its node, and notes it.
func (l *Ledger) admit(id bundleID) bool {
	at := l.last[id.Node]
	switch {
	case id.Incarnation == at.Incarnation && id.Seq == at.Seq+1:
	case id.Incarnation > at.Incarnation && id.Seq == 1:
	case mutant.On(mutant.NoDedupe):
	default:
		return false
	}
	l.last[id.Node] = position{Incarnation: id.Incarnation, Seq: id.Seq}
	return true
}

// Last returns the number of the last applied bundle of a node in an incarnation, 0 if
// there is none.
func (l *Ledger) Last(node, incarnation uint64) (seq uint64) {
	if at := l.last[node]; at.Incarnation == incarnation {
		return at.Seq
	}
	return 0
}

// Open decodes entries for the store, and appends them to dst. own are the bundles of
// this node that the entries may hold.
//
//   - A bundle that is not next in its node's sequence is left out.
//   - A bundle of this node brings the clients' own units, so that the replies reach
//     them. It does not if the log has another payload for it (Bundle.Refused).
//   - answered are the bundles whose replies are complete when the store has applied the
//     entries.
//   - gap reports that a bundle of this node came before an earlier one. So the earlier
//     one was lost.
func (l *Ledger) Open(dst []store.Entry, list []*raftpb.Entry, own []*Bundle, self, incarnation uint64) (entries []store.Entry, answered []*Bundle, gap bool, err error) {
	for _, e := range list {
		out := store.Entry{Index: e.GetIndex()}
		if e.GetType() != raftpb.EntryNormal || len(e.GetData()) == 0 {
			dst = append(dst, out)
			continue
		}
		out.Time, out.Seed, l.bundles, err = decodeEntry(e.GetData(), l.bundles[:0])
		if err != nil {
			return dst, answered, gap, fmt.Errorf("entry %d: %w", e.GetIndex(), err)
		}
		for _, b := range l.bundles {
			mine := b.id.Node == self && b.id.Incarnation == incarnation
			if !l.admit(b.id) {
				gap = gap || mine && b.id.Seq > l.Last(self, incarnation)
				continue
			}
			i := -1
			if mine {
				i = find(own, b.id.Seq)
			}
			if i >= 0 {
				answered = append(answered, own[i])
			}
			if i >= 0 && bytes.Equal(own[i].payload, b.payload) {
				out.Units, err = own[i].claim(out.Units, &l.decoder)
			} else {
				if i >= 0 {
					own[i].deny(b.payload)
				}
				var u *command.Unit
				u, err = l.decoder.payload(b.payload, nobody)
				out.Units = append(out.Units, u)
			}
			if err != nil {
				return dst, answered, gap, fmt.Errorf("entry %d: %w", e.GetIndex(), err)
			}
		}
		dst = append(dst, out)
	}
	return dst, answered, gap, nil
}

// Recycle takes back the memory of the units that Open has decoded since the last time.
// The store has applied them.
func (l *Ledger) Recycle() { l.decoder.recycle() }

// find returns the place of a bundle in a list, -1 if it is not there.
func find(list []*Bundle, seq uint64) int {
	return slices.IndexFunc(list, func(b *Bundle) bool { return b.seq == seq })
}
