package sim

import (
	"crypto/sha1"
	"fmt"
	"strings"

	"github.com/msredis/msredis/resp/command"
)

// The clients' scripts. Each moves an object as a command of its own would, so that
// porcupine can judge it, and leaves behind what must be the same on all nodes:
// random numbers and members, the time, the order and the name of a table, errors
// that were caught. The digests are to agree on those.
const scribble = `
redis.call('SADD', 'junk:set', 'x', 'y', math.random(40), math.random(40))
redis.call('SPOP', 'junk:set')
local now = redis.call('TIME')
local t, order = {b = 1, a = 2, [3] = 3}, ''
t[ARGV[1]] = 4
for k, v in pairs(t) do order = order .. tostring(k) .. '=' .. v .. ' ' end
local caught = redis.pcall('INCR', 'junk:set')
local _, text = pcall(error, {})
redis.call('HSET', 'junk', 'time', now[1] .. '.' .. now[2], 'order', order .. tostring(t) .. tostring(text),
  'chance', math.random(), 'caught', caught.err, 'member', tostring(redis.call('SRANDMEMBER', 'junk:set')))
`

const (
	swapScript = "local old = redis.call('GET', KEYS[1])\n" + scribble + "redis.call('SET', KEYS[1], ARGV[1])\nreturn old"
	incrScript = "local n = redis.call('INCR', KEYS[1])\n" + scribble + "redis.call('RPUSH', KEYS[2], ARGV[1])\nreturn n"
	// What a script has done before an error stays.
	halfScript = "redis.call('SET', KEYS[1], ARGV[1])\n" + scribble + "redis.call('LPUSH', KEYS[1], 'no list')\nredis.call('SET', KEYS[1], 'not reached')"
	pairScript = "for _, k in ipairs(KEYS) do redis.call('SET', k, ARGV[1]) end\n" + scribble + "return {redis.call('GET', KEYS[1]), redis.call('GET', KEYS[2])}"
	bothScript = "return {redis.call('GET', KEYS[1]), redis.call('GET', KEYS[2])}"
	// Nobody sends this one but by its hash, so it has to be loaded first.
	loadedScript = "-- by its hash alone\n" + swapScript
	libraryCode  = "#!lua name=lib\nlocal calls = 0\nredis.register_function('swap', function(KEYS, ARGV)\ncalls = calls + 1\n" + swapScript + " end)\n" +
		"redis.register_function('incr', function(KEYS, ARGV)\n" + incrScript + " end)"
	// A library is a register, too: its function tells what was loaded last.
	versionCode = "#!lua name=versions\nredis.register_function{function_name='version', callback=function() return '%s' end, flags={'no-writes'}}"
)

// outcome is what a reply that is an error says about the call.
type outcome uint8

const (
	unexpected outcome = iota // no call answers that
	notDone                   // it was not executed
	done                      // it was executed, up to there
)

func sum(script string) string { return fmt.Sprintf("%x", sha1.Sum([]byte(script))) }

// scripts sends a script of some kind.
func (c *client) scripts(n *node) {
	w := c.w
	reg, ctr := fmt.Sprint("reg", w.rng.IntN(3)), fmt.Sprint("ctr", w.rng.IntN(2))
	value := fmt.Sprintf("%d.%d.s", c.id, c.sent)
	swap, incr := input{key: reg, action: opSwap, value: value}, input{key: ctr, action: opIncr, value: value}
	both := input{key: "pair", action: opGet}
	var p piece
	switch w.rng.IntN(12) {
	case 0:
		p = piece{call: call("EVAL", swapScript, "1", reg, value), in: swap}
	case 1:
		p = piece{call: call("EVAL", incrScript, "2", ctr, ctr+"log", value), in: incr}
	case 2:
		p = piece{call: call("EVAL", halfScript, "1", reg, value), in: input{key: reg, action: opSet, value: value}, fails: halfDone}
	case 3:
		p = piece{call: call("EVAL", pairScript, "2", "pa", "pb", value), in: input{key: "pair", action: opSet, value: value}}
	case 4:
		p = piece{call: call("EVAL_RO", bothScript, "2", "pa", "pb"), in: both}
	case 5, 6:
		p = c.loaded(loadedScript, "SCRIPT", "LOAD", loadedScript)
		if p.fails == nil {
			break
		}
		p.call, p.in = call("EVALSHA", sum(loadedScript), "1", reg, value), swap
	case 7:
		p = c.loaded(bothScript, "SCRIPT", "LOAD", bothScript)
		if p.fails == nil {
			break
		}
		p.call, p.in = call("EVALSHA_RO", sum(bothScript), "2", "pa", "pb"), both
	case 8, 9:
		p = c.loaded(libraryCode, "FUNCTION", "LOAD", "REPLACE", libraryCode)
		switch {
		case p.fails == nil:
		case w.chance(0.5):
			p.call, p.in = call("FCALL", "swap", "1", reg, value), swap
		default:
			p.call, p.in = call("FCALL", "incr", "2", ctr, ctr+"log", value), incr
		}
	case 10:
		p = piece{
			call: call("FUNCTION", "LOAD", "REPLACE", fmt.Sprintf(versionCode, value)),
			in:   input{key: "version", action: opSet, value: value},
		}
	default:
		p = version()
	}
	c.send(n, []piece{p})
}

// loaded is a piece that loads something, or one that may use it and has no call
// yet. What was loaded by anybody is there for everybody from then on; before that,
// some try it all the same.
func (c *client) loaded(what string, load ...string) piece {
	known := c.w.loaded[what]
	if c.w.chance(0.1) || !known && c.w.chance(0.5) {
		return piece{call: call(load...), then: func(any) { c.w.loaded[what] = true }}
	}
	return piece{fails: func(text string) outcome {
		if !known && (strings.HasPrefix(text, "NOSCRIPT") || strings.Contains(text, "Function not found")) {
			return notDone
		}
		return unexpected
	}}
}

// version asks for the version of the library.
func version() piece {
	return piece{call: call("FCALL", "version", "0"), in: input{key: "version", action: opGet}, fails: func(text string) outcome {
		if strings.Contains(text, "Function not found") {
			return done // the register is empty
		}
		return unexpected
	}}
}

// halfDone: the script ended with its error, where it had to.
func halfDone(text string) outcome {
	if strings.HasPrefix(text, "WRONGTYPE") && strings.Contains(text, "script: "+sum(halfScript)) {
		return done
	}
	return unexpected
}

// reads marks the scripts of a unit that the node knows to be reads, as a session
// does. In a unit that writes they are calls like all others.
func (n *node) reads(u *command.Unit) {
	var reads []*command.Call
	for i := range u.Calls {
		switch c := &u.Calls[i]; {
		case c.Cmd != nil && c.Cmd.Flags.Has(command.Script) && n.store.Reads(c):
			reads = append(reads, c)
		case c.Writes():
			return
		}
	}
	for _, c := range reads {
		c.SetReads()
	}
}
