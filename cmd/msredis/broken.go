package main

import (
	"log/slog"
	"sync"
	"time"

	"github.com/msredis/msredis/store/keyspace"
	"github.com/prometheus/client_golang/prometheus"
)

// brokenPause is how often a stack is logged at most: a client may send the command that
// finds a bug as fast as it likes.
const brokenPause = time.Second

// brokenCalls returns what hears of calls that a bug has broken off: it writes the stack to the
// log and counts them.
func brokenCalls(log *slog.Logger, registry prometheus.Registerer) func(keyspace.Broken) {
	count := prometheus.NewCounterVec(prometheus.CounterOpts{
		Namespace: "msredis", Name: "broken_calls_total", Help: "Calls that an internal error has broken off, by command.",
	}, []string{"command"})
	registry.MustRegister(count)
	var mu sync.Mutex
	var last time.Time
	silent := 0 // since then
	return func(b keyspace.Broken) {
		count.WithLabelValues(b.Command).Inc()
		mu.Lock()
		defer mu.Unlock()
		if time.Since(last) < brokenPause {
			silent++
			return
		}
		log.Error("an internal error has broken off a command; please report it", "command", b.Command, "cause", b.Cause,
			"deleted", b.Deleted, "not_logged_since", silent, "stack", string(b.Stack))
		last, silent = time.Now(), 0
	}
}
