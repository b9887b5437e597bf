package replica

import (
	"fmt"

	"github.com/msredis/msredis/internal/mutant"
)

// Meeting is what a node remembers of another member: its last process, and how
// much of the log it is sure to have.
//
// A member that comes back with an older copy of its directory has forgotten votes
// that it gave and entries that it acknowledged. If the others counted on it all
// the same, an acknowledged write could be lost. So whoever meets a process of a
// member notes it, on disk, before it counts on anything that the process says;
// and whoever has met a later one, or another one with the same count of starts,
// refuses it. A copy that was taken while the member ran counts the starts like the
// real directory; it is known by what the member has acknowledged since.
//
// It is no proof: a node that never met the later process knows nothing of it.
type Meeting struct {
	Starts uint64 `json:"starts"` // which start of the member it was
	Run    uint64 `json:"run"`    // random number of that start
	Floor  uint64 `json:"floor"`  // index of an entry that it has, committed
}

// Outdated returns why a process is not the member's last one, "" if it may be. last
// is the index of the last entry in its log.
func (m Meeting) Outdated(starts, run, last uint64) string {
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
	return ""
}

// Meet notes a process that is not outdated. It reports whether that is news.
func (m *Meeting) Meet(starts, run uint64) bool {
	if m.Starts == starts && m.Run == run {
		return false
	}
	m.Starts, m.Run = starts, run
	return true
}
