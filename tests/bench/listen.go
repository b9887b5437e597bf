package main

import (
	"bufio"
	"fmt"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// listeners are clients that have subscribed to channel, and read what comes.
type listeners struct {
	wg    sync.WaitGroup
	conns []net.Conn
	bytes atomic.Int64 // of messages
}

// listen lets n clients subscribe.
func listen(addr string, n int) (*listeners, error) {
	l := &listeners{}
	for range n {
		if err := l.add(addr); err != nil {
			l.close()
			return nil, err
		}
	}
	return l, nil
}

func (l *listeners) add(addr string) error {
	c, err := net.Dial("tcp", addr)
	if err != nil {
		return err
	}
	l.conns = append(l.conns, c)
	if _, err := c.Write(appendCommand(nil, "SUBSCRIBE", channel)); err != nil {
		return err
	}
	r := bufio.NewReader(c)
	for range 6 { // lines of the confirmation
		line, err := r.ReadString('\n')
		if err == nil && strings.HasPrefix(line, "-") {
			err = fmt.Errorf("SUBSCRIBE: %s", strings.TrimSpace(line))
		}
		if err != nil {
			return err
		}
	}
	l.wg.Go(func() {
		b := make([]byte, 64<<10)
		for {
			n, err := r.Read(b)
			l.bytes.Add(int64(n))
			if err != nil { // it is closed, or has been cut off
				return
			}
		}
	})
	return nil
}

func (l *listeners) close() {
	for _, c := range l.conns {
		c.Close()
	}
	l.wg.Wait()
}

// patience is for how long nothing may come before the rest is given up: a server cuts
// off subscribers that are too far behind.
const patience = time.Second

// heard waits until all listeners have n messages. It returns how many they have got,
// each, and when the last of these came.
func (l *listeners) heard(n int) (messages float64, last time.Time) {
	each := int64(len(appendCommand(nil, "message", channel, value)) * len(l.conns))
	got := l.bytes.Load()
	last = time.Now()
	for got < int64(n)*each && time.Since(last) < patience {
		time.Sleep(time.Millisecond)
		if now := l.bytes.Load(); now != got {
			got, last = now, time.Now()
		}
	}
	return float64(got) / float64(each), last
}
