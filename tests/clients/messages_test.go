package clients

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/rueidis"
)

// TestGoRedisPubSub subscribes at each node and publishes at all of them.
func TestGoRedisPubSub(t *testing.T) {
	onEveryNode(t, func(t *testing.T, g target) {
		for _, protocol := range []int{2, 3} {
			c := redis.NewClient(&redis.Options{Addr: g.addr, Protocol: protocol})
			defer c.Close()
			ctx := testContext(t)
			sub := c.Subscribe(ctx, "news")
			defer sub.Close()
			for _, err := range []error{sub.PSubscribe(ctx, "n?ws"), sub.SSubscribe(ctx, "news")} {
				if err != nil {
					t.Fatal(err)
				}
			}
			for range 3 { // confirmations
				if _, err := sub.Receive(ctx); err != nil {
					t.Fatal(err)
				}
			}
			for _, addr := range g.all {
				p := redis.NewClient(&redis.Options{Addr: addr})
				defer p.Close()
				if n, err := p.Publish(ctx, "news", addr).Result(); n != 2 || err != nil {
					t.Fatalf("PUBLISH at %s: %d, %v", addr, n, err)
				}
				if n, err := p.SPublish(ctx, "news", addr).Result(); n != 1 || err != nil {
					t.Fatalf("SPUBLISH at %s: %d, %v", addr, n, err)
				}
				for range 3 {
					if m, err := sub.ReceiveMessage(ctx); err != nil || m.Channel != "news" || m.Payload != addr {
						t.Fatalf("message of %s: %v, %v", addr, m, err)
					}
				}
			}
			if err := sub.Close(); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// TestRueidisCache has rueidis cache what it reads at each node, in both modes, while
// all nodes change it: what it answers from its memory is soon what was written.
func TestRueidisCache(t *testing.T) {
	for _, mode := range []struct {
		name    string
		options []string
	}{{"tracking", nil}, {"broadcast", []string{"PREFIX", "c:", "BCAST"}}} {
		t.Run(mode.name, func(t *testing.T) {
			onEveryNode(t, func(t *testing.T, g target) {
				c, err := rueidis.NewClient(rueidis.ClientOption{
					InitAddress: []string{g.addr}, ForceSingleClient: true, ClientTrackingOptions: mode.options,
				})
				if err != nil {
					t.Fatal(err)
				}
				defer c.Close()
				ctx := testContext(t)
				for round := range 3 {
					for i, addr := range g.all {
						w := redis.NewClient(&redis.Options{Addr: addr})
						defer w.Close()
						key, want := "c:"+mode.name, fmt.Sprint(round, ".", i)
						if err := w.Set(ctx, key, want, time.Hour).Err(); err != nil {
							t.Fatal(err)
						}
						cachedBecomes(t, ctx, c, key, want)
						// The write may be applied between the moment in which the node notes
						// that the client reads the key and the read: then the client is told
						// of a change that it has seen already, and reads once more.
						for !c.DoCache(ctx, c.B().Get().Key(key).Cache(), time.Hour).IsCacheHit() {
							if ctx.Err() != nil {
								t.Fatal("what is read never stays in the cache")
							}
						}
					}
				}
				if err := c.Do(ctx, c.B().Flushall().Build()).Error(); err != nil {
					t.Fatal(err)
				}
				cachedBecomes(t, ctx, c, "c:"+mode.name, "")
			})
		})
	}
}

// cachedBecomes waits until a read through the cache finds a value; "": none.
func cachedBecomes(t *testing.T, ctx context.Context, c rueidis.Client, key, want string) {
	t.Helper()
	for {
		v, err := c.DoCache(ctx, c.B().Get().Key(key).Cache(), time.Hour).ToString()
		if rueidis.IsRedisNil(err) {
			v, err = "", nil
		}
		if err != nil {
			t.Fatal(err)
		}
		if v == want {
			return
		}
		if ctx.Err() != nil {
			t.Fatalf("the cache has %q, want %q", v, want)
		}
	}
}
