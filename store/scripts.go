package store

import (
	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/store/keyspace"
	"github.com/msredis/msredis/store/script"
)

// bindScripts makes the engine, which has the handlers of scripts.
func (s *Store) bindScripts() {
	s.engine = script.NewEngine(s.opt.Table, s.handlers)
	s.engine.Bind(func(cmd *command.Command, run keyspace.Handler) { s.handlers[cmd.ID] = run })
}

// Scripts returns what runs the scripts of this store.
func (s *Store) Scripts() *script.Engine { return s.engine }

// Reads reports whether a call of a script is known to write nothing. Any goroutine
// may ask.
func (s *Store) Reads(c *command.Call) bool { return s.engine.Reads(c.Cmd, c.Args) }

// readScript runs a script that reads. First it is trusted to use the keys that it
// declares: their shards are locked alone. If it comes upon another one, it runs
// again with all shards: it has done nothing yet.
func (s *Store) readScript(r *keyspace.Reader, c *command.Call, u *command.Unit) {
	again, late := false, false
	var set keyspace.ShardSet
	addKeys(c.Footprint(), &set)
	if set.Empty() {
		set.Add(0) // it reads tables
	}
	s.ks.RLock(&set)
	if run := s.handler(c, &u.W, by{client: u.Client}); run != nil {
		again, late = r.Script(run, c, &u.W, s.now.Load(), u.Time, &set)
	}
	s.ks.RUnlock(&set)
	u.Late = u.Late || late && !again
	if again {
		s.readScriptAll(r, c, u)
	}
}

// readScriptAll is readScript with the locks of all shards.
func (s *Store) readScriptAll(r *keyspace.Reader, c *command.Call, u *command.Unit) {
	var set keyspace.ShardSet
	set.AddAll()
	s.ks.RLock(&set)
	defer s.ks.RUnlock(&set)
	if run := s.handler(c, &u.W, by{client: u.Client}); run != nil {
		_, late := r.Script(run, c, &u.W, s.now.Load(), u.Time, nil)
		u.Late = u.Late || late
	}
}
