package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/go-redis/redis_rate/v10"
	"github.com/go-redsync/redsync/v4"
	"github.com/go-redsync/redsync/v4/redis/goredis/v9"
	"github.com/redis/rueidis"
)

// countUnderLock counts without INCR under redsync's lock: what two processes do at a
// time is lost.
func countUnderLock(ctx context.Context) error {
	c := dial()
	locks := redsync.New(goredis.NewPool(c))
	added := 0
	err := turns(func(n int) error {
		lock := locks.NewMutex("redsync:lock", redsync.WithExpiry(patience()), redsync.WithTries(10000),
			redsync.WithRetryDelay(5*time.Millisecond), redsync.WithTimeoutFactor(0.9))
		if err := lock.LockContext(ctx); err != nil {
			return err
		}
		count, _ := c.Get(ctx, "redsync:count").Int()
		if err := c.Set(ctx, "redsync:count", count+1, 0).Err(); err != nil {
			return err
		}
		added++
		fmt.Println("turn", n)
		if ok, err := lock.ExtendContext(ctx); !ok || err != nil {
			return fmt.Errorf("extended %v, %w", ok, err)
		}
		ok, err := lock.UnlockContext(ctx)
		if !ok || err != nil {
			return fmt.Errorf("unlocked %v, %w", ok, err)
		}
		return nil
	})
	fmt.Println("added", added)
	return err
}

// rate asks for more than a limit allows. The server counts what was given, too.
func rate(ctx context.Context) error {
	c := dial()
	limiter := redis_rate.NewLimiter(c)
	limit := redis_rate.PerHour(60) // a burst of 60; a run takes less than the minute to the next one
	limit.Rate, limit.Period = 1, time.Hour
	added := 0
	err := turns(func(n int) error {
		r, err := limiter.AllowN(ctx, "app", limit, 3)
		if err != nil {
			return err
		}
		fmt.Println("turn", n)
		added += r.Allowed
		return c.IncrBy(ctx, "rate:count", int64(r.Allowed)).Err()
	})
	if n, _ := c.Get(ctx, "rate:count").Int(); n > limit.Burst {
		err = errors.Join(err, fmt.Errorf("%d were allowed, the limit is %d", n, limit.Burst))
	}
	fmt.Println("added", added)
	return err
}

// cached reads through rueidis' cache what another connection to the same node writes.
// The values never go back, and the last one is soon there.
func cached(ctx context.Context) error {
	reader, err := rueidis.NewClient(rueidis.ClientOption{InitAddress: []string{node()}, ConnWriteTimeout: patience()})
	if err != nil {
		return err
	}
	defer reader.Close()
	writer := dial()
	added, last, hits := 0, 0, 0
	read := func() (int, error) {
		r := reader.DoCache(ctx, reader.B().Get().Key("cache:count").Cache(), time.Hour)
		if r.IsCacheHit() {
			hits++
		}
		text, err := r.ToString()
		if err != nil {
			return 0, err
		}
		got, err := strconv.Atoi(text)
		if got < last {
			return 0, fmt.Errorf("the cache has %d after %d", got, last)
		}
		last = got
		return got, err
	}
	err = turns(func(n int) error {
		if err := writer.Incr(ctx, "cache:count").Err(); err != nil {
			return err
		}
		added++
		fmt.Println("turn", n)
		want, err := writer.Get(ctx, "cache:count").Int()
		if err != nil {
			return err
		}
		ok, err := await(func() (bool, error) {
			got, err := read()
			return got >= want, err
		})
		if err == nil {
			_, err = read()
		}
		if err == nil && !ok {
			err = fmt.Errorf("the cache has %d, long after %d was written", last, want)
		}
		return err
	})
	if err == nil && hits == 0 {
		err = errors.New("nothing was read from the cache")
	}
	fmt.Println("added", added)
	return err
}
