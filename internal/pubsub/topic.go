package pubsub

import "slices"

// Subscriber is a client of this node. It has to be comparable.
type Subscriber interface {
	// Receive takes a message. It must neither block nor call the hub. m is only
	// valid during the call, its long frames for longer (LastingFrom).
	Receive(m *Message)
}

// topic is something that at least one client of this node has subscribed to.
type topic struct {
	subs []Subscriber
	at   map[Subscriber]int // where in subs; nil while they are few
}

// few is up to how many subscribers a topic is searched for one.
const few = 16

func (t *topic) add(s Subscriber) {
	t.subs = append(t.subs, s)
	switch {
	case t.at != nil:
		t.at[s] = len(t.subs) - 1
	case len(t.subs) > few:
		t.at = make(map[Subscriber]int, 2*len(t.subs))
		for i, s := range t.subs {
			t.at[s] = i
		}
	}
}

// remove takes a subscriber out, which is there. The last one takes its place.
func (t *topic) remove(s Subscriber) {
	i, last := 0, len(t.subs)-1
	if t.at != nil {
		i = t.at[s]
		t.at[t.subs[last]] = i
		delete(t.at, s)
	} else {
		i = slices.Index(t.subs, s)
	}
	t.subs[i] = t.subs[last]
	t.subs[last] = nil
	t.subs = t.subs[:last]
}
