// Command etcd-load puts or gets keys of an etcd cluster with many clients, one
// connection each, and prints what came of it as JSON. It is a module of its
// own: etcd's client and server bring more than msredis itself needs.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
)

// fillBatch is how many keys a transaction puts; etcd takes 128 at most.
const fillBatch = 100

type options struct {
	endpoints []string
	clients   int
	keys      int
	value     string
	get       bool
	length    time.Duration
}

func main() {
	var (
		endpoints = flag.String("endpoints", "127.0.0.1:2379", "client addresses, with commas; clients are dealt over them")
		op        = flag.String("op", "put", "put or get")
		clients   = flag.Int("clients", 50, "number of clients")
		keys      = flag.Int("keys", 100_000, "number of different keys")
		value     = flag.Int("value", 64, "bytes of a value")
		length    = flag.Duration("for", 3*time.Second, "how long")
		fill      = flag.Bool("fill", false, "put every key once, print the number of the endpoint that leads, and end")
		timeout   = flag.Duration("timeout", time.Minute, "how long -fill may wait for a leader")
	)
	flag.Parse()
	o := options{strings.Split(*endpoints, ","), *clients, *keys, strings.Repeat("x", *value), *op == "get", *length}
	var err error
	if *fill {
		err = o.fill(*timeout)
	} else {
		err = o.load()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "etcd-load:", err)
		os.Exit(1)
	}
}

func dial(endpoint string) (*clientv3.Client, error) {
	return clientv3.New(clientv3.Config{Endpoints: []string{endpoint}, DialTimeout: 10 * time.Second})
}

func key(i int) string { return fmt.Sprintf("key:%012d", i) }

// fill puts all keys and prints which endpoint leads.
func (o *options) fill(timeout time.Duration) error {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	c, err := dial(o.endpoints[0])
	if err != nil {
		return err
	}
	defer c.Close()
	for first := 0; first < o.keys; first += fillBatch {
		var ops []clientv3.Op
		for i := first; i < min(first+fillBatch, o.keys); i++ {
			ops = append(ops, clientv3.OpPut(key(i), o.value))
		}
		for {
			_, err := c.Txn(ctx).Then(ops...).Commit()
			if err == nil {
				break
			}
			if ctx.Err() != nil {
				return err
			}
			time.Sleep(50 * time.Millisecond) // no leader yet
		}
	}
	for i, endpoint := range o.endpoints {
		status, err := c.Status(ctx, endpoint)
		if err != nil {
			return err
		}
		if status.Leader == status.Header.MemberId {
			fmt.Println(i)
			return nil
		}
	}
	return fmt.Errorf("nobody leads")
}

// load runs all clients and prints the result.
func (o *options) load() error {
	var conns []*clientv3.Client
	for i := range o.clients {
		c, err := dial(o.endpoints[i%len(o.endpoints)])
		if err != nil {
			return err
		}
		defer c.Close()
		if _, err := c.Get(context.Background(), key(0)); err != nil {
			return err
		}
		conns = append(conns, c)
	}
	took := make([][]time.Duration, o.clients)
	errs := make([]error, o.clients)
	var wg sync.WaitGroup
	begin := time.Now()
	for i, c := range conns {
		wg.Go(func() { took[i], errs[i] = o.client(c, begin.Add(o.length)) })
	}
	wg.Wait()
	seconds := time.Since(begin).Seconds()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	all := slices.Concat(took...)
	if len(all) == 0 {
		return fmt.Errorf("not one answer in %v", o.length)
	}
	slices.Sort(all)
	ms := func(q float64) float64 { return all[int(q*float64(len(all)-1))].Seconds() * 1000 }
	return json.NewEncoder(os.Stdout).Encode(map[string]float64{
		"ops": float64(len(all)), "seconds": seconds,
		"p50": ms(0.5), "p99": ms(0.99), "p999": ms(0.999), "max": ms(1),
	})
}

// client works until the end and returns how long each request took.
func (o *options) client(c *clientv3.Client, end time.Time) (took []time.Duration, err error) {
	ctx := context.Background()
	for {
		now := time.Now()
		if !now.Before(end) {
			return took, nil
		}
		k := key(rand.IntN(o.keys))
		if o.get {
			_, err = c.Get(ctx, k)
		} else {
			_, err = c.Put(ctx, k, o.value)
		}
		if err != nil {
			return took, err
		}
		took = append(took, time.Since(now))
	}
}
