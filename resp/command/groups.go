package command

// The groups of a cluster have the hash slots in contiguous ranges.

// GroupOf returns the group that has a slot.
func GroupOf(slot uint16, groups int) int { return int(slot) * groups / Slots }

// Call.Group returns one of these where it returns no number of a group.
const (
	Anywhere   = -1 // any group can run the call
	Everywhere = -2 // the call is for all groups; see Gather
	Apart      = -3 // no group has all that the call needs: CROSSSLOT
)

// Gather tells how the replies of all groups to a command become one.
type Gather uint8

// The ways to gather.
const (
	GatherNone   Gather = iota // a call is for one group
	GatherSum                  // numbers are added
	GatherAlike                // all groups answer alike, or one with an error
	GatherArrays               // the elements of all arrays
	GatherChance               // one of the replies, as the numbers of keys in the groups have it
	GatherCursor               // one group after the other
)

// Group returns the one of several groups that a call is for, or one of the constants.
// Without keys a call that needs a table is for the first group, which has the state of
// the cluster.
func (c *Call) Group(groups int) int {
	if c.Literal != nil {
		return Anywhere
	}
	f := c.Footprint()
	at := Anywhere
	for i := range f.Len() {
		at = together(at, GroupOf(f.Key(i).Slot, groups))
	}
	if c.Tx != nil {
		for i := range c.Tx.Calls {
			at = together(at, c.Tx.Calls[i].Group(groups))
		}
		if at == Everywhere { // what is one in the log cannot be in several
			at = Apart
		}
		return at
	}
	switch script := c.Cmd.Flags.Has(Script); {
	case at == Apart || at >= 0 && (script || !f.AnyKey()):
		return at
	case at >= 0:
		return Apart // it finds the names of other keys in the data
	case c.Cmd.Gather != GatherNone:
		return Everywhere
	case f.Tables() != 0:
		return 0
	case f.AnyKey() && !script:
		return Apart
	}
	return Anywhere
}

// together is the place of two calls that have to be in one group.
func together(a, b int) int {
	switch {
	case a == Anywhere || a == b:
		return b
	case b == Anywhere:
		return a
	}
	return Apart
}
