package group

import "time"

// processStart is when this process began, by the machine's clock.
var processStart = time.Now()

// nodeClock is the time that the machine's clock would show, in Unix milliseconds, if
// nobody had set it since this process began. Only the monotonic clock moves it.
func nodeClock() int64 {
	return processStart.UnixMilli() + time.Since(processStart).Milliseconds()
}

// now is this node's clock; see cluster/replica, clock.go.
func (g *Group) now() int64 { return nodeClock() }

// LogTime is log time in Unix milliseconds, as far as this node knows. Any goroutine.
func (g *Group) LogTime() int64 { return g.logNow() }

// logNow is log time, as far as this node knows. Any goroutine.
func (g *Group) logNow() int64 { return g.now() + g.clockOffset.Load() }

// clockSlack is by how much the machine's clock may differ from the node's
// before an operator is told.
const clockSlack = time.Second

// watchClock says when the machine's clock was set while the node runs.
func (g *Group) watchClock() {
	off := time.Duration(time.Now().UnixMilli()-g.now()) * time.Millisecond
	if (off - g.clockSaid).Abs() < clockSlack {
		return
	}
	g.clockSaid = off
	g.log.Warn("the machine's clock was set; this node goes on by the time that passes until it is started again", "off", off)
}
