package command

import (
	"math"

	"github.com/msredis/msredis/internal/redisnum"
	"github.com/msredis/msredis/resp/reply"
)

// The timeouts of blocking commands are read twice: by the handler, which
// answers the error, and by the session, which waits.

// SecondsTimeout reads a timeout in seconds, with a fraction, as BLPOP takes it.
// It returns milliseconds, 0 for no limit; errText is the error reply.
func SecondsTimeout(arg []byte) (ms int64, errText string) {
	seconds, ok := redisnum.ParseLongDouble(arg)
	if !ok {
		return 0, reply.ErrTimeoutNotFloat
	}
	if ms, ok = seconds.Millis(); !ok && arg[0] == '-' {
		return 0, reply.ErrTimeoutNegative
	} else if !ok {
		return 0, reply.ErrTimeoutRange
	}
	return timeout(ms)
}

// MillisTimeout reads a timeout in milliseconds, as XREAD takes it.
func MillisTimeout(arg []byte) (ms int64, errText string) {
	ms, ok := redisnum.ParseInt(arg)
	if !ok {
		return 0, reply.ErrTimeoutNotInt
	}
	return timeout(ms)
}

// longestTimeout is what a date of this and the next decades may be added to.
const longestTimeout = math.MaxInt64 - 1<<42

func timeout(ms int64) (int64, string) {
	switch {
	case ms < 0:
		return 0, reply.ErrTimeoutNegative
	case ms > longestTimeout:
		return 0, reply.ErrTimeoutRange
	}
	return ms, ""
}
