package compat

import (
	"fmt"
	"sort"
	"strings"
	"testing"

	"github.com/msredis/msredis/internal/testcluster/wire"
)

// playBoth plays a history on both sides and says how they differ.
func (d duel) playBoth(t *testing.T, history []call) string {
	t.Helper()
	a := play(t, history, []string{d.want})
	b := play(t, history, d.got)
	var queued [randomClients + 1][]call
	for i, c := range history {
		name := strings.ToLower(c.args[0])
		if !d.sameReply(c, queued[c.client], a.replies[i], b.replies[i]) {
			return fmt.Sprintf("%s\nwant %s\ngot  %s", c, Format(a.replies[i]), Format(b.replies[i]))
		}
		if a.replies[i].Text == "QUEUED" {
			queued[c.client] = append(queued[c.client], c)
		}
		if name == "exec" || name == "discard" {
			queued[c.client] = nil
		}
	}
	for i := range max(len(a.data), len(b.data)) {
		switch {
		case i >= len(a.data):
			return fmt.Sprintf("more data: %s", b.data[i])
		case i >= len(b.data):
			return fmt.Sprintf("missing: %s", a.data[i])
		case !d.sameDatum(a.data[i], b.data[i]):
			return fmt.Sprintf("data differ\nwant %s\ngot  %s", a.data[i], b.data[i])
		}
	}
	return eventsDiffer(a.events, b.events)
}

type outcome struct {
	replies []wire.Value
	data    []datum
	events  []string
}

// datum is one key.
type datum struct {
	db, key, value string
	expires        bool
	encoding       string
}

func (d datum) String() string {
	return fmt.Sprintf("db%s %s = %s, ttl %v, %s;", d.db, quote(d.key), d.value, d.expires, d.encoding)
}

func (d duel) sameDatum(a, b datum) bool {
	same := d.sameEncoding(a.encoding, b.encoding)
	if alike := d.family.SameContent; alike != nil && alike(a.value, b.value) {
		a.value = b.value
	}
	a.encoding, b.encoding = "", ""
	if a.value != b.value { // it may be another Redis 7.0
		a.value = laterNumbers(a.value)
	}
	return same && a == b
}

// sameEncoding allows for SETBIT and BITFIELD that change no bit, see
// docs/DIVERGENCE.md#strings-bitmaps-keys.
func (d duel) sameEncoding(want, got string) bool {
	return want == got || want == "raw" || d.family.Encodings[want] == got ||
		got == "listpack" && d.family.Listpacks && (want == "quicklist" || want == "hashtable")
}

// play runs a history on an empty data set. The second client speaks RESP3.
func play(t *testing.T, history []call, addrs []string) outcome {
	t.Helper()
	var clients [randomClients + 1]*wire.Conn // with settingsClient
	for i := range clients {
		c, err := wire.Dial(addrs[i%len(addrs)])
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		clients[i] = c
	}
	must := func(vs []wire.Value, err error) []wire.Value {
		if err != nil {
			t.Fatalf("%s: %v", addrs, err)
		}
		return vs
	}
	must(clients[0].Pipeline([][]string{{"FLUSHALL"}, defaultSettings()}))
	must(clients[1].Pipeline([][]string{{"HELLO", "3"}}))
	ear := listen(t, addrs[len(addrs)-1])
	var out outcome
	for i := 0; i < len(history); {
		group := [][]string{history[i].args}
		end := i + 1
		for end < len(history) && history[end].joined && history[end].client == history[i].client {
			group = append(group, history[end].args)
			end++
		}
		out.replies = append(out.replies, must(clients[history[i].client].Pipeline(group))...)
		i = end
	}
	must(clients[0].Pipeline([][]string{{"RESET"}}))
	out.events = ear.events(t, clients[0])
	for _, db := range []string{"0", "1", "2"} {
		all := must(clients[0].Pipeline([][]string{{"SELECT", db}, {"KEYS", "*"}}))[1].Strings()
		sort.Strings(all)
		var ask [][]string
		for _, key := range all {
			ask = append(ask, []string{"TYPE", key}, []string{"TTL", key}, []string{"OBJECT", "ENCODING", key})
		}
		about := must(clients[0].Pipeline(ask))
		for i, key := range all {
			typ, v := about[3*i].Text, wire.Value{}
			if content := contentOf(typ, key); content != nil {
				v = must(clients[0].Pipeline([][]string{content}))[0]
			}
			out.data = append(out.data, datum{db, key, typ + " " + contentText(typ, v), about[3*i+1].Text != "-1", about[3*i+2].Text})
		}
	}
	return out
}

// contentOf is a command that shows all of a value; nil if there is none.
func contentOf(typ, key string) []string {
	switch typ {
	case "string":
		return []string{"GET", key}
	case "list":
		return []string{"LRANGE", key, "0", "-1"}
	case "set":
		return []string{"SMEMBERS", key}
	case "hash":
		return []string{"HGETALL", key}
	case "zset":
		return []string{"ZRANGE", key, "0", "-1", "WITHSCORES"}
	case "stream":
		return []string{"XRANGE", key, "-", "+"}
	}
	return nil
}

// contentText is what contentOf shows, without what may differ.
func contentText(typ string, v wire.Value) string {
	switch typ {
	case "string":
		return quote(withoutCache(v.Text))
	case "set":
		return unorderedText(v, formatLine)
	case "hash":
		var pairs []string
		for i := 0; i+1 < len(v.Elems); i += 2 {
			pairs = append(pairs, formatLine(v.Elems[i])+" => "+formatLine(v.Elems[i+1]))
		}
		sort.Strings(pairs)
		return strings.Join(pairs, " ")
	}
	return formatLine(v)
}

// sameReply compares two replies to c. queued are the commands of an EXEC.
func (d duel) sameReply(c call, queued []call, a, b wire.Value) bool {
	if a.IsError() && b.IsError() && strings.Contains(b.Text, "\x00") {
		// Redis cuts an argument that it quotes at a zero byte.
		return strings.HasPrefix(b.Text, a.Text)
	}
	name := strings.ToLower(c.args[0])
	if changedError(name, a, b) {
		return true
	}
	if same := d.family.Same[name]; same != nil && a.Text != "QUEUED" {
		return same(c.args, a, b)
	}
	switch name {
	case "ttl", "expiretime":
		return near(a, b, 2)
	case "pttl", "pexpiretime":
		return near(a, b, 2000)
	case "dbsize":
		// Redis counts keys that have expired until it meets them.
		return a.Kind == b.Kind && b.Text <= a.Text
	case "keys":
		return unorderedText(a, formatLine) == unorderedText(b, formatLine)
	case "scan":
		return sameScan(c.args, a, b)
	case "object":
		return a.Equal(b) || a.Kind == wire.Bulk && b.Kind == wire.Bulk && d.sameEncoding(a.Text, b.Text)
	case "randomkey":
		return a.Kind == b.Kind
	case "exec":
		if len(a.Elems) != len(b.Elems) || len(a.Elems) != len(queued) {
			return a.Equal(b)
		}
		for i := range a.Elems {
			if !d.sameReply(queued[i], nil, a.Elems[i], b.Elems[i]) {
				return false
			}
		}
		return true
	}
	return equalLater(a, b)
}
