package ds

import (
	"sync"
	"testing"
)

func TestOwner(t *testing.T) {
	var o, a, b, c Owner
	if o.Shared() || !o.Mine(0) || o.Mark() != 0 {
		t.Fatal("a new owner shares")
	}
	before := HeldBytes()
	o.Lend(&a)
	first := o.Mark()
	if !o.Shared() || o.Mine(0) || first == 0 || !o.Mine(first) {
		t.Fatal("nodes from before the view may be changed")
	}
	o.Lend(&b)
	if o.Mine(first) || !o.Mine(o.Mark()) {
		t.Fatal("nodes of the first view's time may be changed under the second")
	}
	a.Lend(&c)
	if m := o.Copy(10); !o.Mine(m) || HeldBytes() != before+10 {
		t.Fatal("a copy is not the owner's own, or not counted")
	}
	a.Release()
	a.Release()
	b.Release()
	if !o.Shared() || HeldBytes() != before+10 {
		t.Fatal("a view of a view does not count")
	}
	c.Release()
	if o.Shared() || !o.Mine(0) || HeldBytes() != before {
		t.Fatal("without views all nodes may be changed")
	}
	o.Copy(10)
	o.Hold(10)
	if HeldBytes() != before {
		t.Fatal("nothing is held without a view")
	}
	var other Owner
	o.Share(&other)
	if o.Mine(first) || other.Mine(first) || o.Mine(other.Mark()) || !other.Mine(other.Mark()) || !o.Mine(o.Mark()) {
		t.Fatal("two owners take the same nodes for their own")
	}
	o.Lend(&a)
	a.Release()
	if !o.Shared() || o.Mine(first) {
		t.Fatal("a view that ends takes the other container with it")
	}
}

// TestOwnerAtOnce lends from many goroutines, as readers under a shared lock do.
func TestOwnerAtOnce(t *testing.T) {
	before := HeldBytes()
	for range 200 {
		var o Owner
		var lent, done sync.WaitGroup
		views := make([]Owner, 8)
		lent.Add(len(views)) // before the first of them waits
		done.Add(len(views))
		for i := range views {
			go func() {
				defer done.Done()
				o.Lend(&views[i])
				lent.Done()
				lent.Wait()
				views[i].Release()
			}()
		}
		lent.Wait()
		o.Copy(100)
		done.Wait()
		if o.Shared() || HeldBytes() != before {
			t.Fatalf("shared %v, %d bytes held", o.Shared(), HeldBytes()-before)
		}
	}
}
