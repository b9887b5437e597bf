package replica

import (
	"fmt"

	"github.com/msredis/msredis/internal/mutant"
)

// Meeting is a node's record of another member: the member's last process, and the part
// of the log that the member is sure to have.
//
// The record is against older copies of a directory. A member that comes back with one
// has forgotten votes that it gave and entries that it acknowledged. If the others
// counted on it all the same, an acknowledged write could be lost. Therefore:
//
//   - A node that meets a process of a member notes it on disk. Only then does it count
//     on the process.
//   - A node that has met a later process of the member refuses an earlier one. It also
//     refuses another process with the same count of starts.
//   - A copy that was taken while the member ran has the same count of starts as the
//     real directory. The node knows such a copy by entries that the member has
//     acknowledged since.
//
// The record is no proof: a node that never met the later process knows nothing of it.
type Meeting struct {
	Starts uint64 `json:"starts"` // number of that start of the member
	Run    uint64 `json:"run"`    // random number of that start
	Floor  uint64 `json:"floor"`  // index of a committed entry that the member has
	// Floors are the same for the further groups.
	Floors []uint64 `json:"floors,omitempty"`
}

// Raise notes an entry of a group that the member has for sure. It reports whether that is
// news.
func (m *Meeting) Raise(group int, index uint64) bool {
	floor := &m.Floor
	if group > 0 {
		floors := make([]uint64, max(len(m.Floors), group)) // a record is copied as a value
		copy(floors, m.Floors)
		m.Floors = floors
		floor = &m.Floors[group-1]
	}
	news := index > *floor
	*floor = max(*floor, index)
	return news
}

// Outdated returns the reason for which a process is not the member's last one, "" if it
// may be. last is the index of the last entry in the process's log, and lasts are those of
// its further groups.
func (m Meeting) Outdated(starts, run, last uint64, lasts ...uint64) string {
	switch {
	case mutant.On(mutant.OlderCopies):
		return ""
	case starts < m.Starts:
		return fmt.Sprintf("this is its start number %d, and number %d was met here", starts, m.Starts)
	case starts == m.Starts && run != m.Run:
		return fmt.Sprintf("this is its start number %d, and another one with that number was met here", starts)
	case last < m.Floor:
		return fmt.Sprintf("its log ends at %d, and it had acknowledged %d", last, m.Floor)
	}
	for i, floor := range m.Floors {
		if i < len(lasts) && lasts[i] < floor {
			return fmt.Sprintf("its log of group %d ends at %d, and it had acknowledged %d", i+1, lasts[i], floor)
		}
	}
	return ""
}

// Meet notes a process that is not outdated. It reports whether the record has changed.
func (m *Meeting) Meet(starts, run uint64) bool {
	if m.Starts == starts && m.Run == run {
		return false
	}
	m.Starts, m.Run = starts, run
	return true
}
