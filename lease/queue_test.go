package lease

import (
	"cmp"
	"math/rand"
	"slices"
	"testing"
)

type alarm struct {
	id    int
	at    int64
	place int32
}

func (a *alarm) Before(b *alarm) bool { return a.id < b.id }
func (a *alarm) Place() *int32        { return &a.place }

func TestQueueAgainstSort(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewSource(5))
	for range 50 {
		var q Queue[*alarm]
		var all []*alarm
		for i := range 300 {
			a := &alarm{id: i, at: rng.Int63n(40)}
			all = append(all, a)
			q.Add(a.at, a)
		}
		for range 200 {
			i := rng.Intn(len(all))
			a := all[i]
			if rng.Intn(2) == 0 {
				a.at = rng.Int63n(40)
				q.Move(a.at, a)
			} else {
				q.Remove(a)
				all = slices.Delete(all, i, i+1)
			}
		}
		slices.SortFunc(all, func(a, b *alarm) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.id, b.id)) })
		for now := int64(-1); now < 41; now++ {
			want := 0
			for _, a := range all {
				if a.at <= now {
					want++
				}
			}
			if got := q.Due(now); got != want {
				t.Fatalf("Due(%d) = %d, want %d", now, got, want)
			}
		}
		for i, want := range all {
			at, a, ok := q.Min()
			if !ok || a != want || at != a.at {
				t.Fatalf("item %d is %v at %d, want %v", i, a, at, want)
			}
			q.Remove(a)
		}
		if _, _, ok := q.Min(); ok || q.Len() != 0 {
			t.Fatal("not empty")
		}
	}
}

func TestTakeDue(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewSource(6))
	for _, span := range []int64{3, 40, 2000} { // many are due at once, or few
		var q Queue[*alarm]
		for i := range 1000 {
			a := &alarm{id: i, at: rng.Int63n(span)}
			q.Add(a.at, a)
		}
		for now := int64(0); q.Len() > 0; now += 1 + rng.Int63n(3) {
			want, taken := q.Due(now), 0
			q.TakeDue(now, func(a *alarm) {
				if taken++; a.at > now {
					t.Fatalf("an item of %d was taken at %d", a.at, now)
				}
			})
			if taken != want || q.Due(now) != 0 {
				t.Fatalf("%d taken, %d were due, %d are", taken, want, q.Due(now))
			}
			for i, n := range q.heap {
				if int(*n.item.Place()) != i || i > 0 && n.before(q.heap[(i-1)/2], (*alarm).Before) {
					t.Fatalf("no heap at %d", i)
				}
			}
		}
	}
}
