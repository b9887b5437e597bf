package leases_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/msredis/msredis/resp/reply"
	"github.com/msredis/msredis/store"
	"github.com/msredis/msredis/store/storetest"
)

// TestCommands plays scripts: a line is a command, what follows "->" its reply
// with spaces for line ends. "@+n" moves log time on by n milliseconds, "@resp 3"
// and "@db 1" switch the protocol and the database.
func TestCommands(t *testing.T) {
	t.Parallel()
	for name, script := range map[string]string{
		"errors": `
			lease grant 0 -> -ERR invalid lease TTL
			lease grant -5 -> -ERR invalid lease TTL
			lease grant x -> -ERR invalid lease TTL
			lease grant 9223372036854775807 -> -ERR invalid lease TTL
			lease grant 10 0 -> -ERR invalid lease id
			lease grant 10 -1 -> -ERR invalid lease id
			lease grant 10 x -> -ERR invalid lease id
			lease grant 10 7 -> :7
			lease grant 10 7 -> -ERR lease already exists
			lease ttl 8 -> -ERR no such lease
			lease ttl x -> -ERR invalid lease id
			lease keepalive 8 -> -ERR no such lease
			lease revoke 8 -> -ERR no such lease
			lease attach 8 k -> -ERR no such lease
			lease keys 8 -> -ERR no such lease
			set k v lease 8 -> -ERR no such lease
			get k -> $-1
			lease list -> *1 :7`,
		"ids": `
			lease grant 100 2 -> :2
			lease grant 100 -> :1
			lease grant 100 -> :3
			lease revoke 3 -> :0
			lease grant 100 -> :4
			lease list -> *3 :1 :2 :4`,
		"expiry": `
			lease grant 100 1 -> :1
			set a 1 lease 1 -> +OK
			set b 2 -> +OK
			set c 3 ex 1 -> +OK
			lease attach 1 b c nokey -> :2
			pttl a -> :100
			pttl c -> :100
			lease keys 1 -> *3 $1 a $1 b $1 c
			lease ttl 1 -> *6 $3 ttl :100 $7 granted :100 $4 keys :3
			@+99
			mget a b c -> *3 $1 1 $1 2 $1 3
			pttl a -> :1
			lease keepalive 1 -> :100
			@+99
			exists a b c -> :3
			@+1
			exists a b c -> :0
			dbsize -> :0
			lease ttl 1 -> -ERR no such lease
			lease list -> *0`,
		"revoke": `
			lease grant 100 1 -> :1
			mset a 1 b 2 c 3 -> +OK
			lease attach 1 a b -> :2
			lease revoke 1 -> :2
			mget a b c -> *3 $-1 $-1 $1 3
			lease revoke 1 -> -ERR no such lease
			lease grant 50 1 -> :1
			lease keys 1 -> *0`,
		"leaving": `
			lease grant 100 1 -> :1
			lease grant 500 2 -> :2
			mset a 1 b 2 c 3 d 4 e 5 f 6 -> +OK
			lease attach 1 a b c d e f -> :6
			expire a 100 -> :1
			persist b -> :1
			set c 3 -> +OK
			set d 4 keepttl -> +OK
			lease detach e nokey -> :1
			lease detach e -> :0
			lease attach 2 f -> :1
			lease keys 1 -> *1 $1 d
			lease keys 2 -> *1 $1 f
			ttl a -> :100
			ttl e -> :-1
			del d -> :1
			lease ttl 1 -> *6 $3 ttl :100 $7 granted :100 $4 keys :0
			@+100
			mget a b c d e f -> *6 $1 1 $1 2 $1 3 $-1 $1 5 $1 6`,
		"moving": `
			lease grant 100 1 -> :1
			set a 1 lease 1 -> +OK
			rename a b -> +OK
			copy b c -> :1
			move c 1 -> :1
			lease keys 1 -> *1 $1 b
			@db 1
			lease keys 1 -> *1 $1 c
			flushdb -> +OK
			lease ttl 1 -> *6 $3 ttl :100 $7 granted :100 $4 keys :1
			@db 0
			swapdb 0 1 -> +OK
			lease keys 1 -> *0
			@db 1
			lease keys 1 -> *1 $1 b
			flushall -> +OK
			lease ttl 1 -> *6 $3 ttl :100 $7 granted :100 $4 keys :0`,
		"resp3": `
			lease grant 100 1 -> :1
			@resp 3
			lease ttl 1 -> %3 $3 ttl :100 $7 granted :100 $4 keys :0`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := storetest.New(t, store.Kinds(), store.Rows())
			for line := range strings.Lines(script) {
				line = strings.TrimSpace(line)
				switch {
				case line == "":
				case strings.HasPrefix(line, "@+"):
					e.Advance(number(line[2:]))
				case line == "@resp 3":
					e.Proto = reply.RESP3
				case strings.HasPrefix(line, "@db "):
					e.DB = int(number(line[4:]))
				default:
					command, want, _ := strings.Cut(line, " -> ")
					got := strings.Join(strings.Fields(e.Do(strings.Fields(command)...)), " ")
					if got != want {
						t.Fatalf("%s -> %s, want %s", command, got, want)
					}
				}
			}
		})
	}
}

func number(s string) (n int64) {
	for _, c := range s {
		n = n*10 + int64(c-'0')
	}
	return n
}

func TestEvents(t *testing.T) {
	t.Parallel()
	e := storetest.New(t, store.Kinds(), store.Rows())
	e.Do("lease", "grant", "100", "1")
	e.Do("lease", "grant", "50", "2")
	e.Do("set", "a", "1", "lease", "1")
	e.Do("set", "b", "1", "lease", "2")
	e.Events()
	e.Do("lease", "revoke", "1")
	if got, want := e.Events(), []string{"0 del a"}; !slices.Equal(got, want) {
		t.Errorf("revoke: %q, want %q", got, want)
	}
	e.Advance(50)
	if got, want := e.Events(), []string{"0 expired b"}; !slices.Equal(got, want) {
		t.Errorf("expiry: %q, want %q", got, want)
	}
}
