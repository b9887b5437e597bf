package blocking

import (
	"slices"
	"sync"
	"sync/atomic"
)

// Parts is the number of parts of the keyspace for which is known, without a
// lock, whether a key of theirs is waited for. They are the store's shards.
const Parts = 512

// Queues are the clients of one node that wait. All methods may be called from
// any goroutine.
type Queues struct {
	waits atomic.Int32        // places in all queues
	parts [Parts]atomic.Int32 // the same by part of the keyspace

	mu   sync.Mutex // guards what follows, and all that hangs from it
	keys map[int]map[string]*key
}

// key has the queues of one key of a database; there is one for each way in
// which clients wait for it.
type key struct {
	db     int
	name   string
	queues []*queue
}

// queue is the clients that wait for one key in the same way.
type queue struct {
	Want
	key        *key
	head, tail *place

	// ready is how many of the clients could be served, as far as known. It is
	// set by every event of the key, and is 0 again when a try found nothing.
	ready int
	// events counts the events of the key, so that a try which found nothing is
	// not believed if the key has changed since.
	events uint64
	busy   bool // a Turn is under way
}

// place is that of a client in a queue.
type place struct {
	client     *Client
	queue      *queue
	part       int
	prev, next *place
}

// New returns queues in which nobody waits.
func New() *Queues { return &Queues{keys: map[int]map[string]*key{}} }

// Any reports whether anybody waits. It costs an atomic load.
func (q *Queues) Any() bool { return q.waits.Load() != 0 }

// Len returns how many keys somebody waits for, and for how many of them somebody also
// wants to know that they are gone.
func (q *Queues) Len() (n, gone int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, keys := range q.keys {
		n += len(keys)
		for _, k := range keys {
			if slices.ContainsFunc(k.queues, func(qu *queue) bool { return qu.Gone }) {
				gone++
			}
		}
	}
	return n, gone
}

// Awaited reports whether somebody waits for a key of database db. part is that
// of the key.
func (q *Queues) Awaited(part, db int, name string) bool {
	if q.parts[part].Load() == 0 {
		return false
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.keys[db][name] != nil
}

// Keys returns the keys of database db that somebody waits for.
func (q *Queues) Keys(db int) []string {
	q.mu.Lock()
	defer q.mu.Unlock()
	names := make([]string, 0, len(q.keys[db]))
	for name := range q.keys[db] {
		names = append(names, name)
	}
	return names
}

// Ready is an event of a key that has changed. The key holds a value of a kind now (""
// if it is gone) that n clients could be served from. It does not block.
func (q *Queues) Ready(db int, name, kind string, n int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	k := q.keys[db][name]
	if k == nil {
		return
	}
	for _, qu := range k.queues {
		qu.events++
		gone := kind != qu.Kind // the key holds nothing of the kind
		switch {
		case gone && !qu.Gone:
			qu.ready = 0
		case qu.Each:
			qu.turnForEach()
		case gone || qu.Group != "":
			// For how many there is something only trying tells.
			qu.ready = 1
			qu.next()
		default:
			qu.ready = n
			qu.next()
		}
	}
}

// Contested reports whether there is something for clients that wait for longer
// than c, which has entered, in one of its queues. Then it is not c's turn. It
// has found these keys to be there; once it has parked, they are tried in turn.
func (q *Queues) Contested(c *Client, found [][]byte) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	contested := false
	for _, p := range c.places {
		qu := p.queue
		contested = contested || !qu.Each && qu.head != p && (qu.ready > 0 || qu.busy)
	}
	if !contested {
		return false
	}
	for _, p := range c.places {
		for _, name := range found {
			if p.queue.key.name == string(name) {
				p.queue.ready = max(p.queue.ready, 1)
			}
		}
	}
	return true
}

// Enter gives c its places. It must be followed by Park or Leave.
func (q *Queues) Enter(c *Client) {
	c.C = make(chan Signal, 1)
	c.busy = true
	c.places = make([]*place, 0, len(c.Keys))
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, name := range c.Keys {
		qu := q.queue(c.DB, string(name), c.Want)
		if qu.has(c) {
			continue // a key that is named twice
		}
		p := &place{client: c, queue: qu, part: partOf(name)}
		qu.push(p)
		c.places = append(c.places, p)
		q.waits.Add(1)
		q.parts[p.part].Add(1)
	}
}

// Park lets c have its turn.
func (q *Queues) Park(c *Client) {
	q.mu.Lock()
	defer q.mu.Unlock()
	c.release()
	c.offer()
}

// Leave gives up c's places. It fails while c takes part in a Turn, and when a Turn has
// ended for it. Then a Signal comes through c.C, or is there, that tells how, and c has
// left with it.
func (q *Queues) Leave(c *Client) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if c.told {
		return false
	}
	if c.turn != nil {
		c.leaving = true
		return false
	}
	q.remove(c)
	return true
}

// queue returns the queue for a key and a want, a new one if there is none.
func (q *Queues) queue(db int, name string, want Want) *queue {
	m := q.keys[db]
	if m == nil {
		m = map[string]*key{}
		q.keys[db] = m
	}
	k := m[name]
	if k == nil {
		k = &key{db: db, name: name}
		m[name] = k
	}
	for _, qu := range k.queues {
		if qu.Want == want {
			return qu
		}
	}
	qu := &queue{Want: want, key: k}
	k.queues = append(k.queues, qu)
	return qu
}

// remove takes c out of all its queues, and forgets those that are empty then.
func (q *Queues) remove(c *Client) {
	for _, p := range c.places {
		p.queue.unlink(p)
		q.waits.Add(-1)
		q.parts[p.part].Add(-1)
		q.forget(p.queue)
	}
	c.places = nil
}

// forget drops a queue that nobody needs any more.
func (q *Queues) forget(qu *queue) {
	if qu.head != nil || qu.busy {
		return
	}
	k := qu.key
	for i := range k.queues {
		if k.queues[i] == qu {
			k.queues = append(k.queues[:i], k.queues[i+1:]...)
			break
		}
	}
	if len(k.queues) == 0 && q.keys[k.db][k.name] == k {
		delete(q.keys[k.db], k.name)
	}
}

func (qu *queue) push(p *place) {
	p.prev = qu.tail
	if qu.tail != nil {
		qu.tail.next = p
	} else {
		qu.head = p
	}
	qu.tail = p
}

func (qu *queue) unlink(p *place) {
	if p.prev != nil {
		p.prev.next = p.next
	} else {
		qu.head = p.next
	}
	if p.next != nil {
		p.next.prev = p.prev
	} else {
		qu.tail = p.prev
	}
	p.prev, p.next = nil, nil
}

// has reports whether c is the last that came. (It is asked while c enters.)
func (qu *queue) has(c *Client) bool { return qu.tail != nil && qu.tail.client == c }
