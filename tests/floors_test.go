package tests

import (
	"strconv"
	"strings"
	"testing"
)

// floor says what a part of the tree must not import. Imports go downwards:
// cmd, then cluster, then resp/front, store and resp, then what knows nothing.
type floor struct {
	from   string   // the packages it is about
	except []string // but not these
	bans   []string // packages of ours (by directory) or anybody's (by path)
	reason string
}

var floors = []floor{
	{from: "...", bans: []string{"cmd/..."},
		reason: "cmd wires the parts together; nothing builds on it"},
	{from: "...", except: []string{"cmd/...", "resp/front"}, bans: []string{"internal/options"},
		reason: "a part is given its figures by its own Options; only cmd and the sessions, which answer CONFIG, know them all"},
	{from: "...", except: []string{"internal/testcluster/...", "internal/recorded", "store/storetest", "tests/..."},
		bans:   []string{"internal/testcluster/...", "internal/recorded", "store/storetest", "testing"},
		reason: "test tools stay out of the server"},
	{from: "...", bans: []string{"log"},
		reason: "lines are logged with log/slog, so that they have a level and one form"},

	{from: "resp/reply", bans: []string{"cluster/...", "store/...", "lease/...", "resp/command", "resp/front", "resp"},
		reason: "every part writes replies, so replies know no other part"},
	{from: "resp/command", bans: []string{"cluster/...", "store/...", "lease/...", "resp/front", "resp"},
		reason: "the vocabulary is shared by all parts, so it knows none of them"},
	{from: "resp", bans: []string{"cluster/...", "store/...", "lease/...", "resp/front", "internal/options", "internal/metrics"},
		reason: "the wire carries arguments and replies; what they mean is the session's business"},
	{from: "resp/front", bans: []string{"cluster/...", "store/...", "lease/..."},
		reason: "sessions declare the backend they need (front.Backend); they run against a fake one in tests"},

	{from: "store/...", except: []string{"store/storetest"}, bans: []string{"time", "math/rand", "math/rand/v2", "crypto/rand", "hash/maphash", "os", "net", "log/slog"},
		reason: "applying is deterministic: time and randomness come with the log entry, and nothing of this node does"},
	{from: "store/...", bans: []string{"cluster/...", "resp", "resp/front", "internal/metrics"},
		reason: "the state machine does not know who feeds it"},
	{from: "store/tables", bans: []string{"resp/...", "store", "store/keyspace", "lease/...", "internal/..."},
		reason: "the tables of the cluster are names and bytes; what they mean is the business of those who change them"},
	{from: "store/ds/...", bans: []string{"resp/...", "store", "store/keyspace", "lease/..."},
		reason: "containers know nothing of Redis"},
	{from: "lease/...", bans: []string{"resp/...", "store/...", "cluster/...", "internal/...", "time", "math/rand", "math/rand/v2", "os", "net"},
		reason: "deadlines are pure: they are compared with the time of the log"},
	{from: "internal/blocking", bans: []string{"cluster/...", "store/...", "lease/...", "resp", "resp/front", "time", "os", "net"},
		reason: "who waits for what is pure: the sessions have the clock, the store tells what has changed"},

	{from: "internal/quoted", bans: []string{"cluster/...", "store/...", "resp/...", "lease/...", "time", "os", "net"},
		reason: "the state machine cuts words, too: they follow from the text alone"},
	{from: "internal/lua", bans: []string{"cluster/...", "store/...", "resp/...", "lease/...", "time", "os", "net", "math/rand", "math/rand/v2"},
		reason: "the language knows nothing of Redis, and nothing of the machine that it runs on"},
	{from: "internal/pubsub", bans: []string{"cluster/...", "store/...", "lease/...", "resp/...", "time", "os", "net"},
		reason: "who has subscribed to what is pure: the sessions have the clock, the wire and the other nodes are behind interfaces"},

	{from: "internal/acl", bans: []string{"cluster/...", "store/...", "lease/...", "resp", "resp/front", "time", "os", "net", "math/rand", "math/rand/v2", "crypto/rand"},
		reason: "what a user may do is pure: the sessions ask, an entry of the log changes it"},

	{from: "internal/poller", bans: []string{"cluster/...", "store/...", "resp/...", "lease/..."},
		reason: "sockets are watched for those who own them"},
	{from: "internal/rdb", bans: []string{"cluster/...", "store/...", "resp/...", "lease/...", "time", "os", "net"},
		reason: "the serialisation of values is a matter of bytes; what is made of them is the families' business"},
	{from: "internal/importer", bans: []string{"cluster/...", "store/...", "resp/...", "lease/..."},
		reason: "an import is a client like any other: it uses the wire only"},

	{from: "cluster/replica", bans: []string{"time", "math/rand", "math/rand/v2", "os", "net", "cluster", "cluster/group", "cluster/wal", "cluster/transport", "cluster/shelf", "resp/front"},
		reason: "the core of a group has no clock and does no I/O, so that a simulation can drive many of them"},
	{from: "cluster/group", bans: []string{"cluster", "resp", "resp/front", "net", "internal/options"},
		reason: "a group knows neither the other groups of its node nor how members are found; it is given a network"},
	{from: "cluster/wal", bans: []string{"store/...", "resp/...", "cluster/group", "cluster/transport", "cluster/shelf", "cluster"},
		reason: "the log stores bytes; what they mean is the replica's business"},
	{from: "cluster/transport", bans: []string{"store/...", "resp/...", "cluster/group", "cluster/wal", "cluster/shelf", "cluster"},
		reason: "the transport moves messages; it neither stores nor reads them"},
	{from: "cluster/transport/secure", bans: []string{"cluster", "cluster/transport", "internal/poller", "go.etcd.io/raft/v3/..."},
		reason: "what is proven does not depend on what is carried"},
	{from: "internal/tlsconf", bans: []string{"cluster/...", "store/...", "resp/...", "lease/...", "internal/options"},
		reason: "certificates are loaded for whoever secures connections, of nodes or of clients"},
	{from: "cluster/shelf", bans: []string{"resp/...", "cluster/group", "cluster/wal", "cluster/transport", "cluster"},
		reason: "the shelf keeps sorted keys and values; what they mean is the store's business"},
	{from: "cluster/...", bans: []string{"resp"},
		reason: "a node has no sockets of clients"},
	{from: "internal/metrics", bans: []string{"cluster/...", "store/...", "resp/...", "lease/..."},
		reason: "figures are handed to it as collectors by those who own them"},

	// One owner for each of the large dependencies: replacing one touches one package.
	{from: "...", except: []string{"resp"}, bans: []string{"github.com/tidwall/redcon"},
		reason: "redcon is used behind the guard in resp: alone it panics on hostile input"},
	{from: "...", except: []string{"cluster/..."}, bans: []string{"go.etcd.io/raft/v3/..."},
		reason: "raft is an affair of cluster"},
	{from: "...", except: []string{"cluster/wal"}, bans: []string{"go.etcd.io/etcd/server/v3/storage/..."},
		reason: "etcd's WAL is used through cluster/wal"},
	{from: "...", except: []string{"cluster/shelf"}, bans: []string{"github.com/cockroachdb/pebble/v2/..."},
		reason: "Pebble is used through cluster/shelf"},
}

// TestFloors holds the picture of docs/ARCHITECTURE.md. It looks at what the
// server is built of; tests may import what they like.
func TestFloors(t *testing.T) {
	t.Parallel()
	for _, f := range mustSources(t) {
		if f.test {
			continue
		}
		for _, spec := range f.ast.Imports {
			path, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				t.Fatalf("%s: %v", f.path, err)
			}
			for _, fl := range floors {
				if fl.about(f.pkg) && fl.banned(path) {
					t.Errorf("%s imports %s: %s", f.path, path, fl.reason)
				}
			}
		}
	}
}

// A ban on a package that is gone holds nothing.
func TestFloorsAreNeeded(t *testing.T) {
	t.Parallel()
	files := mustSources(t)
	exists := func(pattern string) bool {
		for _, f := range files {
			if !f.test && (pattern == "..." || inside(f.pkg, pattern)) {
				return true
			}
		}
		return false
	}
	for _, fl := range floors {
		for _, pattern := range append([]string{fl.from}, fl.except...) {
			if !exists(pattern) && !strings.HasPrefix(pattern, "tests/") {
				t.Errorf("floors: no package %s; take the row out or name its successor", pattern)
			}
		}
	}
}

func (fl *floor) about(pkg string) bool {
	for _, except := range fl.except {
		if inside(pkg, except) {
			return false
		}
	}
	return fl.from == "..." || inside(pkg, fl.from)
}

func (fl *floor) banned(path string) bool {
	ours, isOurs := strings.CutPrefix(path, module+"/")
	for _, ban := range fl.bans {
		if isOurs && inside(ours, ban) || !isOurs && inside(path, ban) {
			return true
		}
	}
	return false
}
