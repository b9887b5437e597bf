package blocking

import (
	"math/rand/v2"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
)

// shop is a store of lists, as the queues see it.
type shop struct {
	q     *Queues
	mu    sync.Mutex // the lock of a shard
	lists map[string][]string
}

func (s *shop) push(key, elem string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lists[key] = append(s.lists[key], elem)
	s.ready(key)
}

// pop is the write of a try.
func (s *shop) pop(key string) (elem []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if l := s.lists[key]; len(l) > 0 {
		elem, s.lists[key] = []byte(l[0]), l[1:]
		s.ready(key)
	}
	return elem
}

func (s *shop) ready(key string) {
	kind := "list"
	if len(s.lists[key]) == 0 {
		kind = ""
	}
	if s.q.Any() && s.q.Awaited(partOf([]byte(key)), 0, key) {
		s.q.Ready(0, key, kind, len(s.lists[key]))
	}
}

// first is a client's look behind Enter.
func (s *shop) first(c *Client) []byte {
	var found [][]byte
	s.mu.Lock()
	for _, key := range c.Keys {
		if len(s.lists[string(key)]) > 0 {
			found = append(found, key)
		}
	}
	s.mu.Unlock()
	if len(found) == 0 || s.q.Contested(c, found) {
		return nil
	}
	for _, key := range c.Keys {
		if elem := s.pop(string(key)); elem != nil {
			return elem
		}
	}
	return nil
}

// get is a client that waits until it has an element, or until leave.
func (s *shop) get(c *Client, leave <-chan struct{}) []byte {
	s.q.Enter(c)
	if elem := s.first(c); elem != nil {
		s.q.Leave(c)
		return elem
	}
	s.q.Park(c)
	leaving := false
	for {
		select {
		case signal := <-c.C:
			if signal.Turn == nil {
				return signal.Reply
			}
			outcomes := make([]Outcome, len(signal.Turn.Clients))
			for i := range outcomes {
				outcomes[i].Reply = s.pop(string(signal.Turn.Key))
			}
			s.q.Done(signal.Turn, outcomes)
			if outcomes[0].Reply != nil || leaving {
				return outcomes[0].Reply
			}
		case <-leave:
			if s.q.Leave(c) {
				return nil
			}
			leave, leaving = nil, true
		}
	}
}

// TestNothingLostNothingTwice lets clients come, wait for some of a few keys and
// leave, while others push. Every element is popped once, and none is left while
// somebody waits for it.
func TestNothingLostNothingTwice(t *testing.T) {
	const keys, clients, pushers = 3, 400, 4
	for round := range 20 {
		s := &shop{q: New(), lists: map[string][]string{}}
		var popped sync.Map
		var served, left atomic.Int64
		var wg, pushing sync.WaitGroup
		leave := make(chan struct{})
		for i := range clients {
			c := &Client{Want: Want{Kind: "list"}}
			for range 1 + rand.IntN(keys) {
				c.Keys = append(c.Keys, []byte(strconv.Itoa(rand.IntN(keys))))
			}
			var impatient <-chan struct{}
			if i%4 == 0 {
				now := make(chan struct{})
				close(now)
				impatient = now
			} else {
				impatient = leave
			}
			wg.Go(func() {
				elem := s.get(c, impatient)
				if elem == nil {
					left.Add(1)
					return
				}
				served.Add(1)
				if _, twice := popped.LoadOrStore(string(elem), true); twice {
					t.Errorf("%s was popped twice", elem)
				}
			})
		}
		for p := range pushers {
			pushing.Go(func() {
				for i := range clients / 2 {
					s.push(strconv.Itoa(rand.IntN(keys)), strconv.Itoa(p)+"/"+strconv.Itoa(i))
				}
			})
		}
		pushing.Wait()
		// There are more elements than clients; whoever is left waiting waits for
		// a key that has none.
		s.settle(t)
		close(leave)
		wg.Wait()
		rest := 0
		for _, l := range s.lists {
			rest += len(l)
		}
		if total := int(served.Load()) + rest; total != pushers*(clients/2) {
			t.Fatalf("round %d: %d of %d elements are accounted for (%d left)", round, total, pushers*(clients/2), left.Load())
		}
		b := bench{t, s.q}
		b.expectEmpty()
	}
}

// settle waits until nobody waits for a key that has something.
func (s *shop) settle(t *testing.T) {
	t.Helper()
	for {
		s.mu.Lock()
		s.q.mu.Lock()
		waiting := false
		for key, l := range s.lists {
			waiting = waiting || len(l) > 0 && s.q.keys[0][key] != nil
		}
		s.q.mu.Unlock()
		s.mu.Unlock()
		if !waiting {
			return
		}
	}
}
