package sim

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/anishathalye/porcupine"
	"github.com/msredis/msredis/resp/command"
)

// client is a connection that sends one pipeline after the other.
type client struct {
	w       *world
	id      int
	at      *machine
	stopped bool
	busy    bool
	sent    int // pipelines
	values  int // that it has made up

	// Its own list has the numbers of its pipelines that wrote something.
	acked, refused, unknown []int
	conns                   []conn // by pipeline
	ttl                     ttl
	history                 []porcupine.Operation
}

// conn is what a pipeline was sent over: a connection ends with the process at
// its other end.
type conn struct{ id, inc uint64 }

// piece is one command of a pipeline.
type piece struct {
	call command.Call
	in   input // of what porcupine is to see; no key: nothing
	then func(reply any)
	// fails says what an error means; nil: there must be none.
	fails func(text string) outcome
}

// ttl is the client's own key with a deadline, which nobody else touches.
type ttl struct {
	n        int // number of the key
	value    string
	sent     int64
	acked    int64 // 0: not yet
	life     int64 // ms; 0: there is no key
	relative bool  // PX, not PXAT
	gone     bool
}

// forever is when an operation ends of which nobody knows whether it will.
const forever = int64(1) << 60

// connect gives the client a node; nil if none runs.
func (c *client) connect() *node {
	if c.at == nil || c.at.node == nil || c.w.chance(0.03) {
		up := c.w.up()
		if len(up) == 0 {
			return nil
		}
		c.at = pick(c.w, up).machine
	}
	return c.at.node
}

// later goes on with the next pipeline after a while.
func (c *client) later() {
	c.busy = false
	c.w.after(c.w.between(100, c.w.profile.think), func() {
		if !c.stopped && !c.busy {
			c.next()
		}
	})
}

func (c *client) next() {
	n := c.connect()
	if n == nil {
		c.later()
		return
	}
	c.busy = true
	w := c.w
	switch k := w.rng.IntN(12); {
	case k >= 10:
		c.scripts(n)
	case k == 0:
		c.cas(n)
	case k == 1:
		c.pair(n)
	case k < 4:
		c.send(n, []piece{c.deadline()})
	default:
		var list []piece
		for range 1 + w.rng.IntN(3) {
			list = append(list, c.plain())
		}
		c.send(n, list)
	}
}

// plain draws a command on one of the shared objects.
func (c *client) plain() piece {
	w := c.w
	reg, ctr := fmt.Sprint("reg", w.rng.IntN(3)), fmt.Sprint("ctr", w.rng.IntN(2))
	c.values++ // a pipeline may have two of the same kind
	value := fmt.Sprintf("%d.%d.%d.%d", c.id, c.sent, c.values, w.rng.IntN(1000))
	switch w.rng.IntN(8) {
	case 0, 1:
		return piece{call: call("SET", reg, value), in: input{key: reg, action: opSet, value: value}}
	case 2:
		return piece{call: call("SET", reg, value, "GET"), in: input{key: reg, action: opSwap, value: value}}
	case 3:
		return piece{call: multi(nil, call("INCR", ctr), call("RPUSH", ctr+"log", value)), in: input{key: ctr, action: opIncr, value: value}}
	case 4:
		return piece{call: call("RPUSH", "list", value), in: input{key: "list", action: opAppend, value: value}}
	case 5:
		return piece{call: call("GET", ctr), in: input{key: ctr, action: opGet}}
	}
	return piece{call: call("GET", reg), in: input{key: reg, action: opGet}}
}

// pair writes or reads two keys that always hold the same.
func (c *client) pair(n *node) {
	in := input{key: "pair", action: opGet}
	if c.w.chance(0.5) {
		in.action, in.value = opSet, fmt.Sprintf("%d.%d", c.id, c.sent)
		c.send(n, []piece{{call: multi(nil, call("SET", "pa", in.value), call("SET", "pb", in.value)), in: in}})
		return
	}
	c.send(n, []piece{{call: multi(nil, call("GET", "pa"), call("GET", "pb")), in: in}})
}

// cas changes a register if nobody else did since it was read.
func (c *client) cas(n *node) {
	key := fmt.Sprint("reg", c.w.rng.IntN(3))
	value := fmt.Sprintf("%d.%d.x", c.id, c.sent)
	watch := command.Watch{Key: []byte(key)}
	n.confirm(func(_ *waiter, err error) {
		if err != nil {
			c.later()
			return
		}
		watch.Version = n.store.Versions(0, [][]byte{watch.Key})[0]
		var old string
		read := piece{call: call("GET", key), in: input{key: key, action: opGet}, then: func(reply any) { old = text(reply) }}
		c.sendThen(n, []piece{read}, func(ok bool) {
			if !ok || n.dead {
				c.later()
				return
			}
			c.send(n, []piece{{
				call: multi([]command.Watch{watch}, call("SET", key, value)),
				in:   input{key: key, action: opCAS, old: old, value: value},
			}})
		})
	})
}

// deadline does something with the key that expires.
func (c *client) deadline() piece {
	w, t := c.w, &c.ttl
	key := fmt.Sprintf("ttl%d.%d", c.id, t.n)
	begin := w.now
	acked := func(any) { t.acked = w.now }
	found := func() {
		if t.relative {
			w.check.serves(served{begin, w.now, t.sent, t.acked, t.life})
		}
	}
	if t.life == 0 {
		*t = ttl{n: t.n, value: fmt.Sprint(w.rng.IntN(1_000_000)), sent: w.now, life: w.between(20, 1200), relative: true}
		if w.profile.honest && w.chance(0.3) {
			t.relative = false
			return piece{call: call("SET", key, t.value, "PXAT", fmt.Sprint(epoch+t.sent/ms+t.life)), then: acked}
		}
		return piece{call: call("SET", key, t.value, "PX", fmt.Sprint(t.life)), then: acked}
	}
	if w.chance(0.3) {
		return piece{call: call("PTTL", key), then: func(reply any) {
			left := reply.(int64)
			if left == -2 {
				c.expired(key)
				return
			}
			if found(); t.relative && left > t.life {
				w.fail("%s has %d ms to live, it was given %d", key, left, t.life)
			}
		}}
	}
	return piece{call: call("GET", key), then: func(reply any) {
		switch reply {
		case nil:
			c.expired(key)
		case t.value:
			if found(); t.gone {
				w.fail("%s was expired and is back", key)
			}
		default:
			w.fail("%s is %q, it was set to %q", key, reply, t.value)
		}
	}}
}

// expired: the key is gone. It stays so, and may be so.
func (c *client) expired(key string) {
	w, t := c.w, &c.ttl
	slack := 1 + w.check.jumped(t.sent)
	if !t.relative {
		slack = 1 + maxSkew // no matter what log time did before
	}
	if early := t.life - (w.now-t.sent)/ms; early > slack {
		w.fail("%s expired %d ms early", key, early)
	}
	if t.gone && w.chance(0.3) {
		*t = ttl{n: t.n + 1}
		return
	}
	t.gone = true
}

func (c *client) send(n *node, list []piece) { c.sendThen(n, list, func(bool) { c.later() }) }

// sendThen sends a pipeline. The client's own list gets its number if it writes,
// and a literal stands in front, as the reply to a PING would.
func (c *client) sendThen(n *node, list []piece, then func(ok bool)) {
	w := c.w
	c.sent++
	number := c.sent
	c.conns = append(c.conns, conn{n.id, n.inc})
	u := &command.Unit{Client: uint64(c.id)}
	mark := fmt.Sprintf("+%d.%d\r\n", c.id, number)
	u.Calls = append(u.Calls, command.NewLiteral([]byte(mark)))
	for _, p := range list {
		u.Calls = append(u.Calls, p.call)
	}
	n.reads(u)
	writes := u.Writes()
	acked, unknown := len(c.acked), len(c.unknown)
	if writes {
		u.Calls = append(u.Calls, call("RPUSH", fmt.Sprint("own", c.id), fmt.Sprint(number)))
	}
	sent := w.now
	record := func(p piece, end int64, out output) {
		if p.in.key != "" {
			c.history = append(c.history, porcupine.Operation{ClientId: c.id, Input: p.in, Call: sent, Output: out, Return: end})
		}
	}
	answer := func(err error) {
		w.note("answer", uint64(c.id), uint64(number), uint64(len(u.W.Buf)))
		switch {
		case err == errRefused:
			if writes {
				c.refused = append(c.refused, number)
			}
			c.ttl = ttl{n: c.ttl.n + 1}
			then(false)
			return
		case err != nil:
			for _, p := range list {
				if p.call.Writes() {
					record(p, forever, output{unknown: true})
				}
			}
			if writes {
				c.unknown = append(c.unknown, number)
			}
			c.ttl = ttl{n: c.ttl.n + 1}
			then(false)
			return
		}
		replies := parseAll(u.W.Buf)
		if len(replies) != len(u.Calls) || text(replies[0]) != mark[1:len(mark)-2] {
			w.fail("client %d sent pipeline %d and got %q", c.id, number, u.W.Buf)
		}
		for i, p := range list {
			reply := replies[i+1]
			if e, bad := reply.(replyError); bad {
				how := unexpected
				if p.fails != nil {
					how = p.fails(string(e))
				}
				switch how {
				case unexpected:
					w.fail("client %d: %q: %s", c.id, p.call.Args, e)
				case done:
					record(p, w.now, output{})
				}
				continue
			}
			record(p, w.now, outputOf(c, p, reply))
			if p.then != nil {
				p.then(reply)
			}
		}
		if writes {
			c.acked = append(c.acked, number)
			if n := int(replies[len(replies)-1].(int64)); n <= acked || n > acked+unknown+1 {
				w.fail("client %d: its list has %d elements after %d acknowledged and %d unknown", c.id, n, acked+1, unknown)
			}
		}
		then(true)
	}
	w.note("send", uint64(c.id), uint64(number), n.id)
	if w.log != nil {
		w.say("client %d, pipeline %d to node %d: %s", c.id, number, n.id, words(u))
	}
	// The way to the node takes a moment, and so does a node that is stopped.
	w.after(w.between(10, 200), func() {
		if n.dead {
			answer(errUnknown)
			return
		}
		lost := func() { answer(errUnknown) }
		n.arrivals = append(n.arrivals, &lost)
		here := &lost
		n.do(func() {
			i := slices.Index(n.arrivals, here)
			n.arrivals = slices.Delete(n.arrivals, i, i+1)
			if writes {
				n.write(u, answer)
			} else {
				n.read(u, answer)
			}
		})
	})
}

func words(u *command.Unit) string {
	s := ""
	for i := range u.Calls {
		if tx := u.Calls[i].Tx; tx != nil {
			s += " MULTI"
			for k := range tx.Calls {
				s += fmt.Sprintf(" %s", tx.Calls[k].Args)
			}
			s += " EXEC"
		} else {
			s += fmt.Sprintf(" %s", u.Calls[i].Args)
		}
	}
	return s
}

// outputOf is what a reply says about the object.
func outputOf(c *client, p piece, reply any) output {
	if p.call.Tx == nil && p.in.key != "pair" {
		return output{value: text(reply)}
	}
	if p.in.action == opCAS {
		return output{ok: reply != nil}
	}
	both, ok := reply.([]any)
	if !ok || len(both) != 2 || both[0] != both[1] {
		c.w.fail("client %d: two keys that agree were told to be %v", c.id, reply)
	}
	return output{value: text(both[0])}
}

func text(reply any) string {
	switch v := reply.(type) {
	case nil:
		return ""
	case int64:
		return strconv.FormatInt(v, 10)
	}
	return fmt.Sprint(reply)
}

type replyError string

// parseAll reads the replies in a buffer, RESP2.
func parseAll(b []byte) (list []any) {
	for len(b) > 0 {
		var v any
		v, b = parse(b)
		list = append(list, v)
	}
	return list
}

func parse(b []byte) (v any, rest []byte) {
	end := slices.Index(b, '\r')
	line, rest := string(b[1:end]), b[end+2:]
	n, _ := strconv.ParseInt(line, 10, 64)
	switch b[0] {
	case '-':
		return replyError(line), rest
	case ':':
		return n, rest
	case '$':
		if n < 0 {
			return nil, rest
		}
		return string(rest[:n]), rest[n+2:]
	case '*':
		if n < 0 {
			return nil, rest
		}
		list := make([]any, n)
		for i := range list {
			list[i], rest = parse(rest)
		}
		return list, rest
	}
	return line, rest
}
