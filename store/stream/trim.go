package stream

// trimming says which entries are to go.
type trimming struct {
	kind    byte  // trimNone, trimLength or trimID
	approx  bool  // only chunks as a whole
	length  int64 // trimLength: how many stay
	min     ID    // trimID: the first that stays
	limit   int64 // of the entries removed; 0: none
	limited bool  // the limit was given
}

const (
	trimNone = iota
	trimLength
	trimID
)

// trims reports whether trim would change anything.
func (s *Stream) trims(t *trimming) bool {
	c, ok := s.chunks.at(place{})
	switch {
	case !ok || t.kind == trimNone || t.kind == trimLength && int64(s.length) <= t.length || t.limit > 0 && int64(c.live) > t.limit:
		return false
	case t.all(s, c):
		return true
	}
	return !t.approx && (t.kind == trimLength || s.length > 0 && s.first.less(t.min))
}

// trim removes entries from the front and returns how many.
func (s *Stream) trim(t *trimming) (removed int) {
	if !s.trims(t) {
		return 0
	}
	for p := (place{}); ; {
		c, ok := s.chunks.at(p)
		if !ok || t.kind == trimLength && int64(s.length) <= t.length ||
			t.limit > 0 && int64(removed+c.live) > t.limit {
			break
		}
		if !t.all(s, c) {
			if !t.approx {
				removed += s.trimChunk(t, s.takeChunk(p))
			}
			break
		}
		p = s.dropChunk(p, c)
		s.length -= c.live
		removed += c.live
	}
	if removed > 0 {
		s.findFirst()
	}
	if s.length == 0 {
		s.top = minID
	}
	return removed
}

// all reports whether nothing of c is to stay.
func (t *trimming) all(s *Stream, c *chunk) bool {
	if t.kind == trimLength {
		return int64(s.length-c.live) >= t.length
	}
	return c.last.less(t.min)
}

// trimChunk deletes what is to go of a chunk of which something stays.
func (s *Stream) trimChunk(t *trimming, c *chunk) (removed int) {
	k := c.start()
	for k.step() {
		if t.kind == trimLength && int64(s.length) <= t.length || t.kind == trimID && t.min.Compare(k.id) <= 0 {
			break
		}
		if !k.deleted() {
			k.delete()
			s.length--
			removed++
		}
	}
	return removed
}
