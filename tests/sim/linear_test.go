package sim

import (
	"strconv"
	"strings"

	"github.com/anishathalye/porcupine"
)

// Operations on one object, for porcupine. A transaction over several keys that
// are only ever used together is an operation on one object.
type action uint8

const (
	opGet action = iota
	opSet
	opSwap   // SET … GET: returns the old value
	opCAS    // WATCH, GET, MULTI, SET, EXEC: input.old is what GET said
	opIncr   // returns the new value
	opAppend // RPUSH of one element: returns the length
)

type input struct {
	key    string
	action action
	value  string
	old    string
}

// output is what the client was told; unknown if it got no answer.
type output struct {
	unknown bool
	value   string
	ok      bool // opCAS: executed
}

// object is the sequential model: what the promises mean. The state is a string;
// "" is absent.
var object = porcupine.Model{
	Partition: func(history []porcupine.Operation) [][]porcupine.Operation {
		var keys []string
		parts := map[string][]porcupine.Operation{}
		for _, op := range history {
			key := op.Input.(input).key
			if parts[key] == nil {
				keys = append(keys, key)
			}
			parts[key] = append(parts[key], op)
		}
		list := make([][]porcupine.Operation, len(keys))
		for i, key := range keys {
			list[i] = parts[key]
		}
		return list
	},
	Init: func() any { return "" },
	Step: func(s, i, o any) (bool, any) {
		state, in, out := s.(string), i.(input), o.(output)
		says := func(value string) bool { return out.unknown || out.value == value }
		switch in.action {
		case opSet:
			return true, in.value
		case opSwap:
			return says(state), in.value
		case opCAS:
			switch {
			case out.unknown && state != in.old:
				return true, state // refused, for all we know
			case out.unknown || out.ok:
				return state == in.old, in.value
			}
			return true, state
		case opIncr:
			n, _ := strconv.Atoi(state)
			next := strconv.Itoa(n + 1)
			return says(next), next
		case opAppend:
			next := in.value
			if state != "" {
				next = state + "," + in.value
			}
			return says(strconv.Itoa(1 + strings.Count(next, ","))), next
		}
		return says(state), state
	},
	Equal:             func(a, b any) bool { return a == b },
	DescribeOperation: describe,
}

func describe(i, o any) string {
	in, out := i.(input), o.(output)
	name := [...]string{"get", "set", "swap", "cas", "incr", "append"}[in.action]
	text := name + " " + in.key
	if in.action == opCAS {
		text += " " + in.old + " ->"
	}
	if in.value != "" {
		text += " " + in.value
	}
	switch {
	case out.unknown:
		return text + ": ?"
	case in.action == opCAS:
		return text + ": " + strconv.FormatBool(out.ok)
	}
	return text + ": " + out.value
}
