package dump

import (
	"github.com/msredis/msredis/internal/rdb"
	"github.com/msredis/msredis/internal/settings"
	"github.com/msredis/msredis/resp/reply"
	"github.com/msredis/msredis/store/keyspace"
)

func dump(c *keyspace.Ctx) {
	e := c.Lookup(c.Args[1])
	if e == nil {
		c.W.Null()
		return
	}
	form := e.Value().Kind().RDB
	if form == nil {
		c.W.Error(reply.ErrNoDump)
		return
	}
	c.W.Bulk(form.Dump(e.Value()).Payload())
}

// options are what RESTORE is asked for besides key and value.
type options struct {
	replace, absolute bool
	idle, freq        int64 // -1: not given
}

// parse reads the options. It answers the error itself.
func parse(c *keyspace.Ctx) (o options, ok bool) {
	o.idle, o.freq = -1, -1
	for i := 4; i < len(c.Args); i++ {
		more := i+1 < len(c.Args)
		switch {
		case c.Is(i, "REPLACE"):
			o.replace = true
		case c.Is(i, "ABSTTL"):
			o.absolute = true
		case c.Is(i, "IDLETIME") && more && o.freq == -1:
			i++
			if o.idle, ok = c.Int(i); !ok {
				return o, false
			}
			if o.idle < 0 {
				c.W.Error(reply.ErrIdletime)
				return o, false
			}
		case c.Is(i, "FREQ") && more && o.idle == -1:
			i++
			if o.freq, ok = c.Int(i); !ok {
				return o, false
			}
			if o.freq < 0 || o.freq > 255 {
				c.W.Error(reply.ErrFreq)
				return o, false
			}
		default:
			c.W.Error(reply.ErrSyntax)
			return o, false
		}
	}
	return o, true
}

// restore takes the payload as it is: the log has nothing else of it, and every
// node reads it for itself.
func (l *loaders) restore(c *keyspace.Ctx) {
	key := c.Args[1]
	o, ok := parse(c)
	if !ok {
		return
	}
	if !o.replace && c.Lookup(key) != nil {
		c.W.Error(reply.ErrBusyKey)
		return
	}
	deadline, ok := c.Int(2)
	if !ok {
		return
	}
	if deadline < 0 {
		c.W.Error(reply.ErrRestoreTTL)
		return
	}
	mortal := deadline != 0
	if mortal && !o.absolute {
		deadline += c.Now // wraps around as in Redis: such a key has expired
	}
	v, err := l.load(c.Settings(), c.Args[3])
	if err != nil {
		if err == rdb.ErrFooter {
			c.W.Error(reply.ErrDumpFooter)
		} else {
			c.W.Error(reply.ErrDumpFormat)
		}
		return
	}
	deleted := c.Delete(key)
	if mortal && deadline <= c.Now {
		if deleted {
			c.Notify('g', "del", key)
		}
		c.W.OK()
		return
	}
	e := c.Set(key, v, false)
	if mortal {
		c.Expire(e, deadline)
	}
	switch lfu := c.CountsUses(); {
	case lfu && o.freq >= 0:
		c.SetFrequency(e, uint8(o.freq))
	case !lfu && o.idle >= 0:
		c.SetIdle(e, o.idle)
	}
	c.Notify('g', "restore", key)
	c.W.OK()
}

// load makes the value of a payload, which may be anything.
func (l *loaders) load(s *settings.Values, payload []byte) (keyspace.Value, error) {
	t, d, err := rdb.Open(payload)
	if err != nil {
		return nil, err
	}
	if l[t] == nil {
		return nil, rdb.ErrFormat
	}
	return l[t](s, t, d)
}
