package clients

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/rueidis"
)

func TestRueidis(t *testing.T) {
	for _, mode := range []struct {
		name   string
		option rueidis.ClientOption
		server []string
	}{
		{"RESP3", rueidis.ClientOption{ForceSingleClient: true}, nil},
		{"RESP2", rueidis.ClientOption{ForceSingleClient: true, AlwaysRESP2: true}, nil},
		{"cluster", rueidis.ClientOption{}, asCluster},
	} {
		t.Run(mode.name, func(t *testing.T) {
			onEveryNode(t, func(t *testing.T, g target) {
				option := mode.option
				option.InitAddress = []string{g.addr}
				option.DisableCache = true
				useRueidis(t, option)
			}, mode.server...)
		})
	}
}

// TestRueidisAcrossSlots: left to find out what it talks to, the library takes a
// node for the single server that it says it is, and sends commands over several
// slots. To a cluster it refuses them, by panicking in the caller.
func TestRueidisAcrossSlots(t *testing.T) {
	onEveryNode(t, func(t *testing.T, g target) {
		c, err := rueidis.NewClient(rueidis.ClientOption{InitAddress: []string{g.addr}, DisableCache: true})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		ctx := testContext(t)
		if c.Mode() != rueidis.ClientModeStandalone {
			t.Errorf("the client's mode is %s", c.Mode())
		}
		for _, cmd := range []rueidis.Completed{
			c.B().Mset().KeyValue().KeyValue("a", "1").KeyValue("b", "2").KeyValue("c", "3").Build(),
			c.B().Rename().Key("a").Newkey("d").Build(),
			c.B().Del().Key("b", "c", "d").Build(),
		} {
			if err := c.Do(ctx, cmd).Error(); err != nil {
				t.Errorf("%v: %v", cmd.Commands(), err)
			}
		}
		err = c.Dedicated(func(d rueidis.DedicatedClient) error {
			for _, r := range d.DoMulti(ctx, d.B().Multi().Build(), d.B().Incr().Key("x").Build(),
				d.B().Incr().Key("y").Build(), d.B().Exec().Build()) {
				if err := r.Error(); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Errorf("MULTI over two slots: %v", err)
		}
	})
}

func useRueidis(t *testing.T, option rueidis.ClientOption) {
	c, err := rueidis.NewClient(option)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	ctx := testContext(t)

	big := strings.Repeat("x\x00\xff\r\n", 200_000)
	if err := c.Do(ctx, c.B().Set().Key("k").Value(big).Ex(time.Hour).Build()).Error(); err != nil {
		t.Fatal(err)
	}
	if v, err := c.Do(ctx, c.B().Get().Key("k").Build()).ToString(); err != nil || v != big {
		t.Fatalf("GET: %d bytes, %v", len(v), err)
	}
	if v, err := c.Do(ctx, c.B().Pttl().Key("k").Build()).AsInt64(); err != nil || v < 3_590_000 {
		t.Fatalf("PTTL: %d, %v", v, err)
	}
	if err := c.Do(ctx, c.B().Get().Key("nothing").Build()).Error(); !rueidis.IsRedisNil(err) {
		t.Fatalf("GET of nothing: %v", err)
	}
	rueidisPipeline(t, ctx, c)
	rueidisConcurrent(t, ctx, c)
	rueidisTransaction(t, ctx, c)
}

func rueidisPipeline(t *testing.T, ctx context.Context, c rueidis.Client) {
	var cmds rueidis.Commands
	for i := range 500 {
		cmds = append(cmds, c.B().Incrby().Key(fmt.Sprint("p:", i%50)).Increment(int64(i)).Build())
	}
	for i, r := range c.DoMulti(ctx, cmds...) {
		if err := r.Error(); err != nil {
			t.Fatalf("command %d of a pipeline: %v", i, err)
		}
	}
	// 49 + 99 + … + 499
	if v, err := c.Do(ctx, c.B().Get().Key("p:49").Build()).AsInt64(); err != nil || v != 2740 {
		t.Fatalf("p:49 = %d, %v", v, err)
	}
}

// rueidisConcurrent: the library joins the commands of many goroutines into
// pipelines on one connection.
func rueidisConcurrent(t *testing.T, ctx context.Context, c rueidis.Client) {
	const workers, each = 20, 25
	var wg sync.WaitGroup
	for range workers {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for range each {
				if err := c.Do(ctx, c.B().Incr().Key("counter").Build()).Error(); err != nil {
					t.Error(err)
					return
				}
			}
		}()
	}
	wg.Wait()
	if v, err := c.Do(ctx, c.B().Get().Key("counter").Build()).AsInt64(); err != nil || v != workers*each {
		t.Fatalf("counter = %d, %v", v, err)
	}
}

func rueidisTransaction(t *testing.T, ctx context.Context, c rueidis.Client) {
	err := c.Dedicated(func(d rueidis.DedicatedClient) error {
		if err := d.Do(ctx, d.B().Watch().Key("{x}a").Build()).Error(); err != nil {
			return err
		}
		replies := d.DoMulti(ctx,
			d.B().Multi().Build(),
			d.B().Set().Key("{x}a").Value("1").Build(),
			d.B().Incr().Key("{x}b").Build(),
			d.B().Exec().Build(),
		)
		list, err := replies[3].ToArray()
		if err == nil && len(list) != 2 {
			err = fmt.Errorf("EXEC has %d replies", len(list))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
