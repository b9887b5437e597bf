package replica

import (
	"slices"
	"sync/atomic"

	"github.com/msredis/msredis/internal/mutant"
	"github.com/msredis/msredis/resp/command"
)

// Proposal is a unit on its way through the log. The client's goroutine and the replica
// share it.
type Proposal struct {
	Unit *command.Unit
	Data any // the owner's

	state atomic.Uint32
}

// The life of a proposal. Only the transitions in the comments exist. So a client that
// gives up never meets a replica that reads or writes the client's unit.
const (
	stateQueued    uint32 = iota // -> encoding (replica), abandoned (client)
	stateEncoding                // the replica reads the unit; -> bundled
	stateBundled                 // -> claimed (applier), abandoned (client)
	stateClaimed                 // the applier writes into the unit; the end
	stateAbandoned               // the unit is the client's again; the end
)

// Abandon takes the unit back from the replica. unknown tells whether the proposal may be
// applied all the same. Abandon fails while the replica works on the unit. Then the answer
// is there in a moment, or Abandon may be tried again.
func (p *Proposal) Abandon() (unknown, ok bool) {
	if p.state.CompareAndSwap(stateQueued, stateAbandoned) {
		return false, true
	}
	return !mutant.On(mutant.LostAsDone), p.state.CompareAndSwap(stateBundled, stateAbandoned)
}

// Reset makes p ready for another unit. Only the owner of p may call it, when the replica
// has let go of p.
func (p *Proposal) Reset(u *command.Unit) {
	p.Unit = u
	p.state.Store(stateQueued)
}

// Bundle is a run of this node's proposals with one number.
type Bundle struct {
	seq       uint64
	proposals []*Proposal
	ends      []int             // the end of each proposal's calls in payload
	callers   []*command.Caller // of what stands before each proposal's calls
	by        *command.Caller   // of the last call
	payload   []byte            // encoded calls; immutable
	// sentTerm is the term in which the bundle was last proposed or forwarded. 0: it has
	// to be handed out (again).
	sentTerm uint64
	// Claimed are the proposals whose units the store was given. They are answered once
	// the entry is applied.
	Claimed []*Proposal
	// Refused are the proposals whose units the log does not have. The log has the bundle
	// without its calls, because the leader could not apply them. They were not executed.
	Refused []*Proposal
	// Strange are the proposals in whose place the log has other calls. Their outcome is
	// unknown.
	Strange []*Proposal
}

// add encodes p into the bundle, unless its client has given up. It reports
// whether p is part of the bundle now.
func (b *Bundle) add(p *Proposal) bool {
	if !p.state.CompareAndSwap(stateQueued, stateEncoding) {
		return false
	}
	if p.Unit.Bytes > MaxEntryBytes {
		// The payload would be copied each time that it grows, in the core role, while
		// heartbeats wait.
		b.payload = slices.Grow(b.payload, unitRoom(p.Unit))
	}
	b.callers = append(b.callers, b.by)
	b.payload, b.by = appendUnit(b.payload, p.Unit, b.by)
	b.proposals = append(b.proposals, p)
	b.ends = append(b.ends, len(b.payload))
	p.state.Store(stateBundled)
	return true
}

// claim appends the units of b to dst. They are the clients' own, so that the clients get
// their replies. For an abandoned proposal the encoded calls are decoded again. Both have
// the same writes.
func (b *Bundle) claim(dst []*command.Unit, d *decoder) ([]*command.Unit, error) {
	start := 0
	for i, p := range b.proposals {
		if p.state.CompareAndSwap(stateBundled, stateClaimed) {
			b.Claimed = append(b.Claimed, p)
			dst = append(dst, p.Unit)
		} else {
			u, err := d.payload(b.payload[start:b.ends[i]], b.callers[i])
			if err != nil {
				return dst, err
			}
			dst = append(dst, u)
		}
		start = b.ends[i]
	}
	return dst, nil
}

// deny takes the proposals away from their clients without a unit for the store. The log
// has another payload for the bundle.
func (b *Bundle) deny(payload []byte) {
	for _, p := range b.proposals {
		if !p.state.CompareAndSwap(stateBundled, stateClaimed) {
			continue // its client has given up
		}
		if len(payload) == 0 {
			b.Refused = append(b.Refused, p)
		} else {
			b.Strange = append(b.Strange, p)
		}
	}
}
