// Package lease knows deadlines: which come next, and which of them many keys
// share. It is pure: time is a number that its callers give.
package lease

// Item is what waits in a Queue.
type Item[T any] interface {
	comparable
	// Before orders items with equal deadlines. It must be a total order that
	// follows from the items' identity, so that every node agrees on it.
	Before(T) bool
	// Place is where the queue notes the item's position. It belongs to the
	// queue as long as the item is in there.
	Place() *int32
}

// Queue holds items in the order of their deadlines. The zero value is empty.
type Queue[T Item[T]] struct{ heap []node[T] }

type node[T any] struct {
	deadline int64
	item     T
}

// Len returns the number of items.
func (q *Queue[T]) Len() int { return len(q.heap) }

// Min returns the first item and its deadline; ok is false if q is empty.
func (q *Queue[T]) Min() (deadline int64, item T, ok bool) {
	if len(q.heap) == 0 {
		return 0, item, false
	}
	return q.heap[0].deadline, q.heap[0].item, true
}

// Add puts an item into the queue that is in none.
func (q *Queue[T]) Add(deadline int64, item T) {
	q.heap = append(q.heap, node[T]{deadline, item})
	q.up(len(q.heap) - 1)
}

// Move gives an item of the queue another deadline.
func (q *Queue[T]) Move(deadline int64, item T) {
	i := int(*item.Place())
	q.heap[i].deadline = deadline
	if q.up(i) == i {
		q.down(i)
	}
}

// Remove takes an item out of the queue it is in.
func (q *Queue[T]) Remove(item T) {
	i, last := int(*item.Place()), len(q.heap)-1
	moved := q.heap[last]
	q.heap[last] = node[T]{}
	q.heap = q.heap[:last]
	if i < last {
		q.heap[i] = moved
		*moved.item.Place() = int32(i)
		if q.up(i) == i {
			q.down(i)
		}
	}
	q.shrink()
}

// At returns the item at place i, 0 ≤ i < Len, in no order.
func (q *Queue[T]) At(i int) T { return q.heap[i].item }

// Due counts the items whose deadline is at or before now. Its cost grows with
// the result, not with the queue.
func (q *Queue[T]) Due(now int64) int { return q.due(0, now) }

func (q *Queue[T]) due(i int, now int64) int {
	if i >= len(q.heap) || q.heap[i].deadline > now {
		return 0
	}
	return 1 + q.due(2*i+1, now) + q.due(2*i+2, now)
}

// Mean returns the mean deadline, estimated from a sample; 0 if q is empty.
func (q *Queue[T]) Mean() float64 {
	const sample = 32
	sum, n := 0.0, 0
	for i := 0; i < len(q.heap); i += 1 + len(q.heap)/sample {
		sum += float64(q.heap[i].deadline)
		n++
	}
	return sum / max(float64(n), 1)
}

// EachDue calls fn with the items that Due counts, in no order.
func (q *Queue[T]) EachDue(now int64, fn func(T)) { q.eachDue(0, now, fn) }

func (q *Queue[T]) eachDue(i int, now int64, fn func(T)) {
	if i < len(q.heap) && q.heap[i].deadline <= now {
		fn(q.heap[i].item)
		q.eachDue(2*i+1, now, fn)
		q.eachDue(2*i+2, now, fn)
	}
}

// EachFirst calls fn with items from the first on, each before those that come
// later. Where it returns false, fn is not told of some that come later.
func (q *Queue[T]) EachFirst(fn func(deadline int64, item T) (deeper bool)) { q.eachFirst(0, fn) }

func (q *Queue[T]) eachFirst(i int, fn func(int64, T) bool) {
	if i < len(q.heap) && fn(q.heap[i].deadline, q.heap[i].item) {
		q.eachFirst(2*i+1, fn)
		q.eachFirst(2*i+2, fn)
	}
}

// TakeDue removes the items that Due counts and calls fn with each, in no order.
func (q *Queue[T]) TakeDue(now int64, fn func(T)) {
	n := q.Due(now)
	if n <= len(q.heap)/takeShare {
		for range n {
			_, item, _ := q.Min()
			q.Remove(item)
			fn(item)
		}
		return
	}
	// Too many to put the rest in order after each of them.
	all, rest := q.heap, q.heap[:0]
	for _, n := range all {
		if n.deadline <= now {
			fn(n.item)
		} else {
			rest = append(rest, n)
		}
	}
	clear(all[len(rest):])
	q.heap = rest
	for i := range rest {
		*rest[i].item.Place() = int32(i)
	}
	for i := len(rest)/2 - 1; i >= 0; i-- {
		q.down(i)
	}
	q.shrink()
}

// takeShare is the part of the queue up to which TakeDue takes items one by one.
const takeShare = 16

// shrink gives memory back after many were removed.
func (q *Queue[T]) shrink() {
	if c := cap(q.heap); c > 64 && len(q.heap) < c/4 {
		q.heap = append(make([]node[T], 0, max(len(q.heap), 32)*2), q.heap...)
	}
}

func (n node[T]) before(m node[T], less func(T, T) bool) bool {
	return n.deadline < m.deadline || n.deadline == m.deadline && less(n.item, m.item)
}

func (q *Queue[T]) up(i int) int {
	n := q.heap[i]
	for i > 0 {
		parent := (i - 1) / 2
		if !n.before(q.heap[parent], T.Before) {
			break
		}
		q.set(i, q.heap[parent])
		i = parent
	}
	q.set(i, n)
	return i
}

func (q *Queue[T]) down(i int) {
	n := q.heap[i]
	for {
		child := 2*i + 1
		if child >= len(q.heap) {
			break
		}
		if r := child + 1; r < len(q.heap) && q.heap[r].before(q.heap[child], T.Before) {
			child = r
		}
		if !q.heap[child].before(n, T.Before) {
			break
		}
		q.set(i, q.heap[child])
		i = child
	}
	q.set(i, n)
}

func (q *Queue[T]) set(i int, n node[T]) {
	q.heap[i] = n
	*n.item.Place() = int32(i)
}
