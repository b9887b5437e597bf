package clients

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/bsm/redislock"
	"github.com/go-redis/redis_rate/v10"
	"github.com/redis/go-redis/v9"

	"github.com/msredis/msredis/internal/testcluster"
)

// Libraries whose work is done by scripts: a lock and a rate limiter.

// dial returns a client of each of the nodes.
func dial(t *testing.T, addrs []string) []*redis.Client {
	var list []*redis.Client
	for _, addr := range addrs {
		c := redis.NewClient(&redis.Options{Addr: addr, ReadTimeout: timeout, WriteTimeout: timeout, MaxRetries: -1})
		t.Cleanup(func() { c.Close() })
		list = append(list, c)
	}
	return list
}

// TestRedislock: a lock taken at one node holds at all of them.
func TestRedislock(t *testing.T) {
	onEveryNode(t, func(t *testing.T, g target) {
		ctx := testContext(t)
		all := dial(t, g.all)
		lock, err := redislock.Obtain(ctx, dial(t, []string{g.addr})[0], "lock", time.Minute, &redislock.Options{Metadata: "mine"})
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range all {
			if _, err := redislock.Obtain(ctx, c, "lock", time.Minute, nil); !errors.Is(err, redislock.ErrNotObtained) {
				t.Fatalf("a lock that is taken: %v", err)
			}
			if v := c.Get(ctx, "lock").Val(); v != lock.Token()+"mine" {
				t.Fatalf("the lock's key is %q", v)
			}
		}
		if err := lock.Refresh(ctx, time.Hour, nil); err != nil {
			t.Fatal(err)
		}
		if ttl, err := lock.TTL(ctx); err != nil || ttl <= time.Minute || ttl > time.Hour {
			t.Fatalf("the refreshed lock has %v, %v", ttl, err)
		}
		if err := lock.Release(ctx); err != nil {
			t.Fatal(err)
		}
		next, err := redislock.Obtain(ctx, all[len(all)-1], "lock", time.Minute, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, err := range []error{lock.Release(ctx), lock.Refresh(ctx, time.Hour, nil)} {
			if !errors.Is(err, redislock.ErrLockNotHeld) && !errors.Is(err, redislock.ErrNotObtained) {
				t.Fatalf("what was released answers %v", err)
			}
		}
		if ttl, err := next.TTL(ctx); err != nil || ttl <= 0 || ttl > time.Minute {
			t.Fatalf("the next owner's lock has %v, %v", ttl, err)
		}
		countUnderLock(ctx, t, all)
	})
}

// countUnderLock lets clients of all nodes count without INCR: what two of them do
// at a time is lost.
func countUnderLock(ctx context.Context, t *testing.T, all []*redis.Client) {
	const workers, times = 6, 5
	var wg sync.WaitGroup
	for i := range workers {
		c := all[i%len(all)]
		wg.Go(func() {
			for range times {
				lock, err := redislock.Obtain(ctx, c, "counting", time.Minute, &redislock.Options{RetryStrategy: redislock.LinearBackoff(2 * time.Millisecond)})
				if err != nil {
					t.Error(err)
					return
				}
				n, _ := c.Get(ctx, "count").Int()
				if err := errors.Join(c.Set(ctx, "count", n+1, 0).Err(), lock.Release(ctx)); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	if v := all[0].Get(ctx, "count").Val(); v != strconv.Itoa(workers*times) {
		t.Errorf("%s, want %d", v, workers*times)
	}
}

// TestRedisRate: a limit is one of the whole cluster.
func TestRedisRate(t *testing.T) {
	onEveryNode(t, func(t *testing.T, g target) {
		ctx := testContext(t)
		all := dial(t, g.all)
		limit := redis_rate.PerHour(10) // one more each six minutes
		here := redis_rate.NewLimiter(dial(t, []string{g.addr})[0])
		if r, err := here.AllowN(ctx, "few", limit, 4); err != nil || r.Allowed != 4 || r.Remaining != 6 {
			t.Fatalf("4 of 10: %+v, %v", r, err)
		}
		if r, err := redis_rate.NewLimiter(all[len(all)-1]).AllowN(ctx, "few", limit, 7); err != nil || r.Allowed != 0 || r.RetryAfter <= 0 {
			t.Fatalf("7 of 6: %+v, %v", r, err)
		}
		if r, err := redis_rate.NewLimiter(all[0]).AllowAtMost(ctx, "few", limit, 7); err != nil || r.Allowed != 6 || r.Remaining != 0 {
			t.Fatalf("at most 7 of 6: %+v, %v", r, err)
		}
		if err := here.Reset(ctx, "few"); err != nil {
			t.Fatal(err)
		}
		if r, err := here.Allow(ctx, "few", limit); err != nil || r.Allowed != 1 {
			t.Fatalf("after Reset: %+v, %v", r, err)
		}
		var allowed atomic.Int64
		var wg sync.WaitGroup
		for i := range 6 {
			limiter := redis_rate.NewLimiter(all[i%len(all)])
			wg.Go(func() {
				for range 4 {
					r, err := limiter.Allow(ctx, "many", limit)
					if err != nil {
						t.Error(err)
						return
					}
					allowed.Add(int64(r.Allowed))
				}
			})
		}
		wg.Wait()
		if n := allowed.Load(); n != 10 {
			t.Errorf("%d of 24 were allowed at once, the limit is 10", n)
		}
	})
}

// TestLocksOutliveTheLeader: locks and limits are there when the leader is dead, and
// their owner goes on with them.
func TestLocksOutliveTheLeader(t *testing.T) {
	t.Parallel()
	c := testcluster.Start(t, 3, "--election-timeout", "500")
	ctx := testContext(t)
	leader, followers := c.Leader(), c.Followers()
	clients := dial(t, []string{followers[0].Addr(), followers[1].Addr(), leader.Addr()})
	owned, err := redislock.Obtain(ctx, clients[0], "lock", time.Minute, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := redislock.Obtain(ctx, clients[2], "of the leader's client", time.Minute, nil); err != nil {
		t.Fatal(err)
	}
	limit := redis_rate.PerHour(10)
	if r, err := redis_rate.NewLimiter(clients[2]).AllowN(ctx, "limit", limit, 9); err != nil || r.Allowed != 9 {
		t.Fatalf("%+v, %v", r, err)
	}
	leader.Kill()
	leader.WaitExit()
	for _, key := range []string{"lock", "of the leader's client"} {
		if _, err := redislock.Obtain(ctx, clients[1], key, time.Minute, nil); !errors.Is(err, redislock.ErrNotObtained) {
			t.Fatalf("%s after the leader's death: %v", key, err)
		}
	}
	if r, err := redis_rate.NewLimiter(clients[1]).AllowAtMost(ctx, "limit", limit, 5); err != nil || r.Allowed != 1 {
		t.Fatalf("the limit after the leader's death: %+v, %v", r, err)
	}
	if err := errors.Join(owned.Refresh(ctx, time.Hour, nil), owned.Release(ctx)); err != nil {
		t.Fatalf("the owner of the lock: %v", err)
	}
	if _, err := redislock.Obtain(ctx, clients[1], "lock", time.Minute, nil); err != nil {
		t.Fatalf("what was released: %v", err)
	}
	countUnderLock(ctx, t, clients[:2])
}
