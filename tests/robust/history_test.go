package robust

import (
	"fmt"
	"math"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/anishathalye/porcupine"
)

// Checking that a history is linearizable takes time that grows with its length
// and explodes with the operations whose outcome is unknown. So clients work on
// a key for a while and then on the next; the history of each is short, and is
// checked while the run goes on.
const (
	spanOps      = 250
	spanUnknown  = 6
	checkTimeout = 30 * time.Second
	// maxArchive is how many keys are remembered that nobody writes any more.
	maxArchive = 100
)

// kind is what the histories of a workload are checked by.
type kind struct {
	model porcupine.Model
	// exact, if set, looks at a whole history for what can be told by counting;
	// it is not confused by a history that takes too long to check.
	// If whole is true, the last operation is a look at what was there when all
	// others had ended.
	exact func(ops []porcupine.Operation, whole bool) error
	// look reads all there is at a key, as an operation of the model.
	look func(c *client, key string) (in, out any, o outcome)
	// keys, if set, are the names in the database that belong to a key.
	keys func(key string) []string
}

// arena hands out the keys that the clients of a workload are working on.
type arena struct {
	r    *run
	w    *tally
	name string
	kind kind

	mu      sync.Mutex
	next    int
	open    []*span
	archive []archived
}

// archived is a key that has its last value: it must keep it.
type archived struct {
	key     string
	in, out any
}

// span is one key and what is done to it.
type span struct {
	key    string
	ops    []porcupine.Operation
	lost   int  // operations whose outcome is unknown
	active int  // clients that are at it
	closed bool // no more clients
	looked bool // the last operation is the last look
}

func newArena(r *run, w *tally, width int, k kind) *arena {
	a := &arena{r: r, w: w, name: w.name, kind: k, open: make([]*span, width)}
	for i := range a.open {
		a.open[i] = a.newSpan()
	}
	return a
}

func (a *arena) newSpan() *span {
	a.next++
	return &span{key: fmt.Sprintf("%s:%d", a.name, a.next)}
}

// enter gives a client a key to work on.
func (a *arena) enter(rnd *rand.Rand) *span {
	a.mu.Lock()
	defer a.mu.Unlock()
	s := a.open[rnd.IntN(len(a.open))]
	s.active++
	return s
}

// record runs an operation and writes it down. What was refused has not
// happened, and is left out: if it did happen, nothing explains its effect.
func (a *arena) record(c *client, s *span, in any, op func() (out any, o outcome)) (any, outcome) {
	process, call := c.process, a.r.now()
	out, o := op()
	ret := a.r.now()
	if o == refused {
		return out, o
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	end := int64(ret)
	if o == unknown {
		s.lost++
		end = math.MaxInt64
		out = nil
	}
	s.ops = append(s.ops, porcupine.Operation{ClientId: process, Input: in, Call: int64(call), Output: out, Return: end})
	return out, o
}

// leave ends a client's work on a key. The last one to leave a key that has had
// enough looks at it and hands it to the checker.
func (a *arena) leave(c *client, s *span) {
	a.mu.Lock()
	s.active--
	if !s.closed && (len(s.ops) >= spanOps || s.lost >= spanUnknown) {
		s.closed = true
		for i := range a.open {
			if a.open[i] == s {
				a.open[i] = a.newSpan()
			}
		}
	}
	last := s.closed && s.active == 0
	a.mu.Unlock()
	if last {
		a.retire(c, s)
	}
}

// retire looks at a key for the last time and has its history checked.
func (a *arena) retire(c *client, s *span) {
	var in, out any
	_, o := a.look(c, s, &in, &out)
	a.r.checker.check(a, s)
	if o != done || s.lost > 0 {
		return // it may change yet
	}
	a.mu.Lock()
	a.archive = append(a.archive, archived{s.key, in, out})
	var old *archived
	if len(a.archive) > maxArchive {
		old = &a.archive[0]
		a.archive = a.archive[1:]
	}
	a.mu.Unlock()
	if old != nil && a.recall(c, *old) == done {
		keys := []string{old.key}
		if a.kind.keys != nil {
			keys = a.kind.keys(old.key)
		}
		c.one(append([]string{"UNLINK"}, keys...)...)
	}
}

func (a *arena) look(c *client, s *span, in, out *any) (any, outcome) {
	process, call := c.process, a.r.now()
	var o outcome
	*in, *out, o = a.kind.look(c, s.key)
	if o == done {
		a.mu.Lock()
		s.ops = append(s.ops, porcupine.Operation{ClientId: process, Input: *in, Call: int64(call), Output: *out, Return: int64(a.r.now())})
		s.looked = true
		a.mu.Unlock()
	}
	return nil, o
}

// recall checks that a key has kept its last value.
func (a *arena) recall(c *client, old archived) outcome {
	_, out, o := a.kind.look(c, old.key)
	if o == done && out != old.out {
		a.w.violate("%s was %v when it was written last; now it is %v", old.key, old.out, out)
	}
	return o
}

// finish has all that is left checked.
func (a *arena) finish(c *client) {
	for _, s := range a.open {
		if len(s.ops) == 0 {
			continue
		}
		var in, out any
		a.r.insist(s.key, func() outcome {
			_, o := a.look(c, s, &in, &out)
			return o
		})
		a.r.checker.check(a, s)
	}
	for _, old := range a.archive {
		if !a.r.insist(old.key, func() outcome { return a.recall(c, old) }) {
			return
		}
	}
}

// checker checks histories beside the run.
type checker struct {
	report *report
	work   chan func()
	wg     sync.WaitGroup
}

func newChecker(rep *report) *checker {
	k := &checker{report: rep, work: make(chan func(), 1024)}
	k.wg.Go(func() {
		for f := range k.work {
			f()
		}
	})
	return k
}

// wait returns when all histories are checked. None may come any more.
func (k *checker) wait() {
	close(k.work)
	k.wg.Wait()
}

// check takes the history of a key nobody works on any more.
func (k *checker) check(a *arena, s *span) { k.work <- func() { k.judge(a, s) } }

func (k *checker) judge(a *arena, s *span) {
	if a.kind.exact != nil {
		if err := a.kind.exact(s.ops, s.looked); err != nil {
			a.w.violate("%s: %v", s.key, err)
		}
	}
	// The picture has one line per client: number those of this key from 0.
	clients := map[int]int{}
	for i := range s.ops {
		id, ok := clients[s.ops[i].ClientId]
		if !ok {
			id = len(clients)
			clients[s.ops[i].ClientId] = id
		}
		s.ops[i].ClientId = id
	}
	result, info := porcupine.CheckOperationsVerbose(a.kind.model, s.ops, checkTimeout)
	a.w.mu.Lock()
	a.w.histories++
	if result == porcupine.Unknown {
		a.w.undecided++
	}
	a.w.mu.Unlock()
	if result != porcupine.Illegal {
		return
	}
	picture := "no picture"
	path, err := k.report.file(fmt.Sprintf("%s-%s.html", a.name, s.key[len(a.name)+1:]))
	if err == nil {
		err = porcupine.VisualizePath(a.kind.model, info, path)
	}
	if err == nil {
		picture = path
	}
	a.w.violate("%s: the history of %d operations is not linearizable; picture: %s", s.key, len(s.ops), picture)
}
