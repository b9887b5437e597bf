package compat

import (
	"fmt"
	"strings"
	"testing"

	"github.com/msredis/msredis/internal/testcluster/wire"
)

// Every episode is played with somebody who listens to all keyspace events, and
// what he hears is compared, too.

// endOfEvents is a channel that fits the pattern of the events.
const endOfEvents = "__key-end__:"

// ear hears the keyspace events of an episode.
type ear struct{ conn *wire.Conn }

// listen has a client of the node at addr listen. The data set is empty.
func listen(t *testing.T, addr string) *ear {
	t.Helper()
	c, err := wire.Dial(addr)
	if err != nil {
		t.Fatal(err)
	}
	for _, cmd := range [][]string{{"CONFIG", "SET", "notify-keyspace-events", "AKEn"}, {"PSUBSCRIBE", "__key*__:*"}} {
		if v, err := c.Do(cmd...); err != nil || v.IsError() {
			t.Fatalf("%s: %v %v", cmd, v, err)
		}
	}
	return &ear{c}
}

// events returns what was heard until by publishes the end: in a transaction, so
// that the end is behind all that was done before, on whatever node.
func (e *ear) events(t *testing.T, by *wire.Conn) (list []string) {
	t.Helper()
	defer e.conn.Close()
	if _, err := by.Pipeline([][]string{{"MULTI"}, {"PUBLISH", endOfEvents, ""}, {"EXEC"}}); err != nil {
		t.Fatal(err)
	}
	for {
		v, err := e.conn.Recv()
		if err != nil {
			t.Fatal(err)
		}
		if len(v.Elems) != 4 {
			t.Fatalf("%s is no event", Format(v))
		}
		channel := v.Elems[2].Text
		if channel == endOfEvents {
			return list
		}
		if strings.HasSuffix(channel, "__:expired") || v.Elems[3].Text == "expired" {
			continue // Redis tells of it when it finds the key, msredis when its time is over
		}
		list = append(list, strings.TrimPrefix(channel, "__key")+" "+quote(v.Elems[3].Text))
	}
}

// eventsDiffer says how two lists of events differ, "" if they do not.
func eventsDiffer(want, got []string) string {
	for i := range max(len(want), len(got)) {
		if i >= len(want) || i >= len(got) || want[i] != got[i] {
			from := max(i-2, 0)
			return fmt.Sprintf("events differ from number %d on\nwant %s\ngot  %s", i,
				strings.Join(want[from:min(i+3, len(want))], ", "), strings.Join(got[from:min(i+3, len(got))], ", "))
		}
	}
	return ""
}
