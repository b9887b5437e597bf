package keyspace

import (
	"github.com/msredis/msredis/internal/redisnum"
	"github.com/msredis/msredis/resp/command"
)

// Reach tells at how much of its keys' values a read looks. The zero Reach is all of
// them. It is for guesses: how long the read takes, and how large its reply is.
type Reach struct {
	// Elements returns at how many elements the read looks, of a value that has n;
	// nil: at all.
	Elements func(args [][]byte, n int) int
	// Bytes returns at how many bytes the read looks, of a string of so many.
	Bytes func(args [][]byte, size int64) int64
	// Replied: the reply is about as large as what the read looks at.
	Replied bool
}

// The reaches of the rows.
var (
	ReachReplied = Reach{Replied: true}
	ReachOne     = Reach{Elements: func([][]byte, int) int { return 1 }}
	ReachRange   = Reach{Elements: ranked, Replied: true}
	ReachDraw    = Reach{Elements: drawn, Replied: true}
	ReachScan    = Reach{Elements: scanned}
	ReachSpan    = Reach{Bytes: span}
	// ReachFields is for a key and the fields that are asked for.
	ReachFields = Reach{Elements: func(args [][]byte, n int) int { return min(len(args)-2, n) }, Replied: true}
)

// ranked is for a key and two ends of a range by rank, which count from the end
// if they are negative. ZRANGE has other ends, too.
func ranked(args [][]byte, n int) int {
	from, ok := redisnum.ParseInt(args[2])
	to, ok2 := redisnum.ParseInt(args[3])
	for _, a := range args[4:] {
		ok = ok && !command.Is(a, "BYSCORE") && !command.Is(a, "BYLEX")
	}
	if !ok || !ok2 {
		return n
	}
	return int(between(from, to, int64(n)))
}

// between is how many of size elements lie between two, which are counted from the
// end if they are negative.
func between(from, to, size int64) int64 {
	if from < 0 {
		from = max(from+size, 0)
	}
	if to < 0 {
		to += size
	}
	return max(min(to, size-1)-from+1, 0)
}

// span is for a key and two ends of a range of bytes.
func span(args [][]byte, size int64) int64 {
	from, ok := redisnum.ParseInt(args[2])
	to, ok2 := redisnum.ParseInt(args[3])
	if !ok || !ok2 {
		return 0 // an error
	}
	return between(from, to, size)
}

// scanned is for a key, a cursor and options.
func scanned(args [][]byte, n int) int {
	const count = 10
	for i := 3; i+1 < len(args); i++ {
		if command.Is(args[i], "COUNT") {
			return atMost(args[i+1], n)
		}
	}
	return count
}

// drawn is for a key and perhaps a count; a negative one draws any number.
func drawn(args [][]byte, n int) int {
	if len(args) < 3 {
		return 1
	}
	if len(args[2]) > 0 && args[2][0] == '-' {
		return atMost(args[2][1:], 1<<30)
	}
	return atMost(args[2], n)
}

// atMost is a number in an argument, but no more than n.
func atMost(arg []byte, n int) int {
	if count, ok := redisnum.ParseInt(arg); ok && count >= 0 {
		return int(min(count, int64(n)))
	}
	return n
}
