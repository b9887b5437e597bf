package stream

import (
	"bytes"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/zeebo/xxh3"

	"github.com/msredis/msredis/internal/settings"
	"github.com/msredis/msredis/resp/reply"
)

// byDefault are the settings of a cluster that has changed none.
var byDefault = settings.Default()

// entry is an entry of the model.
type entry struct {
	id    ID
	pairs string
}

// entries returns what s has between two IDs.
func entries(s *Stream, start, end ID, reverse bool) (list []entry) {
	walk := s.ascend
	if reverse {
		walk = s.descend
	}
	walk(start, end, func(k *cursor) bool {
		var w reply.Writer
		k.reply(&w)
		list = append(list, entry{k.id, string(w.Buf)})
		return true
	})
	return list
}

func (e entry) String() string { return string(e.id.Append(nil)) }

func digest(s *Stream) xxh3.Uint128 {
	var h xxh3.Hasher
	s.Digest(&h)
	return h.Sum128()
}

// replyOf is how an entry is to be answered.
func replyOf(id ID, pairs [][]byte) string {
	var w reply.Writer
	w.Array(2)
	replyID(&w, id)
	w.Array(len(pairs))
	for _, p := range pairs {
		w.Bulk(p)
	}
	return string(w.Buf)
}

// TestModel changes a stream at random and compares it with a slice.
func TestModel(t *testing.T) {
	t.Parallel()
	for _, size := range []int{10, 200, 2000} {
		t.Run(fmt.Sprint("length ", size), func(t *testing.T) {
			t.Parallel()
			play(t, rand.New(rand.NewPCG(3, uint64(size))), size)
		})
	}
}

func play(t *testing.T, rng *rand.Rand, size int) {
	s := New()
	var model []entry
	var sum owners
	for step := range 6000 {
		switch op := rng.IntN(100); {
		case op < 70 && len(model) < size:
			id, _ := s.last.next()
			if rng.IntN(3) == 0 {
				id = ID{s.last.MS + uint64(rng.IntN(1<<rng.IntN(20))) + 1, uint64(rng.IntN(3))}
			}
			pairs := randomPairs(rng)
			s.add(byDefault, id, pairs)
			model = append(model, entry{id, replyOf(id, pairs)})
		case op < 95 && len(model) > 0:
			i := rng.IntN(len(model))
			if rng.IntN(3) == 0 {
				i = len(model) - 1
			}
			if !s.delete(model[i].id) || s.delete(model[i].id) {
				t.Fatalf("step %d: %v is not deleted once", step, model[i])
			}
			model = slices.Delete(model, i, i+1)
		case op < 99 && len(model) > 0:
			model = trimBoth(t, rng, s, model)
		}
		if step%100 == 0 {
			changeGroups(rng, s, model, &sum)
			s = audit(t, rng, s, model, step)
		}
	}
}

// owners keeps which consumer has which entry, by group.
type owners map[string]map[ID]string

func randomPairs(rng *rand.Rand) (pairs [][]byte) {
	for range 1 + rng.IntN(3) {
		field, value := "field", fmt.Sprint(int64(rng.Uint64()>>rng.IntN(64)))
		if rng.IntN(10) == 0 {
			field, value = fmt.Sprint(rng.IntN(20)), strings.Repeat("v", rng.IntN(1<<rng.IntN(13)))
		}
		pairs = append(pairs, []byte(field), []byte(value))
	}
	return pairs
}

// trimBoth trims the stream and the model, to the letter only if exactly.
func trimBoth(t *testing.T, rng *rand.Rand, s *Stream, model []entry) []entry {
	keep := rng.IntN(len(model) + 1)
	tr := trimming{kind: trimLength, length: int64(len(model) - keep), approx: rng.IntN(2) == 0}
	if rng.IntN(2) == 0 && keep < len(model) {
		tr.kind, tr.min = trimID, model[keep].id
	}
	if tr.approx {
		tr.limit = int64(rng.IntN(300))
	}
	changes := s.trims(&tr)
	n := s.trim(&tr)
	if n > keep || !tr.approx && n != keep || n > 0 && !changes || tr.limit > 0 && int64(n) > tr.limit {
		t.Fatalf("%d entries trimmed of %d, %+v", n, keep, tr)
	}
	return model[n:]
}

// changeGroups lets consumers read, hand over and acknowledge.
func changeGroups(rng *rand.Rand, s *Stream, model []entry, sum *owners) {
	if *sum == nil {
		*sum = owners{}
	}
	name := fmt.Sprint("group", rng.IntN(3))
	has := (*sum)[name]
	if has == nil {
		has = map[ID]string{}
		(*sum)[name] = has
		s.addGroup([]byte(name), minID, 0)
	}
	g := s.takeGroup(s.groupNamed([]byte(name)))
	who := fmt.Sprint("consumer", rng.IntN(4))
	c := g.consumer([]byte(who))
	if c == nil {
		c = s.addConsumer(g, []byte(who), 5)
	}
	c = s.takeConsumer(g, c)
	for _, e := range model {
		switch p, ok := g.pending.get(e.id); {
		case rng.IntN(3) == 0 && !ok:
			s.advance(g, e.id)
			s.deliver(g, c, e.id, 7)
			has[e.id] = who
		case rng.IntN(3) == 0 && ok:
			s.release(g, p)
			delete(has, e.id)
		case ok:
			s.give(g, s.takeNack(g, p), c)
			has[e.id] = who
		}
	}
	if rng.IntN(10) == 0 {
		s.dropConsumer(g, c)
		maps.DeleteFunc(has, func(_ ID, owner string) bool { return owner == who })
	}
	if rng.IntN(20) == 0 {
		s.dropGroup([]byte(name))
		delete(*sum, name)
	}
	for name, has := range *sum {
		g := s.groupNamed([]byte(name))
		if g.pending.len() != len(has) {
			panic(fmt.Sprintf("%s has %d entries pending, want %d", name, g.pending.len(), len(has)))
		}
		for _, c := range g.consumers {
			c.pending.each(minID, func(n *nack) bool {
				if n.owner != c.owner || has[n.id] != string(c.name) {
					panic(fmt.Sprintf("%s has %v of %s", c.name, n.id, has[n.id]))
				}
				return true
			})
		}
	}
}

// audit compares all that can be seen of s with the model, and returns what
// comes out of a snapshot in its place.
func audit(t *testing.T, rng *rand.Rand, s *Stream, model []entry, step int) *Stream {
	t.Helper()
	if got := entries(s, minID, maxID, false); !slices.Equal(got, model) || s.length != len(model) {
		t.Fatalf("step %d: entries %v, want %v", step, got, model)
	}
	bytesOf := int64(0)
	s.chunks.each(minID, func(c *chunk) bool {
		bytesOf += c.memSize()
		return true
	})
	for _, g := range s.groups {
		bytesOf += g.memSize()
	}
	if bytesOf != s.bytes {
		t.Fatalf("step %d: counts %d bytes, has %d", step, s.bytes, bytesOf)
	}
	if n := len(model); n > 0 {
		if s.first != model[0].id || s.top != model[n-1].id {
			t.Fatalf("step %d: from %v to %v, want %v to %v", step, s.first, s.top, model[0], model[n-1])
		}
		i, j := rng.IntN(n), rng.IntN(n)
		part := model[min(i, j) : max(i, j)+1]
		start, end := part[0].id, part[len(part)-1].id
		down := entries(s, start, end, true)
		slices.Reverse(down)
		if up := entries(s, start, end, false); !slices.Equal(up, part) || !slices.Equal(down, part) {
			t.Fatalf("step %d: %v to %v are %v, and %v backwards", step, start, end, up, down)
		}
	}
	code := s.Encode(nil)
	v, err := decode(code)
	if err != nil {
		t.Fatalf("step %d: decode: %v", step, err)
	}
	for _, c := range []*Stream{v.(*Stream), s.Clone().(*Stream)} {
		if !bytes.Equal(c.Encode(nil), code) || c.MemSize() != s.MemSize() || digest(c) != digest(s) ||
			c.first != s.first || c.top != s.top || c.length != s.length || c.radixNodes() != s.radixNodes() {
			t.Fatalf("step %d: the copy is another stream", step)
		}
	}
	c := s.Clone().(*Stream) // changes of it do not show
	for _, e := range model {
		c.delete(e.id)
	}
	for _, g := range c.groups {
		g = c.takeGroup(g)
		for g.pending.len() > 0 {
			c.release(g, g.pending.last())
		}
	}
	if !bytes.Equal(s.Encode(nil), code) {
		t.Fatalf("step %d: a change of the clone shows", step)
	}
	return v.(*Stream)
}

// TestAddBelowDeleted: XSETID may take the last ID below one that was deleted.
// The chunks stay in order all the same.
func TestAddBelowDeleted(t *testing.T) {
	t.Parallel()
	s := New()
	pair := [][]byte{[]byte("f"), []byte("v")}
	for ms := range uint64(250) {
		s.add(byDefault, ID{MS: ms + 1}, pair)
	}
	for ms := uint64(150); ms <= 250; ms++ {
		s.delete(ID{MS: ms})
	}
	s.trim(&trimming{kind: trimID, min: ID{MS: 250}}) // leaves a chunk of deleted entries
	s.last = ID{MS: 3}
	var model []entry
	for ms := uint64(4); ms < 300; ms++ {
		s.add(byDefault, ID{MS: ms}, pair)
		model = append(model, entry{ID{MS: ms}, replyOf(ID{MS: ms}, pair)})
	}
	audit(t, rand.New(rand.NewPCG(1, 1)), s, model, 0)
}

func FuzzDecode(f *testing.F) {
	s := New()
	pair := [][]byte{[]byte("field"), []byte("17")}
	for ms := range uint64(3) {
		s.add(byDefault, ID{ms + 1, 5}, pair)
	}
	s.add(byDefault, ID{9, 9}, append(pair, []byte("other"), bytes.Repeat([]byte("x"), 70)))
	s.delete(ID{2, 5})
	f.Add(s.Encode(nil))
	s.addGroup([]byte("g"), ID{2, 5}, unknown)
	g := s.groups[0]
	a, b := s.addConsumer(g, []byte("a"), 1), s.addConsumer(g, []byte("b"), 2)
	s.deliver(g, b, ID{1, 5}, 3)
	s.deliver(g, a, ID{2, 5}, 3)
	f.Add(s.Encode(nil))
	f.Add(New().Encode(nil))
	f.Fuzz(func(t *testing.T, src []byte) {
		v, err := decode(src)
		if err != nil {
			return
		}
		s := v.(*Stream)
		code := s.Encode(nil)
		again, err := decode(code)
		if err != nil || !bytes.Equal(again.Encode(nil), code) || again.Len() != s.Len() {
			t.Fatalf("%x decodes to %x, that to %v", src, code, err)
		}
		s.radixNodes()
		list := entries(s, minID, maxID, false)
		if back := entries(s, minID, maxID, true); len(list) != s.Len() || len(back) != len(list) {
			t.Fatalf("%d entries, %d backwards, want %d", len(list), len(back), s.Len())
		}
		if id, ok := s.last.next(); ok {
			s.add(byDefault, id, pair)
			list = append(list, entry{id: id})
		}
		for _, g := range s.groups {
			for g.pending.len() > 0 {
				s.release(g, g.pending.last())
			}
		}
		for _, e := range list {
			if !s.delete(e.id) {
				t.Fatalf("%v is not where it is", e)
			}
		}
		if s.Len() != 0 {
			t.Fatalf("%d entries left", s.Len())
		}
	})
}
