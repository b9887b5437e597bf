package command

import (
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
	// What is too large wraps around in Redis 7.0, and is negative to it then.
	if ms, ok = seconds.Millis(); !ok || ms < 0 {
		return 0, reply.ErrTimeoutNegative
	}
	return ms, ""
}

// MillisTimeout reads a timeout in milliseconds, as XREAD takes it.
func MillisTimeout(arg []byte) (ms int64, errText string) {
	ms, ok := redisnum.ParseInt(arg)
	switch {
	case !ok:
		return 0, reply.ErrTimeoutNotInt
	case ms < 0:
		return 0, reply.ErrTimeoutNegative
	}
	return ms, ""
}
