package apply

import (
	"sync"
	"testing"

	"github.com/msredis/msredis/resp/command"
)

// sharded is the store as a node uses it: a goroutine that finds the applier's
// role free applies what all of them have queued, and who waits meanwhile gets
// his reply, or the role. Reads need neither, only the lock of their shard.
type sharded struct {
	*machine
	depth int

	mu    sync.Mutex
	queue []*job
	busy  bool
}

// job is a unit on its way through the applier.
type job struct {
	unit command.Unit
	wake chan bool // true: it is applied; false: take over
}

func newSharded(t testing.TB, keys, depth int) *sharded {
	return &sharded{machine: newMachine(t, keys, 0), depth: depth}
}

func (s *sharded) client() kv {
	return &shardedClient{s: s, job: job{wake: make(chan bool, 1)}}
}

// shardedClient is a connection: it gathers a pipeline of depth commands.
type shardedClient struct {
	s *sharded
	job
}

func (c *shardedClient) put(key int) { c.add(c.s.puts[key]) }
func (c *shardedClient) del(key int) { c.add(c.s.dels[key]) }
func (c *shardedClient) get(key int) { c.add(c.s.gets[key]) }

func (c *shardedClient) add(call command.Call) {
	c.unit.Calls = append(c.unit.Calls, call)
	if len(c.unit.Calls) >= c.s.depth {
		c.flush()
	}
}

func (c *shardedClient) flush() {
	if c.unit.Writes() {
		c.s.write(&c.job)
	} else {
		c.s.s.Read(&c.unit)
	}
	c.unit.Reset()
}

func (s *sharded) write(j *job) {
	s.mu.Lock()
	s.queue = append(s.queue, j)
	if s.busy {
		s.mu.Unlock()
		if <-j.wake {
			return
		}
		s.mu.Lock()
	}
	s.busy = true
	batch := s.queue
	s.queue = nil
	s.mu.Unlock()

	units := make([]*command.Unit, len(batch))
	for i, other := range batch {
		units[i] = &other.unit
	}
	s.apply(units)
	for _, other := range batch {
		if other != j {
			other.wake <- true
		}
	}
	s.mu.Lock()
	s.busy = len(s.queue) > 0
	if s.busy { // one that waits has to be woken anyway
		next := s.queue[0]
		s.mu.Unlock()
		next.wake <- false
		return
	}
	s.mu.Unlock()
}

// locked is the same store behind one lock, which every unit takes: the design
// that shards replace.
type locked struct {
	*machine
	depth int
	mu    sync.Mutex
}

func newLocked(t testing.TB, keys, depth int) *locked {
	return &locked{machine: newMachine(t, keys, 1), depth: depth}
}

func (l *locked) client() kv {
	c := &lockedClient{l: l}
	c.units = []*command.Unit{&c.unit}
	return c
}

type lockedClient struct {
	l     *locked
	unit  command.Unit
	units []*command.Unit
}

func (c *lockedClient) put(key int) { c.add(c.l.puts[key]) }
func (c *lockedClient) del(key int) { c.add(c.l.dels[key]) }
func (c *lockedClient) get(key int) { c.add(c.l.gets[key]) }

func (c *lockedClient) add(call command.Call) {
	c.unit.Calls = append(c.unit.Calls, call)
	if len(c.unit.Calls) >= c.l.depth {
		c.flush()
	}
}

func (c *lockedClient) flush() {
	c.l.mu.Lock()
	if c.unit.Writes() {
		c.l.apply(c.units)
	} else {
		c.l.s.Read(&c.unit)
	}
	c.l.mu.Unlock()
	c.unit.Reset()
}
