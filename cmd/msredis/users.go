package main

import (
	"context"
	"fmt"
	"time"

	"github.com/msredis/msredis/cluster"
	"github.com/msredis/msredis/internal/acl"
	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/resp/front"
)

// givenUsers reads the users of the configuration. A node whose users cannot be read does
// not start.
func (p *process) givenUsers(table *command.Table) error {
	list, err := front.GivenUsers(p.opts, acl.NewRulebook(table))
	if err != nil {
		return err
	}
	given := acl.NewUsers(0, list)
	if u := given.All(); len(u) > 1 || u[0].Line() != acl.Default(acl.NewRulebook(table)).Line() {
		p.users = given
	}
	return nil
}

// settleUsers brings together the users of the cluster and those of this node's
// configuration. A cluster that never had any takes those of a founder. Any other node's
// are only compared: whose password differs is told in the log, and the cluster's holds.
//
// Until the cluster's users are known those of the configuration hold. A node that has
// none there lets nobody in before it has asked, if it came to a cluster that was there
// before it.
func (p *process) settleUsers(ctx context.Context, node *cluster.Node) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		fresh := func() error {
			_, err := node.Versions(0, nil)
			return err
		}
		if !p.untilDone(ctx, fresh) {
			return
		}
		if p.users != nil && node.Founder() && p.audience.Users().Version() == 0 &&
			!p.untilDone(ctx, func() error { return p.sessions.FoundUsers(p.users.All()) }) {
			return
		}
		p.sessions.SettleUsers()
		p.compareUsers()
	}()
	if node.Founder() || p.users != nil || p.audience.Users().Version() > 0 {
		return
	}
	select {
	case <-done:
	case <-ctx.Done():
	case <-time.After(p.opts.Duration("request-timeout")):
	}
}

func (p *process) compareUsers() {
	if p.users == nil {
		return
	}
	have := p.audience.Users()
	for _, u := range p.users.All() {
		if now := have.Get([]byte(u.Name())); now == nil || now.Line() != u.Line() {
			p.log.Warn(fmt.Sprintf("user %s is another one in the cluster than in the configuration of this node; "+
				"the cluster's holds, and ACL SETUSER or CONFIG SET requirepass change it on all nodes", u.Name()))
		}
	}
}
