package front

import (
	"time"

	"github.com/msredis/msredis/resp/command"
)

// started is when the clock of Audience.Clock began.
var started = time.Now()

// Clock returns the nanoseconds of a clock that never goes back.
func (a *Audience) Clock() int64 { return int64(time.Since(started)) }

// Reads is told of a call of a script that only reads, before it is run. The script's
// client may track the keys.
func (a *Audience) Reads(client uint64, call *command.Call) {
	srv := a.server.Load()
	if srv == nil || !a.Tracks() {
		return
	}
	s := srv.sessionByID(client)
	if s == nil {
		return
	}
	if tr := s.tracker.Load(); tr != nil && tr.scripts.Load() && reads(call.Cmd) {
		s.track(call)
	}
}

// Called takes a call that a script of a client of this node has made. Like a client's
// call it is in the statistics. If it was slow, it is in the slow log and the latency
// monitor. cmd is nil if there is no such command; err is "" if there was no error.
func (a *Audience) Called(cmd *command.Command, args [][]byte, took time.Duration, err string, rejected bool) {
	srv := a.server.Load()
	if srv == nil {
		return
	}
	if err != "" {
		srv.stats.errors.add(err)
	}
	if cmd == nil {
		return
	}
	c := srv.stats.of(cmd)
	if rejected {
		c.rejected.Add(1)
		return
	}
	c.ran(1, took, took)
	if err != "" {
		c.failed.Add(1)
	}
	if srv.logs.slow.wants(int64(took)) || srv.latency.wants(took) {
		srv.noteSlow(cmd, args, took, time.Now(), "", "") // a script's calls have no address in Redis either
	}
}

// Erred corrects the number of errors that were counted. A script's reply may have
// errors within it. It may also be the error of a command that was called and counted
// then.
func (a *Audience) Erred(text string, n int) {
	if srv := a.server.Load(); srv != nil {
		srv.stats.errors.addN(text, n)
	}
}
