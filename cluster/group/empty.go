package group

import "errors"

// Why a group is not ended as an empty one.
var (
	ErrNotEmpty = errors.New("that node is not empty. Either it already knows other nodes or contains some key")
	ErrInUse    = errors.New("that node is being written to")
)

// EndEmpty ends the group, for a reason, if nothing is in it and nothing is on its way.
func (g *Group) EndEmpty(reason error) (err error) {
	g.inApply(func() { err = g.endEmpty(reason) })
	return err
}

// endEmpty is EndEmpty in the apply role.
func (g *Group) endEmpty(reason error) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	st := g.store.Load()
	for range st.DBInfo() { // the databases with keys
		return ErrNotEmpty
	}
	switch {
	case st.Leases() > 0:
		return ErrNotEmpty
	case g.writers.n > 0:
		return ErrInUse
	case g.stopped != nil:
		return ErrClosed
	}
	g.end(reason)
	return nil
}
