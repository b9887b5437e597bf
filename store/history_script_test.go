package store_test

import (
	"crypto/sha1"
	"fmt"
	"strings"

	"github.com/msredis/msredis/resp/command"
)

// scriptParts are statements of random scripts: what depends on chance, on time, on
// the order of tables, on names of tables, and on bounds.
var scriptParts = []string{
	`redis.call('SET', k, n)`,
	`redis.call('SET', k, n, 'PX', 50 + n)`,
	`redis.call('INCRBY', 'c', n)`,
	`redis.pcall('INCR', k)`,
	`redis.call('DEL', k, k2)`,
	`redis.pcall('SADD', 's' .. k, n, n + 1, n + 2) redis.pcall('SPOP', 's' .. k)`,
	`redis.pcall('SET', k2, tostring(redis.pcall('SRANDMEMBER', 's' .. k)))`,
	`redis.call('SET', k, math.random(1000000))`,
	`redis.call('SET', k2, tostring({}))`,
	`redis.call('SET', k, redis.call('TIME')[1] .. ':' .. redis.call('TIME')[2])`,
	`local t = {b = 1, a = 2, [n] = 3} t.x = n t.b = nil t.b = 4 local s = '' for a, b in pairs(t) do s = s .. tostring(a) .. tostring(b) end redis.call('SET', k, s)`,
	`local r = redis.pcall('OBJECT', n % 2 == 0 and 'IDLETIME' or 'FREQ', k2) redis.call('SET', k, type(r) == 'table' and r.err or tostring(r))`,
	`for i = 1, n do redis.pcall('RPUSH', 'l', i) end redis.pcall('LTRIM', 'l', 0, 20)`,
	`redis.call('SELECT', n % 3) redis.call('SET', k, 'in another')`,
	`redis.call('RENAME', k, k2)`,
	`if redis.call('EXISTS', k) == 1 then redis.call('EXPIRE', k, 1) end`,
	`redis.pcall('ZADD', 'z', n, k) redis.pcall('ZPOPMIN', 'z')`,
	`redis.call('SET', k, cjson.encode(redis.call('KEYS', '*')):sub(1, 200))`,
	`redis.call('SET', k, redis.sha1hex(k .. n) .. string.format('%.14g %5.2f', n / 7, n * 1.1))`,
	`local s = 'x' for i = 1, n % 20 do s = s .. s:rep(2) end redis.call('SET', 'big', #s)`,
	`error('ends here')`,
	`while n > 990 do redis.call('INCR', 'endless') end`,
	`redis.call('RANDOMKEY') redis.call('SCAN', 0)`,
	`local co = coroutine.wrap(function() for i = 1, 3 do coroutine.yield(i) end end) redis.call('SET', k, co() .. co())`,
}

// script is a call of a script or function.
func (w *writer) script(db int) command.Call {
	r := w.rng
	k, k2, n := w.key(), w.key(), r.Intn(1000)
	body := "local k, k2, n = KEYS[1], ARGV[1], tonumber(ARGV[2])\n"
	for range 1 + r.Intn(3) {
		// few different ones, so that some are called again
		body += scriptParts[r.Intn(len(scriptParts))] + "\n"
	}
	switch r.Intn(20) {
	case 0, 1:
		return call(db, "script", "load", body)
	case 2:
		return call(db, "script", "flush")
	case 3, 4, 5:
		sum := fmt.Sprintf("%x", sha1.Sum([]byte(body)))
		return call(db, "evalsha", sum, 1, k, k2, n)
	case 6, 7:
		code := fmt.Sprintf("#!lua name=lib%d\nlocal seen = {}\nredis.register_function('f%d', function(KEYS, ARGV)\n%s\nseen[#seen + 1] = n redis.call('SET', k, #seen .. tostring(seen)) end)", n%3, n%3,
			strings.ReplaceAll(body, "error('ends here')", ""))
		return call(db, "function", "load", "replace", code)
	case 8, 9, 10:
		return call(db, "fcall", fmt.Sprint("f", n%3), 1, k, k2, n)
	case 11:
		return call(db, "function", "delete", fmt.Sprint("lib", n%3))
	case 12:
		return call(db, "eval_ro", "return redis.call('GET', KEYS[1])", 1, k)
	}
	return call(db, "eval", body, 1, k, k2, n)
}
