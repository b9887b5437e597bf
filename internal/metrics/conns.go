package metrics

import (
	"net"
	"net/http"
	"sync"
)

// MaxConns bounds the connections of the HTTP server at a time. Each is a file
// descriptor, of which the log of the node must not run out.
const MaxConns = 64

// conns are the connections of an HTTP server. When there are too many, the one that
// has been quiet for longest is closed. So a scraper that comes now gets its figures,
// whatever others have left open.
type conns struct {
	most int

	mu    sync.Mutex
	list  map[net.Conn]uint64 // when it became quiet; 0: it is being answered
	quiet uint64              // counts up
}

func newConns(most int) *conns { return &conns{most: most, list: map[net.Conn]uint64{}} }

// changed is http.Server's ConnState.
func (c *conns) changed(nc net.Conn, state http.ConnState) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch state {
	case http.StateActive:
		c.list[nc] = 0
	case http.StateNew, http.StateIdle:
		c.quiet++
		c.list[nc] = c.quiet
	default:
		delete(c.list, nc)
	}
	if len(c.list) <= c.most {
		return
	}
	oldest := nc // all others are being answered
	for other, since := range c.list {
		if since != 0 && (c.list[oldest] == 0 || since < c.list[oldest]) {
			oldest = other
		}
	}
	delete(c.list, oldest)
	oldest.Close()
}
