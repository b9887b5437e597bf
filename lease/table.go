package lease

import (
	"cmp"
	"slices"
)

// Lease is a deadline that many holders share. H is what is attached to it.
type Lease[H any] struct {
	ID  int64 // positive
	TTL int64 // as granted, in milliseconds
	// Held belongs to the user of the table.
	Held H

	deadline int64
	place    int32
}

// Deadline returns when the lease ends, in Unix milliseconds of log time.
func (l *Lease[H]) Deadline() int64 { return l.deadline }

// Before implements Item.
func (l *Lease[H]) Before(m *Lease[H]) bool { return l.ID < m.ID }

// Place implements Item.
func (l *Lease[H]) Place() *int32 { return &l.place }

// Table holds the shared leases.
type Table[H any] struct {
	byID map[int64]*Lease[H]
	due  Queue[*Lease[H]]
	last int64
}

// Grant adds a lease of ttl milliseconds from now. id 0 takes the next free
// one. It returns nil if the id is taken.
func (t *Table[H]) Grant(id, ttl, now int64) *Lease[H] {
	if id == 0 {
		for id = t.last + 1; t.byID[id] != nil || id <= 0; id++ {
			if id < 0 {
				id = 0
			}
		}
		t.last = id
	} else if t.byID[id] != nil {
		return nil
	}
	return t.Put(id, ttl, now+ttl)
}

// Put adds a lease whose id is free.
func (t *Table[H]) Put(id, ttl, deadline int64) *Lease[H] {
	if t.byID == nil {
		t.byID = make(map[int64]*Lease[H])
	}
	l := &Lease[H]{ID: id, TTL: ttl, deadline: deadline}
	t.byID[id] = l
	t.due.Add(deadline, l)
	return l
}

// Last returns the id that was last chosen by Grant; SetLast restores it.
func (t *Table[H]) Last() int64 { return t.last }

// SetLast is the inverse of Last.
func (t *Table[H]) SetLast(id int64) { t.last = id }

// Get returns the lease with this id, or nil.
func (t *Table[H]) Get(id int64) *Lease[H] { return t.byID[id] }

// Renew starts the lease's time again at now.
func (t *Table[H]) Renew(l *Lease[H], now int64) {
	l.deadline = now + l.TTL
	t.due.Move(l.deadline, l)
}

// Remove takes the lease out of the table.
func (t *Table[H]) Remove(l *Lease[H]) {
	delete(t.byID, l.ID)
	t.due.Remove(l)
}

// First returns the lease that ends first, nil if there is none.
func (t *Table[H]) First() *Lease[H] {
	_, l, _ := t.due.Min()
	return l
}

// EachDue calls fn with the leases that have ended by now, in no order.
func (t *Table[H]) EachDue(now int64, fn func(*Lease[H])) { t.due.EachDue(now, fn) }

// Len returns the number of leases.
func (t *Table[H]) Len() int { return len(t.byID) }

// Each calls fn with the leases, in no order.
func (t *Table[H]) Each(fn func(*Lease[H])) {
	for _, l := range t.byID {
		fn(l)
	}
}

// All returns the leases ordered by id.
func (t *Table[H]) All() []*Lease[H] {
	all := make([]*Lease[H], 0, len(t.byID))
	for _, l := range t.byID {
		all = append(all, l)
	}
	slices.SortFunc(all, func(a, b *Lease[H]) int { return cmp.Compare(a.ID, b.ID) })
	return all
}
