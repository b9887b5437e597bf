package script

import (
	"github.com/msredis/msredis/internal/redisnum"
	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/resp/reply"
	"github.com/msredis/msredis/store/keyspace"
)

// keysOf reads the numkeys of EVAL or FCALL, which stands at 2.
func keysOf(args [][]byte) (n int, errText string) {
	keys, ok := redisnum.ParseInt(args[2])
	switch {
	case !ok:
		return 0, reply.ErrNotInteger
	case keys > int64(len(args)-3):
		return 0, reply.ErrNumKeysArgs
	case keys < 0:
		return 0, reply.ErrScriptNumKeys
	}
	return int(keys), ""
}

// EVAL script numkeys [key [key ...]] [arg [arg ...]]
func (e *Engine) eval(c *keyspace.Ctx, readOnly bool) {
	keys, errText := keysOf(c.Args)
	if errText != "" {
		c.W.Error(errText)
		return
	}
	body := c.Args[1]
	hash := hashOf(body)
	t := e.known(hash)
	if t == nil {
		t = newText(hash, string(body))
		if _, errText := t.compiled(); errText == "" && c.Logged() {
			e.keep(c, t, true)
		}
	}
	e.run(c, t, keys, readOnly)
}

// EVALSHA sha1 numkeys [key [key ...]] [arg [arg ...]]
func (e *Engine) evalsha(c *keyspace.Ctx, readOnly bool) {
	var t *text
	if len(c.Args[1]) == hashSize {
		if t = e.known(string(c.Args[1])); t == nil {
			t = e.known(lower(c.Args[1]))
		}
	}
	if t == nil && len(c.Args[1]) != hashSize {
		c.W.Error(reply.ErrNoScript)
		return
	}
	keys, errText := keysOf(c.Args)
	switch {
	case errText != "":
		c.W.Error(errText)
	case t == nil:
		c.W.Error(reply.ErrNoScript)
	default:
		e.run(c, t, keys, readOnly)
	}
}

// run runs a script.
func (e *Engine) run(c *keyspace.Ctx, t *text, keys int, readOnly bool) {
	chunk, errText := t.compiled()
	if errText == "" {
		errText = t.flags.refusal(c, readOnly)
	}
	if errText != "" {
		c.W.Error(errText)
		return
	}
	m := e.machine(c, false)
	defer e.release(m)
	m.readOnly = readOnly || t.flags&flagNoWrites != 0
	m.flags, m.name = t.flags, t.hash
	m.begin(scriptIDs)
	m.setArguments(c.Args[3:3+keys], c.Args[3+keys:])
	m.run(m.L.Load(chunk), nil)
	t.cost.note(m.used())
}

// refusal is why a script may not be run at all, or "".
func (f flags) refusal(c *keyspace.Ctx, readOnly bool) string {
	switch {
	case f&flagCompat != 0:
	case f&flagNoWrites == 0 && readOnly:
		return reply.ErrScriptReadOnly
	case f&(flagNoWrites|flagAllowOOM) == 0 && c.MemoryExceeded():
		return reply.ErrScriptOOM
	}
	return ""
}

// Reads reports whether a call of a script is known to write nothing: then it need
// not go through the log. Any goroutine may ask. A script that is not known yet goes
// through the log once, so that all nodes know it then.
func (e *Engine) Reads(cmd *command.Command, args [][]byte) bool {
	if cmd.Name[0] == 'f' {
		f := e.libs.Load().find(args[1])
		return cmd.Flags.Has(command.ReadOnly) || f != nil && f.flags&flagNoWrites != 0
	}
	t := e.textOf(cmd, args)
	return t != nil && (cmd.Flags.Has(command.ReadOnly) || t.flags&flagNoWrites != 0)
}

// textOf returns the script of a call if it has one that is known.
func (e *Engine) textOf(cmd *command.Command, args [][]byte) *text {
	switch cmd.FullName {
	case "eval":
		if len(args[1]) < 2 || args[1][0] != '#' || args[1][1] != '!' {
			return nil // it has no flags
		}
		return e.known(hashOf(args[1]))
	case "eval_ro":
		return e.known(hashOf(args[1]))
	case "evalsha", "evalsha_ro":
		if len(args[1]) != hashSize {
			return nil
		}
		if t, ok := e.texts.Load(string(args[1])); ok {
			return t.(*text)
		}
		return e.known(lower(args[1]))
	}
	return nil
}

// longCost is from how many instructions on nobody else should wait for a script:
// about a millisecond.
const longCost = 10_000

// Long reports whether a call that reads may take long: because it lately did, or
// because nobody knows.
func (e *Engine) Long(cmd *command.Command, args [][]byte) bool {
	var cost int64
	if cmd.Name[0] == 'f' {
		if f := e.libs.Load().find(args[1]); f != nil {
			cost = f.cost.n.Load()
		}
	} else if t := e.textOf(cmd, args); t != nil {
		cost = t.cost.n.Load()
	}
	return cost == 0 || cost > longCost
}
