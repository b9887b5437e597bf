package keyspace

import (
	"github.com/msredis/msredis/internal/redisnum"
	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/resp/reply"
)

// Int reads argument i as an integer. If it is none, the error is answered
// already.
func (c *Ctx) Int(i int) (n int64, ok bool) {
	n, ok = redisnum.ParseInt(c.Args[i])
	if !ok {
		c.W.Error(reply.ErrNotInteger)
	}
	return n, ok
}

// Is reports whether argument i is the keyword word, which is upper case, in
// any case.
func (c *Ctx) Is(i int, word string) bool {
	arg := c.Args[i]
	if len(arg) != len(word) {
		return false
	}
	for j := range arg {
		b := arg[j]
		if b >= 'a' && b <= 'z' {
			b -= 'a' - 'A'
		}
		if b != word[j] {
			return false
		}
	}
	return true
}

// Timeout checks that argument i is a timeout in seconds. If it is none, the error is
// answered already. The handler itself never waits.
func (c *Ctx) Timeout(i int) (ok bool) {
	_, errText := command.SecondsTimeout(c.Args[i])
	if errText != "" {
		c.W.Error(errText)
	}
	return errText == ""
}
