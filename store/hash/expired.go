package hash

import (
	"math"

	"github.com/msredis/msredis/store/keyspace"
)

// Fields that have expired and are in memory still.
//
// Half a million fields may end in one millisecond. To remove them all takes a third of
// a second, for which all other writes would wait. So no reader sees them any more at
// once, and they are removed by and by. All readers of a hash leave hidden fields out,
// and an entry of the log removes a portion.
//
// Which of them are in memory differs between nodes: a node that was restored from a
// snapshot may have removed them all. So it must not show, in no reply, order, version
// or digest. A packed hash is small, and hides nothing: how many fields it has decides
// on when it becomes a table. Random choices, cursors and sizes follow from what is in
// memory: in the log those commands remove the rest first (Ctx.Purge). Readers may meet
// one whose fields have expired since the last entry that got to it. They are given a
// view.

// A hash removes so many expired fields at a time: portionMin, and one for each
// portionShare fields that it has.
const (
	portionMin   = 128
	portionShare = 512
)

// hides reports whether the field of d has expired.
func (t *times) hides(d *deadline) bool { return d.at <= t.horizon }

// hides reports whether the field is in memory and has expired.
func (h *Hash) hides(field []byte) bool {
	t := h.times
	if t == nil || t.hidden == 0 {
		return false
	}
	d := t.get(field)
	return d != nil && t.hides(d)
}

// NextPart implements keyspace.Partial.
func (h *Hash) NextPart() int64 {
	switch t := h.times; {
	case t == nil:
		return 0
	case t.hidden > 0:
		return t.horizon
	default:
		at, _, _ := t.due.Min()
		return at
	}
}

// PartAfter implements keyspace.Partial.
func (h *Hash) PartAfter(now int64) int64 {
	if h.times == nil {
		return 0
	}
	first := int64(math.MaxInt64)
	h.times.due.EachFirst(func(at int64, d *deadline) (deeper bool) {
		if at > now {
			first = min(first, at)
		}
		return at <= now
	})
	if first == math.MaxInt64 {
		return 0
	}
	return first
}

// firstVisible is the earliest deadline of a field that is not hidden; 0: none has
// one.
func (h *Hash) firstVisible() int64 {
	if h.times == nil {
		return 0
	}
	return h.PartAfter(h.times.horizon)
}

// Left implements keyspace.Partial.
func (h *Hash) Left(now int64) int {
	if h.times == nil {
		return h.Len()
	}
	return h.Len() - h.times.due.Due(now)
}

// AsOf implements keyspace.Partial.
func (h *Hash) AsOf(now int64) keyspace.Value {
	t := h.times
	if t == nil {
		return h
	}
	due := t.due.Due(now)
	if due == 0 {
		return h
	}
	view := *h
	view.times = &times{due: t.due, of: t.of, bytes: t.bytes, horizon: now, hidden: t.hidden + due}
	return &view
}

// ExpireParts implements keyspace.Partial.
func (h *Hash) ExpireParts(now int64, all bool) {
	t := h.times
	if t == nil {
		return
	}
	due := t.due.Due(now)
	if due == h.Len() {
		*h = Hash{} // nobody has to look for each of a million fields
		return
	}
	if t.hidden == 0 && (all || h.table == nil || due <= h.portion()) {
		if h.table == nil {
			h.packed.drop(func(field []byte) bool {
				d := t.get(field)
				return d != nil && d.at <= now
			})
		}
		t.due.TakeDue(now, func(d *deadline) {
			t.forget(h, d)
			if h.table != nil {
				h.erase([]byte(d.field))
			}
		})
		return
	}
	t.due.TakeDue(now, func(*deadline) {})
	t.horizon, t.hidden = now, t.hidden+due
	for all && h.times != nil && h.times.hidden > 0 {
		h.SweepParts()
	}
}

func (h *Hash) portion() int { return portionMin + h.table.Len()/portionShare }

// SweepParts implements keyspace.Partial.
func (h *Hash) SweepParts() {
	t := h.times
	if t == nil || t.hidden == 0 {
		return
	}
	var found []*deadline
	t.sweep = h.table.Scan(t.sweep, h.portion(), func(p *pair) {
		if d, ok := t.of.Find(p.Key()); ok && t.hides(d) {
			found = append(found, d)
		}
	})
	for _, d := range found {
		h.bury(d)
	}
}

// bury removes the field of d, which is hidden.
func (h *Hash) bury(d *deadline) {
	h.times.hidden--
	h.times.forget(h, d)
	h.erase([]byte(d.field))
}
