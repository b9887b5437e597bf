package failover

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/msredis/msredis/internal/testcluster"
	"github.com/msredis/msredis/internal/testcluster/wire"
)

// login opens a connection of a user.
func login(t *testing.T, n *testcluster.Node, user, password string) *wire.Conn {
	t.Helper()
	c, err := wire.Dial(n.Addr())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	answers(t, c, "OK", "AUTH", user, password)
	return c
}

// answers wants a reply that begins so.
func answers(t *testing.T, c *wire.Conn, want string, args ...string) {
	t.Helper()
	if v, err := c.Do(args...); err != nil || !strings.HasPrefix(v.Text, want) {
		t.Fatalf("%s: %q, %v; want %q", strings.Join(args, " "), v.Text, err, want)
	}
}

// A user that is made on one node is there on all, over a fail-over, a restart of all
// nodes, a snapshot, and for those who join later. So is the password of the default user,
// whatever the options of a node say.
func TestUsersBelongToTheCluster(t *testing.T) {
	t.Parallel()
	c := start(t, 3, "--requirepass", "cleartext-one")
	for _, n := range c.Nodes {
		plain, err := wire.Dial(n.Addr())
		if err != nil {
			t.Fatal(err)
		}
		answers(t, plain, "NOAUTH", "GET", "k")
		plain.Close()
	}
	if v := c.Nodes[1].Do("ACL", "SETUSER", "alice", "on", ">cleartext-four", "~a:*", "+@string", "+multi", "+exec"); v.Text != "OK" {
		t.Fatal(v.Text)
	}
	check := func() {
		t.Helper()
		for i, n := range c.Nodes {
			alice := login(t, n, "alice", "cleartext-four")
			answers(t, alice, "OK", "SET", fmt.Sprint("a:", i), "1")
			answers(t, alice, "NOPERM No permissions to access a key", "GET", "b")
			answers(t, alice, "NOPERM User alice has no permissions to run the 'del' command", "DEL", "a:1")
		}
	}
	check()
	sameState(t, c)

	c.Nodes[0].Do("SAVE")
	if v := c.Nodes[0].Do("ACL", "SETUSER", "bob", "on", "nopass", "+@all", "~*"); v.Text != "OK" {
		t.Fatal(v.Text)
	}
	leader := c.Leader()
	leader.Kill()
	leader.WaitExit()
	leader.Start("--requirepass", "cleartext-two")
	c.WaitReady()
	check()
	testcluster.Eventually(t, patience(10*time.Second), "the node says that its password is another one", func() error {
		if !strings.Contains(leader.Log(), "user default is another one in the cluster than in the configuration of this node") {
			return errors.New("no such line")
		}
		return nil
	})
	for _, n := range c.Nodes {
		n.Kill()
		n.WaitExit()
		n.Start()
	}
	c.WaitReady()
	check()
	joined := c.Join("n4", c.Nodes[0])
	check()
	if v := joined.Do("ACL", "USERS"); len(v.Elems) != 3 {
		t.Errorf("users of the node that joined: %v", v.Elems)
	}
	if v := joined.Do("CONFIG", "SET", "requirepass", "cleartext-three"); v.Text != "OK" {
		t.Fatal(v.Text)
	}
	for _, n := range c.Nodes {
		login(t, n, "default", "cleartext-three")
		plain, err := wire.Dial(n.Addr())
		if err != nil {
			t.Fatal(err)
		}
		answers(t, plain, "WRONGPASS", "AUTH", "cleartext-one")
		plain.Close()
	}
	for _, n := range c.Nodes {
		for _, password := range []string{"cleartext-one", "cleartext-two", "cleartext-three", "cleartext-four"} {
			noFileHas(t, n, password)
		}
	}
}

// noFileHas holds that a password stands in no file of a node, nor in what it has logged.
func noFileHas(t *testing.T, n *testcluster.Node, password string) {
	t.Helper()
	if strings.Contains(n.Log(), password) {
		t.Errorf("%s has logged the password %q", n.Name, password)
	}
	err := filepath.WalkDir(n.Dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		if err == nil && strings.Contains(string(b), password) {
			t.Errorf("%s has the password %q", path, password)
		}
		return err
	})
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
}

// When a change of a user was answered on one node, no command that is sent afterwards
// runs under the old rights, through whichever node it comes. The nodes need a moment to
// hear of the change, and the commands come within it.
func TestRightsInForceEverywhere(t *testing.T) {
	t.Parallel()
	c := start(t, 3)
	leader := c.Leader()
	admin := leader.Dial()
	answers(t, admin, "OK", "ACL", "SETUSER", "alice", "on", ">one", "~*", "+@all")
	var others []*testcluster.Node
	for _, n := range c.Nodes {
		if n != leader {
			others = append(others, n)
		}
	}
	alice := login(t, others[0], "alice", "one")
	write := []string{"SET", "k", "v"}
	for _, words := range [][]string{
		write, {"GET", "k"}, {"EVAL", "return redis.call('set', KEYS[1], 'v')", "1", "k"}, {"KEYS", "*"}, {"MGET", "k", "l"},
		{"CONFIG", "SET", "slowlog-max-len", "7"}, {"SUBSCRIBE", "ch"}, {"BLPOP", "list", "1"},
	} {
		for range 8 {
			answers(t, admin, "OK", "ACL", "SETUSER", "alice", "+@all", "allkeys", "allchannels")
			answers(t, alice, "OK", write...)
			answers(t, admin, "OK", "ACL", "SETUSER", "alice", "-@all", "+set", "resetkeys", "resetchannels")
			answers(t, alice, "NOPERM", words...)
		}
		sameState(t, c)
	}
	// A password that was changed is no good, and a deleted user ends.
	for i := range 8 {
		password := fmt.Sprint("password", i)
		answers(t, admin, "OK", "ACL", "SETUSER", "alice", "resetpass", ">"+password)
		other, err := wire.Dial(others[i%2].Addr())
		if err != nil {
			t.Fatal(err)
		}
		answers(t, other, "WRONGPASS", "AUTH", "alice", "one")
		answers(t, other, "OK", "AUTH", "alice", password)
		other.Close()
	}
	if v, err := admin.Do("ACL", "DELUSER", "alice"); err != nil || v.Text != "1" {
		t.Fatalf("%v, %v", v, err)
	}
	testcluster.Eventually(t, patience(10*time.Second), "the connection of the user that is gone ends", func() error {
		if v, err := alice.Do("SET", "k", "v"); err == nil {
			return fmt.Errorf("SET: %s", v.Text)
		}
		return nil
	})
	// Who connects when a password is there has to know it.
	for i := range 8 {
		answers(t, admin, "OK", "CONFIG", "SET", "requirepass", "")
		answers(t, admin, "OK", "CONFIG", "SET", "requirepass", "secret")
		stranger, err := wire.Dial(others[i%2].Addr())
		if err != nil {
			t.Fatal(err)
		}
		words := [][]string{write, {"GET", "k"}, {"PUBLISH", "ch", "m"}, {"CONFIG", "GET", "port"}}[i%4]
		answers(t, stranger, "NOAUTH", words...)
		stranger.Close()
	}
}
