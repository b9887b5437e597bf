package store_test

import (
	"fmt"

	"github.com/msredis/msredis/resp/command"
)

// stream makes up a command on a stream. There are few of them, so that they
// grow, and so do their groups.
func (w *writer) stream(db int) command.Call {
	r := w.rng
	key := func() string {
		if r.Intn(20) == 0 {
			return w.key()
		}
		return fmt.Sprint("stream:", r.Intn(4))
	}
	k, group, consumer := key(), fmt.Sprint("group", r.Intn(3)), fmt.Sprint("consumer", r.Intn(3))
	id := fmt.Sprint("5-", r.Intn(300)) // a stream that begins with 5-* goes on with it
	switch r.Intn(33) {
	case 30:
		return call(db, "xdelex", k, []string{"keepref", "delref", "acked"}[r.Intn(3)], "ids", 2, id, fmt.Sprint("5-", r.Intn(300)))
	case 31, 32:
		return call(db, "xackdel", k, group, []string{"keepref", "delref", "acked"}[r.Intn(3)], "ids", 2, id, fmt.Sprint("5-", r.Intn(300)))
	case 0, 1, 2, 3, 4, 5, 6:
		return call(db, "xadd", k, "5-*", "field", r.Intn(1000), "other", make([]byte, r.Intn(100)))
	case 7:
		return call(db, "xadd", k, "*", "when", w.now)
	case 8:
		return call(db, "xadd", k, "maxlen", "~", 100, "5-*", "field", "value")
	case 9:
		return call(db, "xadd", k, "minid", id, "5-*", "field", "value")
	case 10:
		return call(db, "xtrim", k, "maxlen", 100+r.Intn(200))
	case 11, 12:
		return call(db, "xdel", k, id, fmt.Sprint("5-", r.Intn(300)))
	case 13, 14:
		return call(db, "xgroup", "create", k, group, "0", "mkstream")
	case 15:
		if r.Intn(4) == 0 {
			return call(db, "xgroup", "destroy", k, group)
		}
		return call(db, "xgroup", "setid", k, group, id)
	case 16:
		return call(db, "xgroup", "delconsumer", k, group, consumer)
	case 17, 18, 19, 20:
		return call(db, "xreadgroup", "group", group, consumer, "count", 1+r.Intn(9), "streams", k, ">")
	case 21:
		return call(db, "xreadgroup", "group", group, consumer, "count", 3, "streams", k, key(), id, ">")
	case 22:
		return call(db, "xack", k, group, id, fmt.Sprint("5-", r.Intn(300)))
	case 23:
		return call(db, "xclaim", k, group, consumer, r.Intn(100), id, "force")
	case 24:
		return call(db, "xautoclaim", k, group, consumer, r.Intn(100), id, "count", 5)
	case 25:
		return call(db, "xrange", k, id, "+", "count", 5)
	case 26:
		return call(db, "xread", "count", 3, "streams", k, key(), id, "$")
	case 27:
		return call(db, "xpending", k, group, "-", "+", 10)
	case 28:
		return call(db, "xinfo", "stream", k, "full")
	}
	return call(db, "xinfo", "groups", k)
}
