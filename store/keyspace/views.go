package keyspace

import (
	"sync/atomic"

	"github.com/msredis/msredis/internal/acl"
	"github.com/msredis/msredis/internal/settings"
	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/resp/reply"
)

// Views are keys as they were at one moment, with what else a handler may ask for. A read
// that takes long runs on them and holds no lock.
//
// They are made under the locks. It is decided then which keys are there, which parts of
// them, and whether the read is late. A handler that looks a key up counts as it does
// under a lock, also as a use of the key.
type Views struct {
	list     []viewed
	index    map[viewKey]int // of list; nil while there are few
	settings *settings.Values
	users    *acl.Users
	lfu      bool
	noTouch  bool // command.Call.NoTouch of the call that runs
	last     *viewed
}

type viewed struct {
	viewKey
	view  View
	shard int
}

type viewKey struct {
	db  int
	key string
}

// fewViews is up to how many views are searched one after the other.
const fewViews = 8

// living is the number of views that are not released.
var living atomic.Int64

// LivingViews returns how many keys are frozen for readers now.
func LivingViews() int64 { return living.Load() }

// at returns what there is of a key; nil if it was not frozen.
func (v *Views) at(db int, key []byte) *viewed {
	if v.index != nil {
		if i, ok := v.index[viewKey{db, string(key)}]; ok {
			return &v.list[i]
		}
		return nil
	}
	for i := range v.list {
		if x := &v.list[i]; x.db == db && x.key == string(key) {
			return x
		}
	}
	return nil
}

func (v *Views) add(x viewed) {
	if v.list = append(v.list, x); len(v.list) > fewViews {
		if v.index == nil {
			v.index = make(map[viewKey]int)
			for i := range v.list {
				v.index[v.list[i].viewKey] = i
			}
		}
		v.index[x.viewKey] = len(v.list) - 1
	}
}

// Views begins to freeze keys for the calls that follow, until Release. The locks of all
// their keys are held until the last was frozen.
func (r *Reader) Views() {
	ks := r.ctx.ks
	r.frozen = &Views{settings: ks.settings, users: ks.Users(), lfu: ks.lfu}
}

// Freeze adds the keys of a call. It returns true if the call is late; see Call.
func (r *Reader) Freeze(call *command.Call, now, clock int64) (late bool) {
	c := &r.ctx
	c.begin(call, &reply.Writer{Discard: true}, 0)
	c.Now, c.Clock, c.alone, c.late = now, max(now, clock), false, false
	c.trial, c.noTouch = true, true // the handler's own lookup counts
	f := c.footprint
	for i := range f.Len() {
		k := f.Key(i)
		key := call.Args[k.Pos]
		if r.frozen.at(call.DB, key) == nil {
			r.frozen.add(viewed{viewKey{call.DB, string(key)}, c.Freeze(call.DB, key), ShardOfSlot(k.Slot)})
			living.Add(1)
		}
	}
	c.trial, c.noTouch = false, false
	c.Cmd, c.Args, c.W, c.footprint = nil, nil, nil, nil
	return c.late
}

// Viewed runs a call on the views. No lock is held.
func (r *Reader) Viewed(run Handler, call *command.Call, w *reply.Writer, now, clock int64) {
	r.ctx.views = r.frozen
	r.Call(run, call, w, now, clock, false)
	r.ctx.views = nil
}

// ViewedScript is Viewed for a script. It returns true if the script needs other keys, too,
// and has to run again with the locks of all shards.
func (r *Reader) ViewedScript(run Handler, call *command.Call, w *reply.Writer, now, clock int64) (again bool) {
	r.ctx.views = r.frozen
	again, _ = r.Script(run, call, w, now, clock, &ShardSet{})
	r.ctx.views = nil
	return again
}

// Release ends the use of the views.
func (r *Reader) Release() {
	for i := range r.frozen.list {
		r.frozen.list[i].view.Release()
	}
	living.Add(-int64(len(r.frozen.list)))
	r.frozen, r.ctx.views = nil, nil
}

// findView is find for a call that runs on views.
func (c *Ctx) findView(db int, key []byte) *Entry {
	v := c.views.at(db, key)
	if v == nil {
		panic("keyspace: " + c.Cmd.FullName + " looks up a key that was not frozen for it")
	}
	c.views.last = v
	e, s := v.view.Entry(), &c.ks.shards[v.shard]
	switch {
	case e != nil:
		s.hits.Add(1)
	default:
		s.misses.Add(1)
		if c.ks.listener != nil && !c.Cmd.Flags.Has(command.Unnoticed) {
			c.ks.listener.Missed(db, key)
		}
	}
	return e
}

// useView notes that a client uses the key of e, which is a view that was looked up last.
func (c *Ctx) useView(e *Entry) {
	v := c.views.last
	if v == nil || v.view.Entry() != e {
		return
	}
	s := &c.ks.shards[v.shard]
	s.mu.RLock()
	defer s.mu.RUnlock()
	t := s.table(c.ks.physical[v.db])
	if t == nil {
		return
	}
	if live := t.find([]byte(v.key)); live != nil {
		views := c.views
		c.views, c.noTouch = nil, false
		c.use(live)
		c.views, c.noTouch = views, true
	}
}
