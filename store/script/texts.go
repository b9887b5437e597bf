package script

import (
	"crypto/sha1"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/msredis/msredis/internal/lua"
	"github.com/msredis/msredis/resp/reply"
	"github.com/msredis/msredis/store/keyspace"
	"github.com/msredis/msredis/store/tables"
)

// The table of scripts has a name for each:
//
//	hash, 40 hexadecimal digits    the text
//	q, 16 hexadecimal digits       the hash of a script that EVAL has brought
//
// The digits behind q are the number of the call, so the first q is the oldest. The
// scripts of SCRIPT LOAD have no q: they stay until SCRIPT FLUSH.
const (
	hashSize = 40
	queue    = "q"
)

// maxEvals is how many scripts that EVAL has brought are kept. The oldest leave
// first.
const maxEvals = 500

// text is a script.
type text struct {
	hash string
	body string
	traits
	eval atomic.Bool // EVAL has brought it

	once  sync.Once
	chunk *lua.Chunk
	err   string // why there is no chunk
}

// about returns the traits of a script; nil if it is not known.
func (t *text) about() *traits {
	if t == nil {
		return nil
	}
	return &t.traits
}

func newText(hash, body string) *text {
	t := &text{hash: hash, body: body}
	s, errText := parseEval(body)
	t.flags, t.err = s.flags, errText
	return t
}

// compiled returns the script's code, or the error.
func (t *text) compiled() (*lua.Chunk, string) {
	t.once.Do(func() {
		if t.err != "" {
			return
		}
		s, _ := parseEval(t.body)
		chunk, err := compile(t.body[s.length:])
		if err != nil {
			t.err = fmt.Sprintf(reply.ErrScriptCompile, err)
			return
		}
		t.chunk = chunk
	})
	return t.chunk, t.err
}

// hashOf returns the name of a script.
func hashOf(body []byte) string {
	sum := sha1.Sum(body)
	return hex.EncodeToString(sum[:])
}

func (e *Engine) known(hash string) *text {
	if t, ok := e.texts.Load(hash); ok {
		return t.(*text)
	}
	return nil
}

// keep puts a script into the table.
func (e *Engine) keep(c *keyspace.Ctx, t *text, eval bool) {
	table := c.ChangeTable(tables.Scripts)
	e.sync(table)
	if old := e.known(t.hash); old != nil {
		if !eval && old.eval.Load() {
			e.unqueue(table, t.hash)
			old.eval.Store(false)
		}
		e.version = table.Version()
		return
	}
	table.Set(t.hash, []byte(t.body))
	t.eval.Store(eval)
	e.texts.Store(t.hash, t)
	e.count.Add(1)
	e.bytes.Add(int64(len(t.body)))
	if eval {
		table.Set(queueName(c.Seq()), []byte(t.hash))
		e.evals++
		for e.evals > maxEvals {
			e.evict(table)
		}
	}
	e.version = table.Version()
}

func queueName(seq uint64) string { return fmt.Sprintf("%s%016x", queue, seq) }

// evict takes out the oldest script of EVAL.
func (e *Engine) evict(table *tables.Table) {
	var name, hash string
	table.Each(queue, func(n string, v []byte) bool {
		name, hash = n, string(v)
		return false
	})
	table.Delete(name)
	table.Delete(hash)
	e.evals--
	e.drop(hash)
}

func (e *Engine) drop(hash string) {
	if t, ok := e.texts.LoadAndDelete(hash); ok {
		e.count.Add(-1)
		e.bytes.Add(-int64(len(t.(*text).body)))
	}
}

// unqueue makes a script of EVAL one that stays.
func (e *Engine) unqueue(table *tables.Table, hash string) {
	var name string
	table.Each(queue, func(n string, v []byte) bool {
		if string(v) == hash {
			name = n
		}
		return name == ""
	})
	table.Delete(name)
	e.evals--
}

// sync makes texts what the table has, if somebody else has changed it.
func (e *Engine) sync(table tables.Reader) {
	if e.version != table.Version() {
		e.loadTexts(table)
	}
}

func (e *Engine) loadTexts(table tables.Reader) {
	seen := map[string]bool{}
	queued := map[string]bool{}
	e.evals = 0
	table.Each("", func(name string, v []byte) bool {
		if len(name) == hashSize {
			seen[name] = true
			if e.known(name) == nil {
				e.texts.Store(name, newText(name, string(v)))
			}
		} else {
			queued[string(v)] = true
			e.evals++
		}
		return true
	})
	var count, bytes int64
	e.texts.Range(func(k, v any) bool {
		t := v.(*text)
		if !seen[t.hash] {
			e.texts.Delete(k)
			return true
		}
		t.eval.Store(queued[t.hash])
		count++
		bytes += int64(len(t.body))
		return true
	})
	e.count.Store(count)
	e.bytes.Store(bytes)
	e.version = table.Version()
}

// SCRIPT LOAD script
func (e *Engine) scriptLoad(c *keyspace.Ctx) {
	body := c.Args[2]
	hash := hashOf(body)
	t := e.known(hash)
	if t == nil {
		t = newText(hash, string(body))
	}
	if _, errText := t.compiled(); errText != "" {
		c.W.Error(errText)
		return
	}
	e.keep(c, t, false)
	c.W.BulkString(hash)
}

// SCRIPT EXISTS sha1 [sha1 ...]
func (e *Engine) scriptExists(c *keyspace.Ctx) {
	c.W.Array(len(c.Args) - 2)
	for _, arg := range c.Args[2:] {
		n := int64(0)
		if e.known(lower(arg)) != nil {
			n = 1
		}
		c.W.Int(n)
	}
}

// SCRIPT SHOW sha1
func (e *Engine) scriptShow(c *keyspace.Ctx) {
	if t := e.known(lower(c.Args[2])); t != nil {
		c.W.BulkString(t.body)
	} else {
		c.W.Error(reply.ErrNoScript)
	}
}

// SCRIPT FLUSH [ASYNC | SYNC]
func (e *Engine) scriptFlush(c *keyspace.Ctx) {
	if len(c.Args) > 3 || len(c.Args) == 3 && !c.Is(2, "SYNC") && !c.Is(2, "ASYNC") {
		c.W.Error(reply.ErrScriptFlush)
		return
	}
	table := c.ChangeTable(tables.Scripts)
	var names []string
	table.Each("", func(name string, _ []byte) bool {
		names = append(names, name)
		return true
	})
	for _, name := range names {
		table.Delete(name)
	}
	e.loadTexts(table)
	c.W.OK()
}

func lower(b []byte) string {
	out := make([]byte, len(b))
	for i, c := range b {
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		out[i] = c
	}
	return string(out)
}

// seedOf is the seed of math.random for a call.
func seedOf(c *keyspace.Ctx) int32 {
	var b [8]byte
	binary.LittleEndian.PutUint64(b[:], c.Rand())
	return int32(binary.LittleEndian.Uint32(b[:]))
}
