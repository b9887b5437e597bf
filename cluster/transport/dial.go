package transport

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"time"

	"github.com/msredis/msredis/cluster/transport/secure"
)

const (
	dialTimeout  = 2 * time.Second
	greetTimeout = 3 * time.Second
	minBackoff   = 20 * time.Millisecond
	maxBackoff   = time.Second
)

// dial keeps a connection to the peer until ctx ends.
func (p *peer) dial(ctx context.Context) {
	backoff, last := minBackoff, ""
	for ctx.Err() == nil {
		begun := time.Now()
		conn, in, err := p.connect(ctx)
		refused := (*RefusedError)(nil)
		switch {
		case err == nil:
			last = ""
			p.log.Info("connected to peer")
			err = p.listen(ctx, conn, in)
			if ctx.Err() == nil {
				p.log.Warn("lost the connection to peer", "err", err)
			}
			// One that is lost at once, again and again, is no success: two
			// nodes may have the same ID and push each other out.
			if time.Since(begun) > maxBackoff {
				backoff = minBackoff
			}
		case ctx.Err() != nil:
			return
		default:
			// Another process of this node may be about to be missed.
			if errors.As(err, &refused) && refused.Why != Twin {
				backoff = maxBackoff
			}
			p.refuses(refused)
			if err.Error() != last {
				last = err.Error()
				p.log.Warn("cannot connect to peer; trying again", "err", last)
			}
		}
		wait := time.NewTimer(backoff/2 + rand.N(backoff))
		select {
		case <-ctx.Done():
		case <-wait.C:
		case <-p.kick:
			backoff = minBackoff
		}
		wait.Stop()
		backoff = min(2*backoff, maxBackoff)
	}
}

// heard says that the peer has come to us: it is up, so there is no point in
// waiting any longer to dial it.
func (p *peer) heard() {
	select {
	case p.kick <- struct{}{}:
	default:
	}
	select {
	case p.newsKick <- struct{}{}:
	default:
	}
}

// open dials a peer and introduces this node.
func (p *peer) open(ctx context.Context, what purpose) (*secure.Conn, *frames, error) {
	d := net.Dialer{Timeout: dialTimeout}
	conn, err := d.DialContext(ctx, "tcp", p.Addr)
	if err != nil {
		return nil, nil, err
	}
	undo := context.AfterFunc(ctx, func() { conn.Close() })
	defer undo()
	id := p.t.identity.Load()
	safe, in, who, err := greet(p.t.options.Guard, conn, hello{version, what, id.cluster, id.self, p.ID, p.t.handler.Introduce()}, greetTimeout)
	if err == nil {
		err = p.t.named(safe, p.ID)
	}
	if err == nil {
		if err = p.t.vet(p.ID, who); err != nil {
			err = fmt.Errorf("not to be talked to: %v", err) // it is not this node that is refused
		}
	}
	if err != nil {
		conn.Close()
		return nil, nil, err
	}
	return safe, in, nil
}

func (p *peer) connect(ctx context.Context) (*socket, *frames, error) {
	conn, in, err := p.open(ctx, forMessages)
	if err != nil {
		return nil, nil, err
	}
	s := newSocket(conn)
	s.heard.Store(p.t.now())
	p.mu.Lock()
	p.conn, p.refused = s, nil
	p.mu.Unlock()
	p.connects.Add(1)
	p.link.seen.Store(p.t.now())
	p.t.wg.Go(func() { p.write(s) })
	return s, in, nil
}

// listen reads the peer's signs of life until the connection ends.
func (p *peer) listen(ctx context.Context, conn *socket, in *frames) error {
	undo := context.AfterFunc(ctx, func() { conn.Close() })
	defer undo()
	defer func() {
		p.mu.Lock()
		p.giveUp(conn)
		p.mu.Unlock()
	}()
	for {
		k, _, ok, err := in.next()
		if err == nil && !ok {
			err = in.fill()
		}
		if err == nil && ok && k != kindAlive {
			err = fmt.Errorf("frame of kind %d on the way back", k)
		}
		if conn.silent.Load() {
			return errSilent
		}
		if err != nil {
			if err == io.EOF {
				err = errors.New("closed by the peer")
			}
			return err
		}
		now := p.t.now()
		conn.heard.Store(now)
		p.link.seen.Store(now)
	}
}

var errSilent = errors.New("no sign of life")
