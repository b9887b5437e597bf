package blocking

import "github.com/msredis/msredis/resp/command"

// maxTurn bounds the clients of a Turn: their commands are one unit.
const maxTurn = 256

// Want is what a client waits for. Clients that want the same from a key stand
// in one queue.
type Want struct {
	Kind string // of the value, as TYPE prints it
	// Group sets apart clients of which one may find something where another
	// does not: those of the consumer groups of a stream.
	Group string
	// Each: what serves one client is there for the others as well (XREAD), so
	// every event wakes all of them.
	Each bool
	// Gone: the client also wants to know that the key is gone or holds a value
	// of another kind.
	Gone bool
}

// Client is a client that waits. The exported fields are its own, and do not
// change from Enter on.
type Client struct {
	DB   int
	Keys [][]byte
	Want Want
	Data any // the owner's

	C chan Signal // made by Enter

	// The rest is guarded by the mutex of the queues.
	places  []*place
	busy    bool // it takes part in no further Turn: it has entered only, or has one
	turn    *Turn
	again   bool // of those who want Each: there was an event while busy
	leaving bool // it wants to be gone when its turn has ended
	told    bool // it has left with a Signal, which it may not have seen yet
}

// Signal is what a waiting client hears.
type Signal struct {
	// Turn, if set, has to be tried by the one who hears of it, also if it does
	// not want to wait any more. Otherwise the client has left its queues.
	Turn *Turn
	// Reply is what it got; nil: nothing.
	Reply []byte
}

// Turn is one try for the first clients of a queue. They stand in their order,
// and the first of them is the one who has to do it. Done must follow.
type Turn struct {
	DB int
	// Key is the one that is ready; nil: any of the client's.
	Key     []byte
	Clients []*Client

	queue  *queue // nil: of one client alone, whatever the others do
	events uint64
}

// Outcome is how a try has ended for one client.
type Outcome struct {
	Reply []byte // nil: there was nothing, and the client waits on
	// Skipped: it was not tried, because the client is gone.
	Skipped bool
}

// Done ends a Turn; outcomes are in the order of its clients. Those who got
// something, or are gone, leave their queues. All but the first are told.
func (q *Queues) Done(t *Turn, outcomes []Outcome) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if t.queue != nil {
		t.queue.busy = false
	}
	nothing := false
	for i, c := range t.Clients {
		o := &outcomes[i]
		c.turn = nil
		switch {
		case o.Reply != nil || o.Skipped || c.leaving:
			nothing = nothing || o.Reply == nil && !o.Skipped
			q.remove(c)
			if i > 0 && (o.Reply != nil || c.leaving) {
				c.told = true
				c.C <- Signal{Reply: o.Reply}
			}
		default:
			nothing = true
			c.release()
		}
	}
	if qu := t.queue; qu != nil {
		if nothing && qu.events == t.events {
			qu.ready = 0
		}
		qu.next()
	}
	for _, c := range t.Clients {
		c.offer()
	}
}

// release ends what kept c from having a Turn.
func (c *Client) release() {
	c.busy = false
	if c.again {
		c.again = false
		c.turnAlone(nil)
	}
}

// offer looks whether c, which is free again, has a Turn in one of its queues.
func (c *Client) offer() {
	for _, p := range c.places {
		if c.busy {
			return
		}
		p.queue.next()
	}
}

// next starts a Turn if there is something, somebody who waits for it, and none
// under way.
func (qu *queue) next() {
	if qu.busy || qu.ready <= 0 {
		return
	}
	var clients []*Client
	for p := qu.head; p != nil && len(clients) < min(qu.ready, maxTurn); p = p.next {
		if !p.client.busy {
			clients = append(clients, p.client)
		}
	}
	if len(clients) == 0 {
		return
	}
	t := &Turn{DB: qu.key.db, Key: []byte(qu.key.name), Clients: clients, queue: qu, events: qu.events}
	for _, c := range clients {
		c.busy, c.turn = true, t
	}
	qu.busy = true
	clients[0].C <- Signal{Turn: t}
}

// turnForEach gives every client a Turn of its own.
func (qu *queue) turnForEach() {
	for p := qu.head; p != nil; p = p.next {
		if p.client.busy {
			p.client.again = true
		} else {
			p.client.turnAlone([]byte(qu.key.name))
		}
	}
}

func (c *Client) turnAlone(key []byte) {
	c.busy = true
	c.turn = &Turn{DB: c.DB, Key: key, Clients: []*Client{c}}
	c.C <- Signal{Turn: c.turn}
}

// partOf returns the part of the keyspace that a key is in.
func partOf(name []byte) int { return int(command.Slot(name)) / (command.Slots / Parts) }
