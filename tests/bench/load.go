package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// replyTimeout is how long the load waits for the answers of a pipeline.
const replyTimeout = 30 * time.Second

// generator is a load that redis-benchmark cannot make.
type generator struct {
	// request appends one request: a command or several that belong together.
	// It returns how many replies come.
	request func(dst []byte, rnd *rand.Rand) (_ []byte, replies int)
}

// drive lets clients, dealt over the addresses, send pipelines of depth requests
// for a time. The latency of a request is that of its pipeline, as in
// redis-benchmark.
func drive(ctx context.Context, addrs []string, g *generator, clients, depth int, d time.Duration) (sample, error) {
	conns := make([]net.Conn, clients)
	for i := range conns {
		c, err := net.Dial("tcp", addrs[i%len(addrs)])
		if err != nil {
			return sample{}, err
		}
		defer c.Close()
		conns[i] = c
	}
	took := make([][]time.Duration, clients)
	errs := make([]error, clients)
	var wg sync.WaitGroup
	begin := time.Now()
	for i, c := range conns {
		wg.Go(func() { took[i], errs[i] = g.client(ctx, c, depth, uint64(i), begin.Add(d)) })
	}
	wg.Wait()
	seconds := time.Since(begin).Seconds()
	if err := errors.Join(errs...); err != nil {
		return sample{}, err
	}
	all := slices.Concat(took...)
	if len(all) == 0 {
		return sample{}, fmt.Errorf("not one answer in %v", d)
	}
	s := quantiles(all)
	s.ops, s.seconds = float64(len(all)*depth), seconds
	return s, nil
}

// quantiles are those of the times, which it sorts, in milliseconds.
func quantiles(times []time.Duration) sample {
	slices.Sort(times)
	at := func(q float64) float64 { return times[int(q*float64(len(times)-1))].Seconds() * 1000 }
	return sample{p50: at(0.5), p99: at(0.99), p999: at(0.999), max: at(1)}
}

func (g *generator) client(ctx context.Context, c net.Conn, depth int, seed uint64, end time.Time) (took []time.Duration, err error) {
	var (
		rnd = rand.New(rand.NewPCG(seed, 1))
		in  = bufio.NewReaderSize(c, 1<<16)
		out []byte
	)
	for {
		now := time.Now()
		if !now.Before(end) || ctx.Err() != nil {
			return took, ctx.Err()
		}
		out = out[:0]
		wanted := 0
		for range depth {
			var n int
			out, n = g.request(out, rnd)
			wanted += n
		}
		if err := c.SetDeadline(now.Add(replyTimeout)); err != nil {
			return took, err
		}
		if _, err := c.Write(out); err != nil {
			return took, err
		}
		for range wanted {
			if err := skipReply(in); err != nil {
				return took, err
			}
		}
		took = append(took, time.Since(now))
	}
}

// skipReply reads one reply and forgets it, unless it is an error.
func skipReply(in *bufio.Reader) error {
	line, err := in.ReadSlice('\n')
	if err != nil {
		return err
	}
	if len(line) < 3 {
		return fmt.Errorf("not a reply: %q", line)
	}
	head := string(line[1 : len(line)-2])
	switch line[0] {
	case '+', ':':
		return nil
	case '-':
		return fmt.Errorf("the server answers: %s", head)
	case '$', '*':
		n, err := strconv.Atoi(head)
		if err != nil || n < 0 {
			return err
		}
		if line[0] == '$' {
			_, err = in.Discard(n + 2)
			return err
		}
		for range n {
			if err := skipReply(in); err != nil {
				return err
			}
		}
		return nil
	}
	return fmt.Errorf("not a reply: %q", line)
}

// fillBytes is about how much a fill has under way.
const fillBytes = 1 << 20

// fill sends n commands, the i-th made by command, in pipelines.
func fill(addr string, n int, command func(dst []byte, i int) []byte) error {
	c, err := net.Dial("tcp", addr)
	if err != nil {
		return err
	}
	defer c.Close()
	in := bufio.NewReaderSize(c, 1<<16)
	var out []byte
	for i := 0; i < n; {
		out = out[:0]
		sent := 0
		for ; i < n && len(out) < fillBytes; i++ {
			out = command(out, i)
			sent++
		}
		if err := c.SetDeadline(time.Now().Add(replyTimeout)); err != nil {
			return err
		}
		if _, err := c.Write(out); err != nil {
			return err
		}
		for range sent {
			if err := skipReply(in); err != nil {
				return err
			}
		}
	}
	return nil
}

// appendCommand appends a command as clients send it.
func appendCommand(dst []byte, args ...string) []byte {
	dst = append(dst, '*')
	dst = strconv.AppendInt(dst, int64(len(args)), 10)
	for _, arg := range args {
		dst = append(dst, "\r\n$"...)
		dst = strconv.AppendInt(dst, int64(len(arg)), 10)
		dst = append(dst, "\r\n"...)
		dst = append(dst, arg...)
	}
	return append(dst, "\r\n"...)
}

// keyName is a key as redis-benchmark makes them of prefix:__rand_int__.
func keyName(prefix string, i int) string {
	digits := strconv.Itoa(i)
	return prefix + ":" + strings.Repeat("0", max(0, 12-len(digits))) + digits
}
