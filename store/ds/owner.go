package ds

import (
	"sync/atomic"

	"github.com/msredis/msredis/internal/mutant"
)

// Mark is what a node carries of the container that made it.
type Mark uint64

// Owner lets a container hand out views of itself in O(1). A view has the same nodes. So
// a writer that comes while the view lives copies the nodes on its way and changes the
// copies (path copying). The container embeds an Owner, and each of its nodes a Mark:
//
//   - Lend makes a view. It gives the container a fresh mark, so that none of the present
//     nodes counts as its own any more.
//   - A writer asks Mine before it changes a node in place. A node that is not, it copies,
//     and the copy gets the mark that Copy returns. A new node may have the mark of the
//     node that it was split off from, or Mark.
//   - An element stands in a node and in its copies. It is changed in place only if nothing
//     is Shared. Otherwise another element takes its place.
//   - Release ends a view. When there is none, all nodes may be changed in place again,
//     whatever their marks are.
//
// So a view costs what is changed while it lives. One that is never released costs copies,
// and nothing else.
//
// Two containers that live on with the same nodes Share them. Marks decide for ever then.
//
// A writer is alone with its container. Lend and Share may be called by several goroutines
// at once, while there is no writer. Release may be called at any time. The mark and the
// shape of nodes are no part of the content.
//
// The zero value is the Owner of a container that nobody shares. It is not copied.
type Owner struct{ s atomic.Pointer[shares] }

// shares is what an Owner has in common with those of its views.
type shares struct {
	mark    atomic.Uint64 // of the nodes that the container has made since it was lent last
	views   atomic.Int64
	forever atomic.Bool // another container lives on with the nodes
	held    atomic.Int64
}

var (
	lastMark atomic.Uint64
	heldAll  atomic.Int64
)

// HeldBytes returns the bytes that are in memory for the sake of views alone. They are those
// of nodes that writers have copied, and of containers that are gone.
func HeldBytes() int64 { return heldAll.Load() }

// lend gives the container a fresh mark.
func (o *Owner) lend() *shares {
	s := o.s.Load()
	if s == nil {
		s = &shares{}
		if !o.s.CompareAndSwap(nil, s) {
			s = o.s.Load()
		}
	}
	return s
}

// Lend makes view the Owner of a view of o's container. It may itself lend.
func (o *Owner) Lend(view *Owner) {
	s := o.lend()
	s.views.Add(1)
	if !mutant.On(mutant.OldMark) {
		s.mark.Store(lastMark.Add(1))
	}
	view.s.Store(s)
}

// Share makes other, which is new, the Owner of a container that has the nodes of o's and
// lives on.
func (o *Owner) Share(other *Owner) {
	s := o.lend()
	s.forever.Store(true)
	s.mark.Store(lastMark.Add(1))
	t := &shares{}
	t.forever.Store(true)
	t.mark.Store(lastMark.Add(1))
	other.s.Store(t)
}

// Release ends the view that o belongs to, whose nodes are not to be looked at any more. A
// second call does nothing.
func (o *Owner) Release() {
	s := o.s.Swap(nil)
	switch {
	case s == nil:
	case mutant.On(mutant.EarlyEnd):
		s.views.Store(0)
	case s.views.Add(-1) == 0:
		s.letGo()
	}
}

// Shared reports whether somebody else has nodes of the container.
func (o *Owner) Shared() bool {
	s := o.s.Load()
	return s != nil && s.shared()
}

func (s *shares) shared() bool { return s.views.Load() > 0 || s.forever.Load() }

// Strict returns o if anything is Shared, else nil. A writer asks it once, and its nodes
// what it has returned: to a nil Owner all of them are Mine.
func (o *Owner) Strict() *Owner {
	if !o.Shared() {
		return nil
	}
	return o
}

// Mine reports whether a node with this mark may be changed in place.
func (o *Owner) Mine(m Mark) bool { return o == nil || o.mine(m) }

func (o *Owner) mine(m Mark) bool {
	s := o.s.Load()
	return s == nil || uint64(m) == s.mark.Load() || !s.shared()
}

// Mark returns the mark of new nodes.
func (o *Owner) Mark() Mark {
	if o != nil {
		if s := o.s.Load(); s != nil {
			return Mark(s.mark.Load())
		}
	}
	return 0 // no view comes while the writer is at work, and the next one makes it foreign
}

// Copy returns the mark for the copy of a node of so many bytes. The old node is held for
// the views, as long as there are any.
func (o *Owner) Copy(size int) Mark {
	s := o.s.Load()
	if s == nil {
		return 0
	}
	s.hold(int64(size))
	return Mark(s.mark.Load())
}

// Leave tells that the container has no node any more that anybody else has.
func (o *Owner) Leave() { o.s.Store(nil) }

// Hold notes that so many bytes are in memory for the sake of views: those of a container
// that is gone. Without a view it does nothing.
func (o *Owner) Hold(size int64) {
	if s := o.s.Load(); s != nil {
		s.hold(size)
	}
}

func (s *shares) hold(size int64) {
	if s.views.Load() == 0 {
		return
	}
	s.held.Add(size)
	heldAll.Add(size)
	if s.views.Load() == 0 {
		s.letGo() // the last view may have ended in between
	}
}

func (s *shares) letGo() { heldAll.Add(-s.held.Swap(0)) }
