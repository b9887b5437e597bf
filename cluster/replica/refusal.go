package replica

import (
	"errors"

	"github.com/msredis/msredis/internal/mutant"
)

// Why a change of the membership is not carried out.
var (
	errLastVoter = errors.New("the last voter of a cluster cannot be removed")
	errNoMember  = errors.New("there is no such member")
	errChange    = errors.New("there is no such change")
	errMemberID  = errors.New("a new member gets the next id, and a name")
)

// Refuses tells why the membership cannot be changed in that way, as it is now, nil if it
// can. Every node asks it of every change in the log, and the leader before it proposes one:
// raft has no answer for a group without voters but a panic.
func (m *Members) Refuses(c Change) error {
	switch c.Op {
	case AddLearner:
		if (c.Member.ID != m.LastID+1 || c.Member.Name == "") && !mutant.On(mutant.IDsReused) {
			return errMemberID
		}
	case Promote, Update:
		if !m.Has(c.Member.ID) {
			return errNoMember
		}
	case Remove, Replace:
		if x, ok := m.ByID(c.Member.ID); ok && !x.Learner && m.Voters() == 1 {
			return errLastVoter
		}
	default:
		return errChange
	}
	return nil
}
