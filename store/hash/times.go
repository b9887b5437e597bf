package hash

import (
	"encoding/binary"
	"slices"

	"github.com/msredis/msredis/internal/mutant"
	"github.com/msredis/msredis/lease"
	"github.com/msredis/msredis/store/ds"
)

// times are the deadlines of a hash's fields: found by field, and in the order
// in which they come. Most hashes have none, and pay for them with a nil.
//
// A view has no due: it is what the hash was at its time, and does not expire.
type times struct {
	due lease.Queue[*deadline] // of fields that are not hidden
	of  *ds.Dict[*deadline]
	// bytes is what they are accounted with.
	bytes int64

	// Fields with a deadline at or before horizon have expired. So many of them
	// are in memory still, hidden; see expired.go. sweep is the cursor of
	// who looks for them.
	horizon int64
	hidden  int
	sweep   uint64
}

// newTimes returns times without any.
func newTimes() *times { return &times{of: ds.New[*deadline](hashSeed)} }

// deadline is when a field expires, in Unix milliseconds of log time. Its place belongs to
// the queue. Views do not look at it.
type deadline struct {
	field string
	at    int64
	place int32
}

// Before implements lease.Item.
func (d *deadline) Before(o *deadline) bool { return d.field < o.field }

// Key implements ds.Keyed.
func (d *deadline) Key() string { return d.field }

// Place implements lease.Item.
func (d *deadline) Place() *int32 { return &d.place }

// Deadline returns when a field expires; 0: never.
func (h *Hash) Deadline(field []byte) int64 {
	if h.times != nil {
		if d := h.times.get(field); d != nil && !h.times.hides(d) {
			return d.at
		}
	}
	return 0
}

// expire gives a field, which is there, a deadline.
func (h *Hash) expire(field []byte, at int64) {
	if h.times == nil {
		h.times = newTimes()
	}
	h.times.set(string(field), at)
}

// get returns the deadline of a field, nil if it has none.
func (t *times) get(field []byte) *deadline {
	d, _ := t.of.Get(field)
	return d
}

func (t *times) set(field string, at int64) {
	d, ok := t.of.Find(field)
	switch {
	case ok && (!t.of.Owner().Shared() || mutant.On(mutant.TimeShared)):
		d.at = at
		t.due.Move(at, d)
		return
	case ok:
		t.due.Remove(d)
		t.bytes -= d.memSize()
	}
	d = &deadline{field: field, at: at}
	t.of.Put(d)
	t.due.Add(at, d)
	t.bytes += d.memSize()
}

// drop takes the deadline of a field of h away, if it has one, and h's times
// with the last of them.
func (t *times) drop(h *Hash, field []byte) {
	if t == nil {
		return
	}
	d := t.get(field)
	if d == nil || t.hides(d) {
		return
	}
	t.due.Remove(d)
	t.forget(h, d)
}

// forget drops a deadline that is in no queue.
func (t *times) forget(h *Hash, d *deadline) {
	t.of.Delete(d.field)
	t.bytes -= d.memSize()
	if t.of.Len() == 0 {
		h.times = nil
	}
}

// The memory that deadlines count: the two containers, and each deadline with its
// places in them.
const (
	timesBytes    = 120
	deadlineBytes = 96
)

func (t *times) memSize() int64 {
	if t == nil {
		return 0
	}
	return timesBytes + t.bytes
}

func (d *deadline) memSize() int64 { return deadlineBytes + int64(len(d.field)+7)&^7 }

// clone returns the deadlines of fields that are not hidden.
func (t *times) clone() *times {
	if t == nil {
		return nil
	}
	c := newTimes()
	for d := range t.of.All() {
		if !t.hides(d) {
			c.set(d.field, d.at)
		}
	}
	if c.of.Len() == 0 {
		return nil
	}
	return c
}

// freeze returns a view of the deadlines.
func (t *times) freeze() *times {
	if t == nil {
		return nil
	}
	return &times{of: t.of.Freeze(), bytes: t.bytes, horizon: t.horizon, hidden: t.hidden}
}

// sorted returns the deadlines in the order of their fields.
func (t *times) sorted() []*deadline {
	all := make([]*deadline, 0, t.of.Len())
	for d := range t.of.All() {
		all = append(all, d)
	}
	slices.SortFunc(all, func(a, b *deadline) int {
		if a.field < b.field {
			return -1
		}
		return 1
	})
	return all
}

// visible returns the deadlines of fields that are not hidden, like sorted.
func (t *times) visible() []*deadline {
	return slices.DeleteFunc(t.sorted(), t.hides)
}

// encode appends the number of deadlines, and each as the length of the field,
// the field and the time, in the order of the fields.
func (t *times) encode(dst []byte) []byte { return encodeTimes(dst, t.sorted()) }

func encodeTimes(dst []byte, all []*deadline) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(all)))
	for _, d := range all {
		dst = binary.AppendUvarint(dst, uint64(len(d.field)))
		dst = append(dst, d.field...)
		dst = binary.AppendUvarint(dst, uint64(d.at))
	}
	return dst
}

// cutTimes reads what encode has written. src may be anything.
func cutTimes(src []byte) (all []deadline, rest []byte, ok bool) {
	n, src, ok := cutLen(src)
	if !ok || n == 0 || n > uint64(len(src)) {
		return nil, nil, false
	}
	for range n {
		size, rest, ok := cutLen(src)
		if !ok || size > uint64(len(rest)) {
			return nil, nil, false
		}
		d := deadline{field: string(rest[:size])}
		at, rest, ok := cutLen(rest[size:])
		if !ok || at == 0 || at > maxDeadline || len(all) > 0 && all[len(all)-1].field >= d.field {
			return nil, nil, false
		}
		d.at = int64(at)
		all, src = append(all, d), rest
	}
	return all, src, true
}

// take gives the fields of h deadlines.
func (h *Hash) take(all []deadline) error {
	for _, d := range all {
		if _, ok := h.Get([]byte(d.field)); !ok {
			return errDecode
		}
		h.expire([]byte(d.field), d.at)
	}
	return nil
}
