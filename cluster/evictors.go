package cluster

import (
	"sync"

	"github.com/msredis/msredis/cluster/eviction"
)

// evictors are those of the groups, in their order. maxmemory counts what all groups hold.
type evictors struct {
	list    []*eviction.Evictor
	telling sync.Mutex
	crowded int // how many of them have writes wait
}

// newEvictor makes that of the next group.
func (es *evictors) newEvictor(o *Options) *eviction.Evictor {
	tell := o.Crowded
	if o.Groups > 1 && tell != nil {
		tell = func(on bool) { es.tell(on, o.Crowded) }
	}
	e := eviction.New(o.MaxMemory, tell, o.Table)
	if o.Groups > 1 {
		e.Beside(func() int64 { return es.bytes(e) })
	}
	es.list = append(es.list, e)
	return e
}

// bytes is what the groups hold beside that of an evictor.
func (es *evictors) bytes(but *eviction.Evictor) (bytes int64) {
	for _, e := range es.list {
		if e != but {
			bytes += e.Bytes()
		}
	}
	return bytes
}

// tell tells that writes have to wait while any of the evictors says so.
func (es *evictors) tell(on bool, crowded func(on bool)) {
	es.telling.Lock()
	defer es.telling.Unlock()
	before := es.crowded > 0
	if on {
		es.crowded++
	} else {
		es.crowded--
	}
	if now := es.crowded > 0; now != before {
		crowded(now)
	}
}

// evict lets them run.
func (es *evictors) evict(wg *sync.WaitGroup) {
	for _, e := range es.list {
		wg.Go(e.Run)
	}
}

// refuse reports whether calls that may add to the data get -OOM now. They do not as long
// as a group has keys to evict.
func (es *evictors) refuse() bool {
	for _, e := range es.list {
		if !e.Refuses() {
			return false
		}
	}
	return true
}
