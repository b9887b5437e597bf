package group

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/resp/command/commandtest"
	"go.etcd.io/raft/v3/raftpb"
)

// TestSlowDisk: while each sync takes longer than request-timeout, commands are
// answered when that is over, by event loops and for goroutines, whoever is at work.
func TestSlowDisk(t *testing.T) {
	t.Parallel()
	for _, size := range []int{1, 3} {
		t.Run(fmt.Sprint(size), func(t *testing.T) { slowDisk(t, size) })
	}
}

// slowDiskLog is a log on a slow disk.
type slowDiskLog struct {
	Log
	took time.Duration
}

func (l slowDiskLog) Append(jobs []*raftpb.Message) error {
	err := l.Log.Append(jobs)
	time.Sleep(l.took) // the slow disk
	return err
}

func slowDisk(t *testing.T, size int) {
	t.Parallel()
	const timeout, sync1 = 300 * time.Millisecond, 900 * time.Millisecond
	l := newLab(t, size, func(c *Config) { c.RequestTimeout = timeout })
	g := l.leader()
	l.want(g, "SET k v", "+OK")
	l.await("the log is idle", func() error {
		g.mu.Lock()
		defer g.mu.Unlock()
		if g.logBusy {
			return errors.New("busy")
		}
		g.wal = slowDiskLog{g.wal, sync1}
		return nil
	})
	write := func() *command.Unit {
		u := &command.Unit{}
		if err := commandtest.Fill(u, l.table, "SET k v"); err != nil {
			t.Error(err)
		}
		return u
	}
	type started struct {
		unit *command.Unit
		told outcomes
	}
	sockets := make(chan started, 100)
	var loop sync.WaitGroup
	loop.Go(func() { // an event loop: it takes no command while it does something else
		for s := range sockets {
			if done, err := g.StartWrite(s.unit, s.told); done {
				s.told.Complete(err)
			}
			for g.Work() {
			}
		}
	})
	ways := map[string]func(){
		"a goroutine":   func() { _ = g.Write(write()) }, // whether it is done in time or not
		"an event loop": func() { s := started{write(), make(outcomes, 1)}; sockets <- s; <-s.told },
	}
	for name, run := range ways {
		run()
		l.await("the disk has shown to be slow", func() error {
			g.mu.Lock()
			defer g.mu.Unlock()
			if g.slowWrites == 0 {
				return errors.New("not yet")
			}
			return nil
		})
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				for range 2 {
					began := time.Now()
					run()
					// A tick is a tenth of the election timeout, and the machine is busy.
					if took := time.Since(began); took > timeout+300*time.Millisecond {
						t.Errorf("%d nodes, %s: answered after %v; request-timeout is %v", size, name, took, timeout)
					}
				}
			})
		}
		wg.Wait()
	}
	close(sockets)
	loop.Wait()
}
