package robust

import (
	"fmt"
	"sync"
)

// counter counts by INCR, alone, in pipelines and in transactions, on a few keys
// that live as long as the run. An acknowledged increment has a number that no
// other has, larger than all that were acknowledged before it was sent; in the
// end the counter stands at what was acknowledged, and at most at that and what
// is unknown.
type counter struct {
	r *run
	w *tally

	mu   sync.Mutex
	keys []count
}

// count is what is known of one counter.
type count struct {
	key     string
	acked   int
	sent    int
	unknown int
	top     int          // the largest number that was answered
	bits    map[int]bool // numbers that were answered and are above low
	low     int
}

// keepNumbers is how many numbers below the largest are remembered: an answer
// that is still under way has none that is further behind.
const keepNumbers = 100_000

func newCounter(r *run, w *tally) workload {
	n := &counter{r: r, w: w}
	for i := range 3 {
		n.keys = append(n.keys, count{key: fmt.Sprint("counter:", i), bits: map[int]bool{}})
	}
	return n
}

func (n *counter) step(c *client) {
	k := &n.keys[c.rnd.IntN(len(n.keys))]
	incr := []string{"INCR", k.key}
	switch c.rnd.IntN(5) {
	case 0:
		n.read(c, k)
	case 1:
		n.count(c, k, 3, func() (numbers []int, o outcome) {
			replies, o := c.do(incr, incr, []string{"GET", k.key}, incr)
			if o == done {
				numbers = []int{number(replies[0]), number(replies[1]), number(replies[3])}
				if replies[2].Text != replies[1].Text {
					n.w.violate("%s: a GET behind INCR in a pipeline answers %s, not %s", k.key, replies[2].Text, replies[1].Text)
				}
			}
			return numbers, o
		})
	case 2:
		n.count(c, k, 2, func() (numbers []int, o outcome) {
			v, o := c.tx(incr, incr)
			for _, e := range v.Elems {
				numbers = append(numbers, number(e))
			}
			if len(numbers) == 2 && numbers[1] != numbers[0]+1 {
				n.w.violate("%s: a transaction was interrupted: %v", k.key, numbers)
			}
			return numbers, o
		})
	default:
		n.count(c, k, 1, func() ([]int, outcome) {
			v, o := c.one(incr...)
			return []int{number(v)}, o
		})
	}
}

// count increments a counter by times and checks the numbers that come back.
func (n *counter) count(_ *client, k *count, times int, incr func() ([]int, outcome)) {
	n.mu.Lock()
	floor := k.top
	k.sent += times
	n.mu.Unlock()
	numbers, o := incr()
	n.mu.Lock()
	defer n.mu.Unlock()
	switch o {
	case refused:
		k.sent -= times
		return
	case unknown:
		k.unknown += times
		return
	}
	if len(numbers) != times {
		n.w.violate("%s: %d increments were answered with %v", k.key, times, numbers)
	}
	for _, got := range numbers {
		switch {
		case got <= floor:
			n.w.violate("%s: INCR answers %d after %d was answered", k.key, got, floor)
		case k.bits[got]:
			n.w.violate("%s: INCR answers %d twice", k.key, got)
		case got > k.sent:
			n.w.violate("%s: INCR answers %d, but only %d were sent", k.key, got, k.sent)
		}
		floor = got
		k.acked++
		k.top = max(k.top, got)
		k.bits[got] = true
	}
	for k.low < k.top-keepNumbers {
		k.low++
		delete(k.bits, k.low)
	}
}

// read checks a GET against what was answered before it.
func (n *counter) read(c *client, k *count) outcome {
	n.mu.Lock()
	floor := k.top
	n.mu.Unlock()
	v, o := c.one("GET", k.key)
	if o != done {
		return o
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if got := number(v); got < floor || got > k.sent {
		n.w.violate("%s: GET answers %d; %d was answered before, %d were sent", k.key, got, floor, k.sent)
	}
	return o
}

func (n *counter) finish(c *client) {
	acked, total, lost := 0, 0, 0
	for i := range n.keys {
		k := &n.keys[i]
		n.r.insist(k.key, func() outcome {
			v, o := c.one("GET", k.key)
			if o != done {
				return o
			}
			got := number(v)
			if got < k.acked || got > k.acked+k.unknown {
				n.w.violate("%s stands at %d; %d were acknowledged, %d are unknown", k.key, got, k.acked, k.unknown)
			}
			acked, total, lost = acked+k.acked, total+got, lost+k.unknown
			return o
		})
	}
	n.w.remark("%d counted, %d acknowledged, %d of %d unknown ones happened", total, acked, total-acked, lost)
}
