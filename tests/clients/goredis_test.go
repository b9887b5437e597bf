package clients

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

func TestGoRedis(t *testing.T) {
	for _, protocol := range []int{2, 3} {
		t.Run(fmt.Sprintf("RESP%d", protocol), func(t *testing.T) {
			onEveryNode(t, func(t *testing.T, g target) {
				useGoRedis(t, redis.NewClient(&redis.Options{Addr: g.addr, Protocol: protocol, ReadTimeout: timeout, WriteTimeout: timeout}))
			})
		})
	}
}

// TestGoRedisCluster: a cluster-aware client learns the nodes from the one it
// is given and sends its commands to the leader.
func TestGoRedisCluster(t *testing.T) {
	onEveryNode(t, func(t *testing.T, g target) {
		useGoRedis(t, redis.NewClusterClient(&redis.ClusterOptions{Addrs: []string{g.addr}, ReadTimeout: timeout, WriteTimeout: timeout}))
	}, asCluster...)
}

// TestGoRedisUniversal: the client of a program that leaves the choice to its
// configuration. With one address it is one to a single server, with several one
// to a cluster.
func TestGoRedisUniversal(t *testing.T) {
	t.Run("single", func(t *testing.T) {
		onEveryNode(t, func(t *testing.T, g target) {
			useGoRedis(t, redis.NewUniversalClient(&redis.UniversalOptions{Addrs: []string{g.addr}, ReadTimeout: timeout, WriteTimeout: timeout}))
		})
	})
	t.Run("cluster", func(t *testing.T) {
		onEveryNode(t, func(t *testing.T, g target) {
			useGoRedis(t, redis.NewUniversalClient(&redis.UniversalOptions{
				Addrs: g.all, IsClusterMode: true, ReadTimeout: timeout, WriteTimeout: timeout,
			}))
		}, asCluster...)
	})
}

// TestGoRedisClusterReadOnly: with READONLY its reads go to any node. They may
// be stale, so it reads what was written before all of the nodes were asked.
func TestGoRedisClusterReadOnly(t *testing.T) {
	onEveryNode(t, func(t *testing.T, g target) {
		c := redis.NewClusterClient(&redis.ClusterOptions{
			Addrs: []string{g.addr}, RouteRandomly: true, ReadTimeout: timeout, WriteTimeout: timeout,
		})
		defer c.Close()
		ctx := testContext(t)
		if err := c.Set(ctx, "k", "v", 0).Err(); err != nil {
			t.Fatal(err)
		}
		for range 50 {
			deadline := time.Now().Add(timeout)
			for {
				v, err := c.Get(ctx, "k").Result()
				if v == "v" {
					break
				}
				if !errors.Is(err, redis.Nil) || time.Now().After(deadline) {
					t.Fatalf("GET: %q %v", v, err)
				}
			}
		}
	}, asCluster...)
}

func testContext(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	t.Cleanup(cancel)
	return ctx
}

// useGoRedis does with a client what programs do. The clients wait for long: one
// that gives up and sends a command again has it executed twice, with Redis as
// with us. Keys that meet in one command
// carry a hash tag, so that a cluster-aware client accepts them.
func useGoRedis(t *testing.T, c redis.UniversalClient) {
	defer c.Close()
	for _, use := range []struct {
		name string
		run  func(*testing.T, context.Context, redis.UniversalClient)
	}{
		{"commands", goRedisCommands},
		{"pipeline", goRedisPipeline},
		{"transaction", goRedisTransaction},
		{"watch", goRedisWatch},
		{"scan", goRedisScan},
	} {
		t.Run(use.name, func(t *testing.T) {
			use.run(t, testContext(t), c)
		})
	}
}

func goRedisCommands(t *testing.T, ctx context.Context, c redis.UniversalClient) {
	big := strings.Repeat("x\x00\xff\r\n", 200_000)
	steps := []struct {
		what string
		got  func() (any, error)
		want any
	}{
		{"PING", func() (any, error) { return c.Ping(ctx).Result() }, "PONG"},
		{"SET", func() (any, error) { return c.Set(ctx, "k", big, time.Hour).Result() }, "OK"},
		{"GET", func() (any, error) { return c.Get(ctx, "k").Result() }, big},
		{"TTL", func() (any, error) { d, err := c.TTL(ctx, "k").Result(); return d > 59*time.Minute, err }, true},
		{"PERSIST", func() (any, error) { return c.Persist(ctx, "k").Result() }, true},
		{"SETNX", func() (any, error) { return c.SetNX(ctx, "k", "v", 0).Result() }, false},
		{"SET GET", func() (any, error) {
			return c.SetArgs(ctx, "k", "new", redis.SetArgs{Get: true, Mode: "XX"}).Result()
		}, big},
		{"GETEX", func() (any, error) { return c.GetEx(ctx, "k", time.Minute).Result() }, "new"},
		{"GETDEL", func() (any, error) { return c.GetDel(ctx, "k").Result() }, "new"},
		{"GET of nothing", func() (any, error) {
			err := c.Get(ctx, "k").Err()
			return errors.Is(err, redis.Nil), nil
		}, true},
		{"INCRBY", func() (any, error) { return c.IncrBy(ctx, "n", 41).Result() }, int64(41)},
		{"INCR", func() (any, error) { return c.Incr(ctx, "n").Result() }, int64(42)},
		{"INCRBYFLOAT", func() (any, error) { return c.IncrByFloat(ctx, "n", 0.5).Result() }, 42.5},
		{"APPEND", func() (any, error) { return c.Append(ctx, "a", "hello").Result() }, int64(5)},
		{"MSET", func() (any, error) { return c.MSet(ctx, "{t}1", "a", "{t}2", "b").Result() }, "OK"},
		{"MGET", func() (any, error) {
			v, err := c.MGet(ctx, "{t}1", "{t}none", "{t}2").Result()
			return fmt.Sprint(v), err
		}, "[a <nil> b]"},
		{"SETBIT", func() (any, error) { return c.SetBit(ctx, "b", 7, 1).Result() }, int64(0)},
		{"BITCOUNT", func() (any, error) { return c.BitCount(ctx, "b", nil).Result() }, int64(1)},
		{"BITFIELD", func() (any, error) {
			v, err := c.BitField(ctx, "b", "INCRBY", "u8", 0, 1).Result()
			return fmt.Sprint(v), err
		}, "[2]"},
		{"RENAME", func() (any, error) { return c.Rename(ctx, "{t}1", "{t}3").Result() }, "OK"},
		{"COPY", func() (any, error) { return c.Copy(ctx, "{t}3", "{t}4", 0, false).Result() }, int64(1)},
		{"TYPE", func() (any, error) { return c.Type(ctx, "{t}4").Result() }, "string"},
		{"OBJECT ENCODING", func() (any, error) { return c.ObjectEncoding(ctx, "{t}4").Result() }, "embstr"},
		{"EXISTS", func() (any, error) { return c.Exists(ctx, "{t}3", "{t}4", "{t}5").Result() }, int64(2)},
		{"DEL", func() (any, error) { return c.Del(ctx, "{t}3", "{t}4", "{t}5").Result() }, int64(2)},
		{"an error", func() (any, error) {
			c.Set(ctx, "text", "abc", 0)
			return c.Incr(ctx, "text").Err().Error(), nil
		}, "ERR value is not an integer or out of range"},
	}
	for _, s := range steps {
		if got, err := s.got(); err != nil || got != s.want {
			t.Errorf("%s: %.100v %v", s.what, got, err)
		}
	}
}

func goRedisPipeline(t *testing.T, ctx context.Context, c redis.UniversalClient) {
	const n = 1000
	cmds, err := c.Pipelined(ctx, func(p redis.Pipeliner) error {
		for i := range n {
			p.Set(ctx, fmt.Sprint("p:", i), i, 0)
			p.Incr(ctx, fmt.Sprint("p:", i))
		}
		return nil
	})
	if err != nil || len(cmds) != 2*n {
		t.Fatalf("%d replies, %v", len(cmds), err)
	}
	for i := range n {
		if got := cmds[2*i+1].(*redis.IntCmd).Val(); got != int64(i+1) {
			t.Fatalf("INCR p:%d = %d", i, got)
		}
	}
}

func goRedisTransaction(t *testing.T, ctx context.Context, c redis.UniversalClient) {
	var got *redis.IntCmd
	_, err := c.TxPipelined(ctx, func(p redis.Pipeliner) error {
		p.Set(ctx, "{x}a", 1, 0)
		p.Incr(ctx, "{x}b")
		got = p.Incr(ctx, "{x}a")
		return nil
	})
	if err != nil || got.Val() != 2 {
		t.Fatalf("%v, INCR = %d", err, got.Val())
	}
}

// goRedisWatch counts with optimistic locking from several goroutines: no
// increment may get lost.
func goRedisWatch(t *testing.T, ctx context.Context, c redis.UniversalClient) {
	const workers, each = 4, 10
	var wg sync.WaitGroup
	for range workers {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for done := 0; done < each; {
				err := c.Watch(ctx, func(tx *redis.Tx) error {
					n, err := tx.Get(ctx, "counter").Int()
					if err != nil && !errors.Is(err, redis.Nil) {
						return err
					}
					_, err = tx.TxPipelined(ctx, func(p redis.Pipeliner) error {
						p.Set(ctx, "counter", n+1, 0)
						return nil
					})
					return err
				}, "counter")
				switch {
				case err == nil:
					done++
				case !errors.Is(err, redis.TxFailedErr):
					t.Error(err)
					return
				}
			}
		}()
	}
	wg.Wait()
	if n, err := c.Get(ctx, "counter").Int(); err != nil || n != workers*each {
		t.Fatalf("counter = %d, %v", n, err)
	}
}

func goRedisScan(t *testing.T, ctx context.Context, c redis.UniversalClient) {
	const n = 300
	if _, err := c.Pipelined(ctx, func(p redis.Pipeliner) error {
		for i := range n {
			p.Set(ctx, fmt.Sprint("scan:", i), i, 0)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	it := c.Scan(ctx, 0, "scan:*", 20).Iterator()
	for it.Next(ctx) {
		seen[it.Val()] = true
	}
	if err := it.Err(); err != nil || len(seen) != n {
		t.Fatalf("%d keys, %v", len(seen), err)
	}
}
