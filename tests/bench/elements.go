package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
)

// The cost of an element of an aggregate: in aggregates so small that they are kept
// compact, and in a single large one.
const (
	elementBytes = 16
	smallSize    = 10
	elementCount = 1_000_000
)

// aggregate is a type of value and the command that adds elements to one.
type aggregate struct {
	name    string
	command string
	element func(i int) []string // arguments for the i-th element of a key
	each    bool                 // a command takes one element
}

func word(i int) string { return fmt.Sprintf("%0*d", elementBytes, i) }

var aggregates = []aggregate{
	{name: "list", command: "RPUSH", element: func(i int) []string { return []string{word(i)} }},
	{name: "set", command: "SADD", element: func(i int) []string { return []string{"m" + word(i)} }},
	{name: "set of integers", command: "SADD", element: func(i int) []string { return []string{strconv.Itoa(i)} }},
	{name: "hash", command: "HSET", element: func(i int) []string { return []string{"f" + strconv.Itoa(i), word(i)} }},
	{name: "sorted set", command: "ZADD", element: func(i int) []string { return []string{strconv.Itoa(i), "m" + word(i)} }},
	{name: "stream", command: "XADD", element: func(i int) []string { return []string{strconv.Itoa(i+1) + "-0", "field", word(i)} }, each: true},
}

// fill adds n elements, of which each key has size.
func (a *aggregate) fill(addr string, n, size int) error {
	batch := 1
	if !a.each {
		batch = min(size, 100)
	}
	return fill(addr, n/batch, func(dst []byte, i int) []byte {
		first := i * batch
		args := []string{a.command, keyName("key", first/size)}
		for j := range batch {
			args = append(args, a.element(first%size+j)...)
		}
		return appendCommand(dst, args...)
	})
}

// cost is what a server needs for one element.
type cost struct{ rss, usage float64 }

// runElements measures every aggregate on redis-server and on msredis, in a
// process of its own each.
func runElements(ctx context.Context, o *options, b *bins, root string) error {
	n := min(elementCount, o.keys)
	machine, err := machineLine(ctx, b, root)
	if err != nil {
		return err
	}
	var text strings.Builder
	fmt.Fprintf(&text, "%s. %d elements of %d bytes.\n\n%s", machine, n, elementBytes, caution(o, ""))
	text.WriteString("| bytes per element | redis RSS | msredis RSS | ratio | redis MEMORY USAGE | msredis MEMORY USAGE |\n| --- | --- | --- | --- | --- | --- |\n")
	for i := range aggregates {
		a := &aggregates[i]
		for _, size := range []int{smallSize, n} {
			var costs []cost
			for _, name := range []string{redisNone, msredis1} {
				fmt.Fprintf(os.Stderr, "%s: %s of %d ...\n", name, a.name, size)
				c, err := a.cost(ctx, b, root, name, n, size)
				if err != nil {
					return fmt.Errorf("%s: %s of %d: %w", name, a.name, size, err)
				}
				costs = append(costs, c)
			}
			redis, ms := costs[0], costs[1]
			fmt.Fprintf(&text, "| %s of %d | %.1f | %.1f | %.2f | %.1f | %.1f |\n", a.name, size, redis.rss, ms.rss, ms.rss/redis.rss, redis.usage, ms.usage)
		}
	}
	fmt.Print(text.String())
	if o.update {
		return replaceSection("bench-elements", text.String())
	}
	return nil
}

func (a *aggregate) cost(ctx context.Context, b *bins, root, name string, n, size int) (c cost, err error) {
	p, err := startPeer(ctx, b, root, name, false)
	if err != nil {
		return c, err
	}
	defer p.stop()
	empty := p.usage().rss
	if err := a.fill(p.addrs[0], n, size); err != nil {
		return c, err
	}
	c.rss = (p.usage().rss - empty) / float64(n)
	usage, err := do(p.addrs[0], "MEMORY", "USAGE", keyName("key", 0), "SAMPLES", "0")
	if err != nil {
		return c, err
	}
	bytes, err := strconv.ParseFloat(usage.Text, 64)
	if err != nil {
		return c, fmt.Errorf("MEMORY USAGE: %q", usage.Text)
	}
	c.usage = bytes / float64(size)
	return c, nil
}
