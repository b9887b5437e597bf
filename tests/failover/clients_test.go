package failover

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/msredis/msredis/internal/testcluster/wire"
)

// TestHalfCommands: clients that fall silent in the middle of a command cost
// nothing but their connection.
func TestHalfCommands(t *testing.T) {
	t.Parallel()
	c := start(t, 1)
	n := c.Nodes[0]
	var silent []*wire.Conn
	for i := range 100 {
		conn := n.Dial()
		half := wire.AppendCommand(nil, "SET", fmt.Sprint("half:", i), strings.Repeat("x", 1000))
		if err := conn.Send(half[:len(half)/2]); err != nil {
			t.Fatal(err)
		}
		silent = append(silent, conn)
	}
	fill(t, n, "k", 200, 100)
	if v := n.Do("DBSIZE"); v.Text != "200" {
		t.Errorf("DBSIZE %s: half a command was executed", v.Text)
	}
	// Those who go on are served; those who leave are forgotten.
	for i, conn := range silent {
		if i%2 == 0 {
			conn.Close()
			continue
		}
		half := wire.AppendCommand(nil, "SET", fmt.Sprint("half:", i), strings.Repeat("x", 1000))
		if err := conn.Send(half[len(half)/2:]); err != nil {
			t.Fatal(err)
		}
		if v, err := conn.Recv(); err != nil || v.Text != "OK" {
			t.Fatalf("the second half: %s %v", v.Text, err)
		}
	}
	if v := n.Do("DBSIZE"); v.Text != "250" {
		t.Errorf("DBSIZE %s", v.Text)
	}
}

// TestClientThatNeverReads asks for gigabytes and reads none of them: the
// server neither stores them nor stops serving others.
func TestClientThatNeverReads(t *testing.T) {
	t.Parallel()
	c := start(t, 1)
	n := c.Nodes[0]
	set(t, n, "big", strings.Repeat("b", 1<<20))
	var ask []byte
	for range 2000 {
		ask = wire.AppendCommand(ask, "GET", "big")
	}
	for range 3 {
		greedy := n.Dial()
		greedy.Timeout = 200 * time.Millisecond
		greedy.Send(ask) // may block when the server no longer reads
	}
	begin := time.Now()
	fill(t, n, "k", 500, 100)
	if took := time.Since(begin); took > patience(3*time.Second) {
		t.Errorf("others were served in %v", took)
	}
	if mb := n.ResidentMB(); mb > 700 {
		t.Errorf("the server holds %d MB", mb)
	}
}

// TestTooManyClients: one more than maxclients is told so.
func TestTooManyClients(t *testing.T) {
	t.Parallel()
	c := start(t, 1, "--maxclients", "20")
	n := c.Nodes[0]
	var conns []*wire.Conn
	for range 20 {
		conn := n.Dial()
		if v, err := conn.Do("PING"); err != nil || v.Text != "PONG" {
			t.Fatalf("PING: %s %v", v.Text, err)
		}
		conns = append(conns, conn)
	}
	v, err := n.Dial().Recv()
	if err != nil || v.Text != "ERR max number of clients reached" {
		t.Errorf("one too many: %s %v", v.Text, err)
	}
	conns[0].Close()
	n.WaitReady()
}

// TestIdleClients: with --timeout those who do nothing are sent away.
func TestIdleClients(t *testing.T) {
	t.Parallel()
	c := start(t, 1, "--timeout", "1")
	idle := c.Nodes[0].Dial()
	if v, err := idle.Do("PING"); err != nil || v.Text != "PONG" {
		t.Fatalf("PING: %s %v", v.Text, err)
	}
	if v, err := idle.Recv(); err == nil {
		t.Errorf("an idle client received %s", v.Text)
	}
}
