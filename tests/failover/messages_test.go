package failover

import (
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/msredis/msredis/internal/testcluster"
	"github.com/msredis/msredis/internal/testcluster/wire"
)

// subscribed is a client that has subscribed to channels of a node.
func subscribed(t *testing.T, n *testcluster.Node, channels ...string) *wire.Conn {
	t.Helper()
	c := n.Dial()
	c.Timeout = patience(20 * time.Second)
	for _, channel := range channels {
		if v, err := c.Do("SUBSCRIBE", channel); err != nil || len(v.Elems) != 3 {
			t.Fatalf("SUBSCRIBE: %v, %v", v, err)
		}
	}
	return c
}

// hear reads messages until one of the channel says last, and returns those of each
// channel.
func hear(t *testing.T, c *wire.Conn, channel, last string) map[string][]string {
	t.Helper()
	heard := map[string][]string{}
	for {
		v, err := c.Recv()
		if err != nil || len(v.Elems) != 3 || v.Elems[0].Text != "message" {
			t.Fatalf("got %v, %v behind %v", v, err, heard)
		}
		from, text := v.Elems[1].Text, v.Elems[2].Text
		heard[from] = append(heard[from], text)
		if from == channel && text == last {
			return heard
		}
	}
}

// TestMessagesThroughFailover publishes at one follower for a subscriber at the
// other while the leader dies: no message between them is lost or doubled, those of
// transactions neither, and nobody subscribes anew. The leader comes back and has
// its part of it at once.
func TestMessagesThroughFailover(t *testing.T) {
	t.Parallel()
	c := start(t, 3)
	old := c.Leader()
	followers := c.Followers()
	sub := subscribed(t, followers[0], "alone", "logged")
	events := followers[0].Dial()
	events.Timeout = sub.Timeout
	for _, cmd := range [][]string{{"CONFIG", "SET", "notify-keyspace-events", "E$"}, {"SUBSCRIBE", "__keyevent@0__:incrby"}} {
		if _, err := events.Do(cmd...); err != nil {
			t.Fatal(err)
		}
	}
	pub := followers[1].Dial()
	pub.Timeout = patience(30 * time.Second)
	const rounds = 60
	for i := range rounds {
		if i == rounds/3 {
			old.Kill()
		}
		if v, err := pub.Do("PUBLISH", "alone", strconv.Itoa(i)); err != nil || v.Text != "1" {
			t.Fatalf("PUBLISH: %v, %v", v, err)
		}
		vs, err := pub.Pipeline([][]string{{"MULTI"}, {"INCR", "n"}, {"PUBLISH", "logged", strconv.Itoa(i)}, {"EXEC"}})
		if err != nil || len(vs[3].Elems) != 2 || vs[3].Elems[0].Text != strconv.Itoa(i+1) {
			t.Fatalf("transaction %d: %v, %v", i, vs, err)
		}
	}
	if v, err := pub.Do("PUBLISH", "alone", "end"); err != nil || v.Text != "1" {
		t.Fatalf("PUBLISH: %v, %v", v, err)
	}
	heard := hear(t, sub, "alone", "end")
	for len(heard["logged"]) < rounds {
		for channel, list := range hear(t, sub, "logged", strconv.Itoa(rounds-1)) {
			heard[channel] = append(heard[channel], list...)
		}
	}
	for _, channel := range []string{"alone", "logged"} {
		for i := range rounds {
			if heard[channel][i] != strconv.Itoa(i) {
				t.Fatalf("message %d of %s is %q: %v", i, channel, heard[channel][i], heard[channel])
			}
		}
	}
	for i := range rounds {
		if v, err := events.Recv(); err != nil || len(v.Elems) != 3 || v.Elems[2].Text != "n" {
			t.Fatalf("event %d: %v, %v", i, v, err)
		}
	}

	// The node that was killed comes back: it knows the subscribers of the others,
	// and they know its own.
	old.Start()
	c.WaitReady()
	late := subscribed(t, old, "late")
	if v, err := pub.Do("PUBLISH", "late", "hello"); err != nil || v.Text != "1" {
		t.Fatalf("PUBLISH to the node that is back: %v, %v", v, err)
	}
	hear(t, late, "late", "hello")
	testcluster.Eventually(t, patience(10*time.Second), "the node that is back knows the subscribers", func() error {
		if v := old.Do("PUBLISH", "alone", "back"); v.Text != "1" {
			return fmt.Errorf("published to %s", v.Text)
		}
		return nil
	})
	hear(t, sub, "alone", "back")
	late.Close()
	testcluster.Eventually(t, patience(10*time.Second), "a client that has gone is forgotten everywhere", func() error {
		for _, n := range c.Nodes {
			if v := n.Do("PUBSUB", "NUMSUB", "late"); v.Elems[1].Text != "0" {
				return fmt.Errorf("%s counts %s", n.Name, v.Elems[1].Text)
			}
		}
		return nil
	})
}

// TestTrackingThroughFailover has a client cache what it reads while the leader dies
// and another node writes: it hears of each change.
func TestTrackingThroughFailover(t *testing.T) {
	t.Parallel()
	c := start(t, 3)
	followers := c.Followers()
	reader := followers[0].Dial()
	reader.Timeout = patience(30 * time.Second)
	for _, cmd := range [][]string{{"HELLO", "3"}, {"CLIENT", "TRACKING", "ON"}} {
		if v, err := reader.Do(cmd...); err != nil || v.IsError() {
			t.Fatal(v, err)
		}
	}
	writer := followers[1].Dial()
	writer.Timeout = reader.Timeout
	for i := range 20 {
		if i == 7 {
			c.Leader().Kill()
		}
		if v, err := writer.Do("SET", "k", strconv.Itoa(i)); err != nil || v.IsError() {
			t.Fatal(v, err)
		}
		if i > 0 {
			if v, err := reader.Recv(); err != nil || len(v.Elems) != 2 || v.Elems[0].Text != "invalidate" || v.Elems[1].Elems[0].Text != "k" {
				t.Fatalf("change %d: %v, %v", i, v, err)
			}
		}
		if v, err := reader.Do("GET", "k"); err != nil || v.Text != strconv.Itoa(i) {
			t.Fatalf("read %d: %v, %v", i, v, err)
		}
	}
}
