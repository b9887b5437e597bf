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
	row := e.rows[cmd.ID]
	t := row.known(e, args)
	if t == nil {
		return cmd.Flags.Has(command.ReadOnly) && row.function
	}
	return cmd.Flags.Has(command.ReadOnly) || t.flags&flagNoWrites != 0
}

// Harmless is Reads for a script whose text is in the call: that need not be known yet.
func (e *Engine) Harmless(cmd *command.Command, args [][]byte) bool {
	if cmd.Flags.Has(command.ReadOnly) || e.Reads(cmd, args) {
		return true
	}
	if !e.rows[cmd.ID].text {
		return false
	}
	s, errText := parseEval(string(args[1]))
	return errText == "" && s.flags&flagNoWrites != 0
}

// knownText finds the script of EVAL_RO.
func knownText(e *Engine, args [][]byte) *traits { return e.known(hashOf(args[1])).about() }

// knownFlagged finds the script of EVAL. Without a first line it has no flags, and
// need not be looked for.
func knownFlagged(e *Engine, args [][]byte) *traits {
	if len(args[1]) < 2 || args[1][0] != '#' || args[1][1] != '!' {
		return nil
	}
	return knownText(e, args)
}

// knownHash finds the script of EVALSHA.
func knownHash(e *Engine, args [][]byte) *traits {
	if len(args[1]) != hashSize {
		return nil
	}
	if t, ok := e.texts.Load(string(args[1])); ok {
		return t.(*text).about()
	}
	return e.known(lower(args[1])).about()
}

// knownFunction finds the function of FCALL.
func knownFunction(e *Engine, args [][]byte) *traits {
	if f := e.libs.Load().find(args[1]); f != nil {
		return &f.traits
	}
	return nil
}

// longCost is from how many instructions on nobody else should wait for a script:
// about a millisecond.
const longCost = 10_000

// Long reports whether a call that reads may take long: because it lately did, or
// because nobody knows.
func (e *Engine) Long(cmd *command.Command, args [][]byte) bool {
	t := e.rows[cmd.ID].known(e, args)
	if t == nil {
		return true
	}
	cost := t.cost.n.Load()
	return cost == 0 || cost > longCost
}
