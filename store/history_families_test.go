package store_test

import (
	"fmt"

	"github.com/msredis/msredis/resp/command"
)

// collection makes a call on a list, a hash, a set, a sorted set, a HyperLogLog
// or places, or one that reads or combines several. Most keys of a type are of
// no other.
func (w *writer) collection() command.Call {
	r, db := w.rng, w.rng.Intn(2)
	key := func(family string) string { return fmt.Sprint(family, ":", r.Intn(12)) }
	n, m := r.Intn(60), r.Intn(60)
	switch r.Intn(38) {
	case 30, 31, 32, 33, 34, 35, 36, 37:
		return w.fieldTimes(db, key("hash"), key("hash"))
	case 0, 1:
		return call(db, "hset", key("hash"), n, m, fmt.Sprint("f", m), n)
	case 2:
		return call(db, "hdel", key("hash"), n, m)
	case 3:
		return call(db, "hincrbyfloat", key("hash"), "float", "0.1")
	case 4:
		return call(db, "hgetall", key("hash"))
	case 5, 6:
		return call(db, "sadd", key("set"), n, m, n*m)
	case 7:
		return call(db, "sadd", key("set"), fmt.Sprint("member", n))
	case 8:
		return call(db, "spop", key("set"))
	case 9:
		return call(db, "sunionstore", key("set"), key("set"), key("set"))
	case 10, 11, 12:
		return call(db, "zadd", key("zset"), n, m, m, fmt.Sprint("member", n))
	case 13:
		return call(db, "zincrby", key("zset"), "0.3", m)
	case 14:
		return call(db, "zpopmin", key("zset"), 2)
	case 15:
		return call(db, "zunionstore", key("zset"), 2, key("zset"), key("set"), "aggregate", "max")
	case 16, 17:
		return call(db, "pfadd", key("hll"), n, m, fmt.Sprint("element", r.Intn(10_000)))
	case 18:
		elements := []any{"pfadd", key("hll")}
		for range r.Intn(400) {
			elements = append(elements, r.Intn(100_000))
		}
		return call(db, elements...)
	case 19:
		return call(db, "pfmerge", key("hll"), key("hll"), key("hll"))
	case 20:
		return call(db, "pfcount", key("hll"), key("hll"))
	case 21, 22, 23:
		return call(db, "geoadd", key("geo"), float64(n)/7, float64(m)/9, m, float64(m)*3-90, n, n)
	case 24:
		return call(db, "geosearchstore", key("geo"), key("geo"), "fromlonlat", n, m, "byradius", 10+100*n, "km", "storedist", "count", 1+r.Intn(20))
	case 25:
		return call(db, "georadius", key("geo"), n, m, 5000, "km", "desc", "store", key("zset"))
	case 26:
		return call(db, "geosearch", key("geo"), "frommember", n, "bybox", 2000, 3000, "km", "withdist", "withcoord")
	case 27:
		return call(db, "sort", key("set"), "alpha", "by", "hash:*->f1", "get", "#", "get", "hash:*->3", "store", key("sorted"))
	case 28:
		return call(db, "sort", key("zset"), "by", "nosort", "desc", "limit", 1, 10, "store", key("sorted"))
	}
	return call(db, "sort_ro", key("sorted"), "alpha", "by", "hash:*->f2", "get", "#", "get", "hash:*->f3")
}
