package stream

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/msredis/msredis/store/ds"
)

type item struct{ id ID }

func (i item) key() ID { return i.id }

// audit fails unless o has these elements, in blocks as they should be.
func (o *ordered[T]) audit(t *testing.T, want []ID) {
	t.Helper()
	var got []ID
	for i, b := range o.blocks {
		if len(b.es) == 0 || len(b.es) > blockMax {
			t.Fatalf("block %d has %d elements", i, len(b.es))
		}
		for _, e := range b.es {
			got = append(got, e.key())
		}
	}
	if !slices.Equal(got, want) || o.len() != len(want) {
		t.Fatalf("%d elements %v, want %v", o.len(), got, want)
	}
}

// TestOrdered changes a sequence at random and compares it with a sorted slice.
func TestOrdered(t *testing.T) {
	t.Parallel()
	for _, keys := range []int{10, 3000} {
		t.Run(fmt.Sprint(keys, " keys"), func(t *testing.T) {
			t.Parallel()
			rng := rand.New(rand.NewPCG(1, uint64(keys)))
			var o ordered[item]
			var own ds.Owner
			var model []ID
			grow := 5
			for step := range 20_000 {
				if step%2000 == 0 {
					grow = rng.IntN(11)
				}
				id := ID{uint64(rng.IntN(keys)), 7}
				if rng.IntN(3) == 0 && len(model) > 0 {
					id = model[0]
				}
				at, there := slices.BinarySearchFunc(model, id, ID.Compare)
				switch e, ok := o.get(id); {
				case ok != there || ok && e.id != id:
					t.Fatalf("step %d: get(%v) = %v, %v", step, id, e, ok)
				case rng.IntN(10) < grow && !there:
					o.insert(&own, item{id})
					model = slices.Insert(model, at, id)
				case there:
					p := o.remove(&own, o.from(id))
					model = slices.Delete(model, at, at+1)
					if e, ok := o.at(p); ok != (at < len(model)) || ok && e.id != model[at] {
						t.Fatalf("step %d: %v follows the removed %v", step, e, id)
					}
				case o.delete(&own, id):
					t.Fatalf("step %d: %v was deleted, which was not there", step, id)
				}
				if step%50 == 0 {
					o.audit(t, model)
					walk(t, &o, model, ID{uint64(rng.IntN(keys)), uint64(rng.IntN(15))})
				}
			}
		})
	}
}

// walk goes through o from start on in both directions.
func walk(t *testing.T, o *ordered[item], model []ID, start ID) {
	t.Helper()
	at, _ := slices.BinarySearchFunc(model, start, ID.Compare)
	var up, down []ID
	o.each(start, func(e item) bool {
		up = append(up, e.id)
		return true
	})
	for p, ok := o.before(o.from(start)); ok; p, ok = o.before(p) {
		e, _ := o.at(p)
		down = append(down, e.id)
	}
	slices.Reverse(down)
	if !slices.Equal(up, model[at:]) || !slices.Equal(down, model[:at]) {
		t.Fatalf("around %v: %v and %v", start, down, up)
	}
	if last := o.last(); len(model) > 0 && last.id != model[len(model)-1] {
		t.Fatalf("last is %v", last)
	}
}
