package transport

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"
)

// News is what members tell each other beside raft: who of their clients listens to
// what, and the messages for them. It has a connection of its own, one for each two
// members and both ways. So no heartbeat waits behind it, however much is published.
// The member with the lower ID dials.
//
// Messages arrive in order, or the connection is given up, which both sides notice. The
// next connection starts from nothing.

// NewsPeer is told what comes from another member. Take and Rest are called from
// one goroutine, Close once, when nothing more comes.
type NewsPeer interface {
	// Take takes a frame, which is good during the call. An error ends the
	// connection.
	Take(frame []byte) error
	// Rest is called when all that has come was taken.
	Rest()
	Close()
}

// newsBytes bounds the messages that wait for a slow member, behind the one that is
// being written. Messages that have to arrive may take so much again.
const newsBytes = 32 << 20

// Wire is one end of a connection for news.
type Wire struct {
	t    *Transport
	conn *socket

	mu      sync.Mutex
	queue   []byte // frames that nobody has taken yet
	free    []byte // a buffer for the next queue
	limit   int    // of queue
	closed  bool
	dropped atomic.Uint64 // frames
	// taking: what came is being taken, so that nobody looks whether more has come.
	taking atomic.Bool
}

func (t *Transport) newWire(s *socket) *Wire {
	w := &Wire{t: t, conn: s, limit: newsBytes}
	w.conn.heard.Store(t.now())
	return w
}

// Send queues a frame and reports whether there was room for it. With sure set
// there always is, or the connection is given up. It does not block, and frame is
// not kept.
func (w *Wire) Send(frame []byte, sure bool) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case w.closed || len(frame) > w.t.options.MaxFrame:
		return false
	case len(w.queue) >= w.limit && !sure:
		w.dropped.Add(1)
		return false
	case len(w.queue) >= 2*w.limit:
		w.shut()
		return false
	}
	w.queue = appendFrame(w.queue, kindNews, frame)
	w.wake()
	return true
}

// wake has the queue written. The caller holds w.mu.
func (w *Wire) wake() {
	select {
	case w.conn.wake <- struct{}{}:
	default:
	}
}

// shut gives the connection up. The caller holds w.mu.
func (w *Wire) shut() {
	if !w.closed {
		w.closed, w.queue = true, nil
		close(w.conn.gone)
		w.conn.Close()
	}
}

func (w *Wire) close() {
	w.mu.Lock()
	w.shut()
	w.mu.Unlock()
}

// write writes what is queued, until the connection is given up.
func (w *Wire) write() {
	for {
		select {
		case <-w.conn.gone:
			return
		case <-w.conn.wake:
		}
		w.mu.Lock()
		for len(w.queue) > 0 {
			buf := w.queue
			w.queue, w.free = w.free[:0], nil
			w.mu.Unlock()
			_, err := w.conn.Write(buf)
			w.mu.Lock()
			if err != nil {
				w.shut()
			} else if cap(buf) <= idleBytes {
				w.free = buf[:0]
			}
		}
		w.mu.Unlock()
	}
}

// tend sends a sign of life, and ends a connection that has had none.
func (w *Wire) tend() {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case w.closed:
	case !w.taking.Load() && w.t.now()-w.conn.heard.Load() > int64(w.t.options.DeadAfter):
		w.conn.silent.Store(true)
		w.shut()
	case len(w.queue) == 0:
		w.queue = append(w.queue, aliveFrame...)
		w.wake()
	}
}

// exchange has news go to and fro on a connection until that ends.
func (w *Wire) exchange(l *link, member uint64, in *frames) error {
	// A second connection of the same member takes the place of the first.
	if old := l.news.Swap(w); old != nil {
		old.close()
	}
	l.exchanging.Lock() // the first has to be at its end
	defer l.exchanging.Unlock()
	defer l.news.CompareAndSwap(w, nil)
	defer w.close()
	if !w.t.spawn(w.write) {
		return io.EOF
	}
	peer := w.t.options.News(member, w)
	defer peer.Close()
	for {
		k, body, ok, err := in.next()
		switch {
		case err != nil:
			return err
		case !ok:
			peer.Rest()
			w.conn.heard.Store(w.t.now())
			w.taking.Store(false)
			if err := in.fill(); err != nil {
				if w.conn.silent.Load() {
					return errSilent
				}
				return err
			}
			w.taking.Store(true)
			l.seen.Store(w.t.now())
		case k == kindNews:
			if err := peer.Take(body); err != nil {
				return err
			}
		case k != kindAlive:
			return fmt.Errorf("frame of kind %d among the news", k)
		}
	}
}

// takeNews serves a connection that another member has opened for news.
func (in *inbound) takeNews(from uint64, fr *frames) {
	t := in.t
	err := t.newWire(newSocket(in.safe)).exchange(in.link, from, fr)
	t.log.Debug("lost the connection for news from peer", "peer", fmt.Sprintf("%x", from), "err", err)
}

// dialNews keeps a connection for news to the peer until ctx ends.
func (p *peer) dialNews(ctx context.Context) {
	for backoff := minBackoff; ctx.Err() == nil; backoff = min(2*backoff, maxBackoff) {
		begun := time.Now()
		err := p.news(ctx)
		if time.Since(begun) > maxBackoff {
			backoff = minBackoff
		}
		refused := (*RefusedError)(nil)
		if errors.As(err, &refused) {
			backoff = maxBackoff
		}
		p.log.Debug("no connection for news to peer", "err", err)
		wait := time.NewTimer(backoff/2 + rand.N(backoff))
		select {
		case <-ctx.Done():
		case <-wait.C:
		case <-p.newsKick:
			backoff = minBackoff
		}
		wait.Stop()
	}
}

func (p *peer) news(ctx context.Context) error {
	conn, in, err := p.open(ctx, forNews)
	if err != nil {
		return err
	}
	in.max = p.t.options.MaxFrame
	w := p.t.newWire(newSocket(conn))
	undo := context.AfterFunc(ctx, w.close)
	defer undo()
	return w.exchange(p.link, p.ID, in)
}

// NewsPending reports whether there is a member that is connected, but not for
// news yet.
func (t *Transport) NewsPending() bool {
	if t.options.News == nil {
		return false
	}
	for _, p := range *t.peers.Load() {
		p.mu.Lock()
		connected := p.conn != nil
		p.mu.Unlock()
		if connected && p.link.news.Load() == nil {
			return true
		}
	}
	return false
}

// NewsDropped returns how many messages were dropped because a member was slow to
// take them, on the connections that are there now.
func (t *Transport) NewsDropped() (n uint64) {
	for _, p := range *t.peers.Load() {
		if w := p.link.news.Load(); w != nil {
			n += w.dropped.Load()
		}
	}
	return n
}
