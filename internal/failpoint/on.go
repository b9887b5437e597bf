//go:build failpoints

package failpoint

import (
	"fmt"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"
)

// Enabled reports whether the points are compiled in.
const Enabled = true

// armed is the point that does something, as the environment says.
var armed struct {
	plan
	mu      sync.Mutex
	waiting bool // for the signal
	hits    int
}

// pause is how long the action "sleep" takes.
const pause = time.Second

func init() {
	text := os.Getenv(Env)
	if text == "" {
		return
	}
	p, err := parse(text)
	if err != nil {
		fmt.Fprintln(os.Stderr, "failpoint:", err)
		os.Exit(2)
	}
	armed.plan = p
	if os.Getenv(EnvWait) == "" {
		return
	}
	armed.waiting = true
	ch := make(chan os.Signal, 1)
	signal.Notify(ch, syscall.SIGUSR1)
	go func() {
		<-ch
		armed.mu.Lock()
		armed.waiting = false
		armed.mu.Unlock()
		say("armed", p.point)
	}()
}

// due counts a hit and reports whether it is the one. An error stays: a disk
// that has failed once is not trusted to work the next time.
func due(p Point, act action) bool {
	if armed.point != p || armed.act != act {
		return false
	}
	armed.mu.Lock()
	defer armed.mu.Unlock()
	if armed.waiting {
		return false
	}
	armed.hits++
	return armed.hits == armed.at || armed.hits > armed.at && (act == actError || act == actNoSpace)
}

// Hit passes a point that cannot fail.
func Hit(p Point) {
	if due(p, actExit) {
		Die(p)
	}
	if due(p, actSleep) {
		say("sleeps", p)
		time.Sleep(pause)
	}
}

// Err passes a point and returns the error that is injected there.
func Err(p Point) error {
	Hit(p)
	if due(p, actError) {
		say("fails", p)
		return fmt.Errorf("injected at %s: %w", p, syscall.EIO)
	}
	if due(p, actNoSpace) {
		say("fails", p)
		return fmt.Errorf("injected at %s: %w", p, syscall.ENOSPC)
	}
	return nil
}

// Torn reports whether what was just written at the point is to be torn. The
// caller does that and then calls Die.
func Torn(p Point) bool { return due(p, actTorn) }

// Die ends the process as kill -9 does.
func Die(p Point) {
	say("dies", p)
	_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
	select {} // the signal is on its way
}

// say tells whoever reads the log of the process; past all buffers.
func say(what string, p Point) { fmt.Fprintf(os.Stderr, "failpoint %s: %s\n", p, what) }
