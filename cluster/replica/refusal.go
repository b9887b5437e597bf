package replica

import (
	"errors"

	"github.com/msredis/msredis/internal/mutant"
)

// The reasons for which a change of the membership is not carried out.
var (
	errLastVoter = errors.New("the last voter of a cluster cannot be removed")
	errNoMember  = errors.New("there is no such member")
	errChange    = errors.New("there is no such change")
	errMemberID  = errors.New("a new member gets the next id, and a name")
)

// Refuses returns the reason for which the present membership cannot be changed in that way,
// nil if it can. Every node calls it for every change in the log. The leader also calls it
// before it proposes one, because raft panics for a group without voters.
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
