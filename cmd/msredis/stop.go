package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/msredis/msredis/resp/front"
)

// stop ends the node in order. Acknowledged writes are safe whatever happens here. The
// order is for the clients that are connected. All of it keeps to shutdown-timeout, but
// for a snapshot that is asked for.
func (p *process) stop(o front.ShutdownOptions) error {
	p.tell(tellStopping)
	node := p.node.Load()
	patience := p.opts.Duration("shutdown-timeout")
	deadline := time.Now().Add(patience)
	// A part of the time is for the others: clients that do not take their replies
	// would have all of it.
	ctx, cancel := context.WithDeadline(context.Background(), deadline.Add(-min(patience/4, 2*p.opts.Duration("election-timeout"))))
	defer cancel()
	p.sessions.Unblock()
	if err := p.wire.Shutdown(ctx); err != nil {
		p.log.Warn("commands in flight were cut off", "err", err)
	}
	select {
	case <-p.served:
		if err := node.Detach(); err != nil {
			p.log.Warn("messages of the other nodes are read seldom", "err", err)
		}
	case <-ctx.Done(): // somebody is served still, and the nodes with him
	}
	if o.Save {
		if err := node.Save(); err != nil {
			p.log.Warn("no snapshot was written", "err", err)
		}
		deadline = time.Now().Add(patience)
	}
	if !o.Now {
		node.HandOver(time.Until(deadline))
	}
	if err := within(max(time.Until(deadline), minCloseTime), node.Close); err != nil {
		return fmt.Errorf("shutdown: %w", err)
	}
	p.log.Info("bye")
	return nil
}

// minCloseTime is how long the files have to be closed, whatever time is left.
const minCloseTime = time.Second

// errSlowClose is why a node ends before it has closed its files.
var errSlowClose = errors.New("the files were not closed in time; what was acknowledged is safe")

// within runs fn and returns what it returns, or errSlowClose if that takes longer
// than patience.
func within(patience time.Duration, fn func() error) error {
	done := make(chan error, 1)
	go func() { done <- fn() }()
	select {
	case err := <-done:
		return err
	case <-time.After(patience):
		return errSlowClose
	}
}
