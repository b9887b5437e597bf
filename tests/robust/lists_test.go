package robust

import (
	"fmt"
	"strings"

	"github.com/anishathalye/porcupine"

	"github.com/msredis/msredis/internal/testcluster/wire"
)

// listIn is an operation on a list; listOut what it was answered. The state is
// the elements, each with a blank behind it.
type listIn struct {
	op    string // push (at the tail), head (push there), pop (from the tail), all
	value string
}

type listOut struct {
	length int
	value  string // pop: the element, "" for none
	all    string
}

var listModel = porcupine.Model{
	Init: func() any { return "" },
	Step: func(state, input, output any) (bool, any) {
		list, in := state.(string), input.(listIn)
		out, known := output.(listOut)
		switch in.op {
		case "push":
			list += in.value + " "
			return !known || out.length == strings.Count(list, " "), list
		case "head":
			list = in.value + " " + list
			return !known || out.length == strings.Count(list, " "), list
		case "pop":
			value := ""
			if list != "" {
				from := strings.LastIndexByte(list[:len(list)-1], ' ') + 1
				value, list = list[from:len(list)-1], list[:from]
			}
			return !known || out.value == value, list
		}
		return !known || out.all == list, list
	},
	DescribeOperation: func(input, output any) string {
		in := input.(listIn)
		out, known := output.(listOut)
		if !known {
			return fmt.Sprintf("%s %s: unknown", in.op, in.value)
		}
		return fmt.Sprintf("%s %s: %s%s %d", in.op, in.value, out.value, out.all, out.length)
	},
}

func readList(c *client, key string) (any, any, outcome) {
	v, o := c.one("LRANGE", key, "0", "-1")
	all := ""
	for _, e := range v.Elems {
		all += e.Text + " "
	}
	return listIn{op: "all"}, listOut{all: all}, o
}

// appendList is a log that clients add to by RPUSH and read as a whole.
type appendList struct {
	*arena
}

func newAppend(r *run, w *tally) workload {
	return &appendList{newArena(r, w, 2, kind{model: listModel, exact: appendedOnce, look: readList})}
}

func (l *appendList) step(c *client) {
	s := l.enter(c.rnd)
	defer l.leave(c, s)
	if c.rnd.IntN(3) == 0 {
		l.record(c, s, listIn{op: "all"}, func() (any, outcome) {
			_, out, o := readList(c, s.key)
			return out, o
		})
		return
	}
	in := listIn{op: "push", value: fmt.Sprintf("p%d.%d", c.process, c.rnd.Uint32())}
	l.record(c, s, in, func() (any, outcome) {
		v, o := c.one("RPUSH", s.key, in.value)
		return listOut{length: number(v)}, o
	})
}

func (l *appendList) finish(c *client) { l.arena.finish(c) }

// appendedOnce: each element is in the list once, all that was acknowledged is
// there at the end, and nobody has read it in another order.
func appendedOnce(ops []porcupine.Operation, whole bool) error {
	last := ""
	for _, op := range ops {
		if out, known := op.Output.(listOut); known && op.Input.(listIn).op == "all" {
			if !strings.HasPrefix(out.all, last) && !strings.HasPrefix(last, out.all) {
				return fmt.Errorf("one has read %q, another %q", last, out.all)
			}
			if len(out.all) > len(last) {
				last = out.all
			}
		}
	}
	seen := map[string]int{}
	for _, e := range strings.Fields(last) {
		if seen[e]++; seen[e] > 1 {
			return fmt.Errorf("%s was appended twice", e)
		}
	}
	if !whole {
		return nil
	}
	for _, op := range ops {
		in := op.Input.(listIn)
		if in.op == "push" && op.Output != nil && seen[in.value] == 0 {
			return fmt.Errorf("%s was acknowledged and is not there", in.value)
		}
	}
	return nil
}

// queue is LPUSH on one side and RPOP on the other, and BRPOP by consumers that
// wait.
type queue struct {
	*arena
}

func newQueue(r *run, w *tally) workload {
	return &queue{newArena(r, w, 2, kind{model: listModel, exact: deliveredOnce, look: readList})}
}

func (q *queue) step(c *client) {
	s := q.enter(c.rnd)
	defer q.leave(c, s)
	in := listIn{op: "pop", value: "by RPOP"} // for whoever looks at the picture
	switch n := c.rnd.IntN(20); {
	case n < 10:
		in = listIn{op: "head", value: fmt.Sprintf("p%d.%d", c.process, c.rnd.Uint32())}
		q.record(c, s, in, func() (any, outcome) {
			v, o := c.one("LPUSH", s.key, in.value)
			return listOut{length: number(v)}, o
		})
	case n < 15 || !q.r.blocking:
		q.record(c, s, in, func() (any, outcome) {
			v, o := c.one("RPOP", s.key)
			return listOut{value: v.Text}, o
		})
	default:
		in.value = "by BRPOP"
		q.record(c, s, in, func() (any, outcome) {
			v, o := c.one("BRPOP", s.key, "0.1")
			return listOut{value: popped(v)}, o
		})
	}
}

// popped is the element in a reply of BRPOP, which also has the key's name.
func popped(v wire.Value) string {
	if len(v.Elems) == 2 {
		return v.Elems[1].Text
	}
	return ""
}

func (q *queue) finish(c *client) { q.arena.finish(c) }

// deliveredOnce: no element is delivered twice, and none is lost but to a
// consumer that did not get its answer.
func deliveredOnce(ops []porcupine.Operation, whole bool) error {
	taken := map[string]int{}
	missing, mayHave := 0, 0
	for _, op := range ops {
		if op.Input.(listIn).op != "pop" {
			continue
		}
		out, known := op.Output.(listOut)
		if !known {
			mayHave++
		}
		if taken[out.value]++; out.value != "" && taken[out.value] > 1 {
			return fmt.Errorf("%s was delivered twice", out.value)
		}
	}
	if !whole {
		return nil
	}
	end := ops[len(ops)-1].Output.(listOut)
	for _, e := range strings.Fields(end.all) {
		if taken[e] > 0 {
			return fmt.Errorf("%s was delivered and is still there", e)
		}
		taken[e]++
	}
	for _, op := range ops {
		if in := op.Input.(listIn); in.op == "head" && op.Output != nil && taken[in.value] == 0 {
			missing++
		}
	}
	if missing > mayHave {
		return fmt.Errorf("%d elements are missing, and %d pops are unknown", missing, mayHave)
	}
	return nil
}
