package pubsub

import "testing"

// FuzzTake gives a peer any frame: it is an error or taken, and what was taken is said to
// be.
func FuzzTake(f *testing.F) {
	for k := range Kind(Kinds) {
		f.Add(appendNumber(nil, k, "name", 3))
		f.Add(appendNumber(nil, k, "name", 0))
		f.Add(appendMessage(nil, k, []byte("channel"), []byte("payload")))
	}
	f.Add(appendHeard(nil, 1<<40))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, frame []byte) {
		a, b := New(), New()
		p := connect(a, b)
		before := p.peers[0].taken
		err := p.peers[0].Take(frame)
		p.peers[0].Rest()
		if err != nil && p.peers[0].taken != before {
			t.Errorf("%q: %v, and it was taken", frame, err)
		}
		a.Publish(Channel, []byte("name"), []byte("x"))
		p.peers[0].Close()
	})
}
