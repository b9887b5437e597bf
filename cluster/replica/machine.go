package replica

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/msredis/msredis/internal/mutant"
	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/store"
	"go.etcd.io/raft/v3/raftpb"
)

// Machine is the state of the apply role beside the store. Both stand at one position of
// the log, and every snapshot has both from the same moment.
type Machine struct {
	Ledger      *Ledger
	Members     Members
	Index, Term uint64 // of the last applied entry
	Lag         int64  // distance of log time behind the machines' clocks, in milliseconds; see clock.go
}

// Applied is an Apply job that is done, for Replica.Applied.
type Applied struct {
	Job *ApplyJob
	Seq uint64 // of this node's last applied bundle
	Gap bool
}

// Open decodes the entries of a job for the store, appends them to dst, and moves on
// behind the job; see Ledger.Open. A snapshot may have been installed while the job
// waited. Entries that the snapshot has are left out.
func (m *Machine) Open(dst []store.Entry, job *ApplyJob, self, incarnation uint64) (entries []store.Entry, answered []*Bundle, done Applied, err error) {
	entries, done = dst, Applied{Job: job}
	list := job.Entries
	for len(list) > 0 && list[0].GetIndex() <= m.Index && !mutant.On(mutant.StaleApply) {
		list = list[1:]
	}
	if len(list) > 0 {
		if entries, answered, done.Gap, err = m.Ledger.Open(dst, list, job.own, self, incarnation); err != nil {
			return dst, nil, done, err
		}
		if job.Members != nil {
			m.Members = *job.Members
		}
		last := list[len(list)-1]
		m.Index, m.Term = last.GetIndex(), last.GetTerm()
		for _, e := range slices.Backward(list) {
			if s, ok := entryStamp(e); ok {
				m.Lag = s.lag
				break
			}
		}
	}
	done.Seq = m.Ledger.Last(self, incarnation)
	return entries, answered, done, nil
}

// machineState is a Machine in a snapshot, without its position.
type machineState struct {
	Members json.RawMessage `json:"members"`
	Ledger  json.RawMessage `json:"ledger"`
	Lag     int64           `json:"lag"`
}

// Encode returns the machine for a snapshot.
func (m *Machine) Encode() ([]byte, error) {
	members, err := m.Members.Encode()
	if err != nil {
		return nil, err
	}
	ledger, err := m.Ledger.Encode()
	if mutant.On(mutant.SnapshotLedger) {
		ledger = []byte("{}")
	}
	if err != nil {
		return nil, err
	}
	return json.Marshal(machineState{Members: members, Ledger: ledger, Lag: m.Lag})
}

// DecodeMachine is the inverse of Encode.
func DecodeMachine(data []byte, index, term uint64, table *command.Table) (Machine, error) {
	m := Machine{Ledger: NewLedger(table), Index: index, Term: term}
	var state machineState
	if err := json.Unmarshal(data, &state); err != nil {
		return m, fmt.Errorf("snapshot: %w", err)
	}
	m.Lag = state.Lag
	var err error
	if m.Members, err = DecodeMembers(state.Members); err != nil {
		return m, err
	}
	return m, m.Ledger.Restore(state.Ledger)
}

// HardState is the hard state that an Append job wants to be kept beside its entries, nil
// if there is none.
func HardState(job *raftpb.Message) *raftpb.HardState {
	if job.Term == nil {
		return nil
	}
	return &raftpb.HardState{Term: new(job.GetTerm()), Vote: new(job.GetVote()), Commit: new(job.GetCommit())}
}

// InstalledHardState is the hard state that has to be kept with the snapshot of an Append
// job. before is the one that is kept so far.
func InstalledHardState(job *raftpb.Message, before *raftpb.HardState) *raftpb.HardState {
	hard := HardState(job)
	if hard == nil {
		hard = &raftpb.HardState{Term: new(before.GetTerm()), Vote: new(before.GetVote())}
	}
	hard.Commit = new(max(hard.GetCommit(), job.GetSnapshot().GetMetadata().GetIndex()))
	return hard
}
