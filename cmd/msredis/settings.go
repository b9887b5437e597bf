package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/msredis/msredis/cluster"
	"github.com/msredis/msredis/store/keyspace"
	"github.com/msredis/msredis/store/tables"
)

// followSettings keeps the options that belong to the cluster as it has set them.
// The store calls it while entries are applied.
func (p *process) followSettings(all *tables.Set, changed []tables.ID) {
	if !slices.Contains(changed, tables.Settings) {
		return
	}
	v, err := keyspace.SettingsOf(all.Table(tables.Settings))
	if err != nil { // the store has checked them
		p.log.Error("the settings of the cluster are damaged", "err", err)
		return
	}
	p.opts.Follow(v)
}

// settleSettings brings together what the cluster has set and what this node's file
// says. A new cluster takes over the settings of its founder. Clients are let in when
// that is done, or when it has taken as long as a command may. In any other cluster the
// file is only compared.
func (p *process) settleSettings(ctx context.Context, node *cluster.Node) {
	given := p.opts.Given()
	if len(given) == 0 {
		return
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		if node.Founded() && !p.untilDone(ctx, func() error { return p.sessions.FoundSettings(given) }) {
			return
		}
		fresh := func() error {
			_, err := node.Versions(0, nil)
			return err
		}
		if !p.untilDone(ctx, fresh) {
			return
		}
		for _, g := range given {
			if now := p.opts.Get(g.Name)[0].Value; now != g.Value {
				p.log.Warn(fmt.Sprintf("option %s is %s in the cluster, and not %s as for this node; CONFIG SET changes it on all nodes",
					g.Name, now, g.Value))
			}
		}
	}()
	if !node.Founded() {
		return
	}
	select {
	case <-done:
	case <-ctx.Done():
	case <-time.After(p.opts.Duration("request-timeout")):
	}
}

// untilDone calls fn until it gives no error, and returns false if the process
// ends before.
func (p *process) untilDone(ctx context.Context, fn func() error) bool {
	const pause = 100 * time.Millisecond
	for fn() != nil {
		select {
		case <-ctx.Done():
			return false
		case <-p.served:
			return false
		case <-time.After(pause):
		}
	}
	return true
}
