package clients

import (
	"fmt"
	"os/exec"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/msredis/msredis/internal/testcluster"
)

// A named user of go-redis at one node, whom an operator changes at another one: what it
// may not do is refused, and a new connection needs the new password.
func TestGoRedisUsers(t *testing.T) {
	t.Parallel()
	c := testcluster.Start(t, 3)
	operator, node := c.Nodes[0], c.Nodes[1]
	for _, protocol := range []int{2, 3} { // AUTH, and HELLO 3 AUTH
		t.Run(fmt.Sprintf("RESP%d", protocol), func(t *testing.T) {
			ctx := testContext(t)
			operator.Do("ACL", "SETUSER", "app", "reset", "on", ">one", "~app:*", "&app:*", "+@string", "-getdel", "+@transaction", "+publish", "+acl|whoami", "+hello", "+client|setinfo")
			password := "one"
			app := redis.NewClient(&redis.Options{
				Addr: node.Addr(), Protocol: protocol, ReadTimeout: timeout, WriteTimeout: timeout, PoolSize: 1, MaxRetries: -1,
				CredentialsProvider: func() (string, string) { return "app", password },
			})
			defer app.Close()
			refused := func(code string, err error) {
				t.Helper()
				if !redis.HasErrorPrefix(err, code) {
					t.Errorf("%v, want %s", err, code)
				}
			}
			if err := app.Set(ctx, "app:k", "v", 0).Err(); err != nil {
				t.Fatal(err)
			}
			if got, err := app.Do(ctx, "ACL", "WHOAMI").Text(); err != nil || got != "app" {
				t.Errorf("WHOAMI: %s, %v", got, err)
			}
			refused("NOPERM", app.Get(ctx, "other").Err())
			refused("NOPERM", app.GetDel(ctx, "app:k").Err())
			refused("NOPERM", app.Publish(ctx, "other", "m").Err())
			_, err := app.TxPipelined(ctx, func(p redis.Pipeliner) error {
				p.Set(ctx, "app:k", "w", 0)
				p.Set(ctx, "other", "w", 0)
				return nil
			})
			if err == nil {
				t.Error("a transaction with a command that is denied")
			}
			if got := app.Get(ctx, "app:k").Val(); got != "v" {
				t.Errorf("app:k is %q", got)
			}
			operator.Do("ACL", "SETUSER", "app", "resetpass", ">two")
			if err := app.Get(ctx, "app:k").Err(); err != nil {
				t.Errorf("a connection that is there: %v", err)
			}
			node.Do("CLIENT", "KILL", "USER", "app")
			_ = app.Get(ctx, "app:k").Err() // on the connection that is gone
			refused("WRONGPASS", app.Get(ctx, "app:k").Err())
			password = "two"
			if got, err := app.Get(ctx, "app:k").Result(); err != nil || got != "v" {
				t.Errorf("with the new password: %q, %v", got, err)
			}
			operator.Do("ACL", "SETUSER", "app", "-get")
			refused("NOPERM", app.Get(ctx, "app:k").Err())
			operator.Do("ACL", "DELUSER", "app")
			_ = app.Get(ctx, "app:k").Err()
			refused("WRONGPASS", app.Get(ctx, "app:k").Err())
		})
	}
}

// redis-py has an exception of its own for each of these refusals.
func TestRedisPyUsers(t *testing.T) {
	t.Parallel()
	const python = "/usr/bin/python3" // Debian's, which has Debian's packages
	if err := exec.Command(python, "-c", "import redis").Run(); err != nil {
		t.Skip("redis-py is not installed (Debian: apt install python3-redis)")
	}
	c := testcluster.Start(t, 3)
	out, err := exec.Command(python, "testdata/users.py", c.Nodes[1].Addr(), c.Nodes[2].Addr()).CombinedOutput()
	if err != nil || !strings.Contains(string(out), "all right") {
		t.Errorf("%v\n%s", err, out)
	}
}
