package store_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/msredis/msredis/internal/invariants"
	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/store"
	"github.com/msredis/msredis/store/keyspace"
	"github.com/msredis/msredis/store/storetest"
	"github.com/msredis/msredis/store/tables"
)

// Every change of a table shows in the digest, and FLUSHALL is none.
func TestTablesAreInTheDigest(t *testing.T) {
	t.Parallel()
	s := newStore(t, 1, 1<<30)
	seen := map[string]string{}
	index := uint64(0)
	look := func(words ...any) {
		t.Helper()
		index++
		apply(s, index, 1000, call(0, words...))
		got := s.Content()
		if before, ok := seen[got]; ok {
			t.Errorf("after %q the digest is that after %s", words, before)
		}
		seen[got] = fmt.Sprint(words...)
	}
	look("set", "key", 1)
	look("shared", "set", 2, "a", "x")
	look("shared", "set", 3, "a", "x")
	look("shared", "set", 2, "a", "y")
	look("shared", "set", 2, "ay", "")
	look("shared", "del", 2, "a")
	look("shared", "clear", 2)
	before := s.Content()
	apply(s, index+1, 1000, call(0, "shared", "set", 3, "a", "x"))
	if s.Content() != before {
		t.Error("to set what is there changes the digest")
	}
	apply(s, index+2, 1000, call(0, "flushall"))
	u := unit([]command.Call{call(0, "shared", "get", 3, "a")}, false)
	if s.Read(u); string(u.W.Buf) != "$1\r\nx\r\n" {
		t.Errorf("after FLUSHALL: %q", u.W.Buf)
	}
}

// A delta has what changed of the tables since the last one that was saved, and
// nothing else.
func TestTablesInSnapshots(t *testing.T) {
	t.Parallel()
	s := newStore(t, 1, 1<<30)
	var shelf memShelf
	index := uint64(0)
	long := strings.Repeat("l", 3<<20)
	step := func(wantWritten, wantRecords, fail int, calls ...command.Call) {
		t.Helper()
		index++
		apply(s, index, 1000, calls...)
		sink := &memSink{fail: fail}
		if shelf.write(t, s.Cut(), sink) != (fail == 0) {
			t.Fatal("saved, or not, against all expectation")
		}
		if fail != 0 {
			return
		}
		if sink.n != wantWritten || len(shelf.records) != wantRecords {
			t.Fatalf("%d records written, %d there; want %d and %d", sink.n, len(shelf.records), wantWritten, wantRecords)
		}
		want, _ := s.Digest()
		bytes := s.DataBytes()
		s = shelf.load(t, newStore(t, 1, 1<<30))
		if err := s.Audit(); err != nil {
			t.Fatal(err)
		}
		if got, _ := s.Digest(); got != want || s.DataBytes() != bytes {
			t.Fatalf("digest %s, want %s; %d bytes, want %d", got, want, s.DataBytes(), bytes)
		}
	}
	set := func(id int, name, value string) command.Call { return call(0, "shared", "set", id, name, value) }
	step(3, 3, 0, set(2, "b", "1"), set(2, "a", "2"), set(4, "", ""))
	step(1, 3, 0, set(2, "a", "2"), set(2, "b", "3"))
	step(0, 3, 0)
	step(5, 7, 0, set(3, "long", long)) // with the range that is deleted
	step(2, 4, 0, set(3, "long", "short"))
	step(0, 0, 1, call(0, "shared", "del", 2, "a"), set(3, "other", "x")) // disk full
	step(2, 4, 0)
	step(2, 2, 0, call(0, "shared", "clear", 3))
	step(0, 2, 0, call(0, "flushall"))
	step(1, 1, 0, call(0, "shared", "del", 4, ""))
	step(1, 1, 0, set(2, "new", "x"), call(0, "shared", "del", 2, "new")) // it tells of the deletion
}

// A snapshot with settings that this version does not know is refused, as is one
// with a value that is none.
func TestUnknownSettings(t *testing.T) {
	t.Parallel()
	for record, want := range map[[2]string]bool{
		{"hash-max-listpack-entries", "7"}: true, {"hash-max-listpack-entries", "x"}: false,
		{"hash-max-listpack-entries", ""}: false, {"hash-max-listpack-entriez", "7"}: false,
	} {
		s := newStore(t, 1, 1<<30)
		apply(s, 1, 1000, call(0, "settings", "set", "hash-max-listpack-entries", 7))
		var shelf memShelf
		shelf.write(t, s.Cut(), &memSink{})
		for key, value := range shelf.records {
			delete(shelf.records, key)
			key = key[:len(key)-len("hash-max-listpack-entries")] + record[0]
			shelf.records[key] = value[:1] + string(rune(len(record[1]))) + record[1]
		}
		if got := tryLoad(t, shelf.flatten()); got != want {
			t.Errorf("%q is loaded: %v", record, got)
		}
	}
}

// Snapshots of versions that knew no tables, or not when keys were created, are
// read, and all nodes that have read one agree.
func TestOlderSnapshots(t *testing.T) {
	t.Parallel()
	s := newStore(t, 1, 1<<30)
	apply(s, 1, 1000, call(0, "set", "key", "value"))
	var shelf memShelf
	shelf.write(t, s.Cut(), &memSink{})
	meta := shelf.meta
	upTo := func(numbers int) int { // behind so many numbers
		end := 1
		for ; numbers > 0; end++ {
			if meta[end] < 0x80 {
				numbers--
			}
		}
		return end
	}
	const fixed = 8 // and one for each database
	want := ""
	for format, end := range map[byte]int{1: upTo(fixed + databases), 2: upTo(fixed + databases + 2*len(tables.All))} {
		shelf.meta = append([]byte{format}, meta[1:end]...)
		old := shelf.load(t, newStore(t, 1, 1<<30))
		got, _ := old.Digest()
		if want == "" {
			want = got
		}
		if got != want {
			t.Errorf("digest %s of format %d, want %s", got, format, want)
		}
		u := unit([]command.Call{call(0, "get", "key")}, false)
		if old.Read(u); string(u.W.Buf) != "$5\r\nvalue\r\n" {
			t.Errorf("GET: %q", u.W.Buf)
		}
	}
}

// Who is interested hears of changed tables at the end of the batch, and of all
// when a store takes the place of another.
func TestTablesChanged(t *testing.T) {
	t.Parallel()
	var told []string
	open := func() *store.Store {
		s, err := store.New(store.Options{
			Table: table, Rows: rows, Kinds: kinds, Databases: databases,
			TablesChanged: func(all *tables.Set, changed []tables.ID) {
				for _, id := range changed {
					value, _ := all.Table(id).Get("a")
					told = append(told, fmt.Sprintf("%d at %d: %s", id, all.Table(id).Version(), value))
				}
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	expect := func(want ...string) {
		t.Helper()
		if !slices.Equal(told, want) {
			t.Errorf("told %q, want %q", told, want)
		}
		told = nil
	}
	s := open()
	apply(s, 1, 1000, call(0, "set", "key", 1))
	expect()
	apply(s, 2, 1000, call(0, "shared", "set", 2, "a", "x"), call(0, "shared", "set", 2, "a", "y"), call(0, "shared", "set", 4, "b", "x"))
	expect("2 at 2: y", "4 at 1: ")
	apply(s, 3, 1000, call(0, "shared", "set", 2, "a", "y"), call(0, "shared", "del", 2, "none"))
	expect()
	var shelf memShelf
	shelf.write(t, s.Cut(), &memSink{})
	s = shelf.load(t, open())
	expect()
	s.Announce()
	expect("1 at 0: ", "2 at 2: y", "3 at 0: ", "4 at 1: ")
}

// A table is changed only by a call that holds all shards.
func TestTablesAreChangedUnderAllLocks(t *testing.T) {
	t.Parallel()
	if !invariants.Enabled {
		t.Skip("needs -tags invariants")
	}
	for name, spec := range map[string]command.Spec{
		"a write of one key": {Usage: "TEST key", Flags: command.Write},
		"a read":             {Usage: "TEST key", Flags: command.ReadOnly | command.WholeKeyspace},
	} {
		spec.Name, spec.Summary, spec.Complexity, spec.Since, spec.Group = "test", "-", "-", "1.0.0", command.GroupGeneric
		e := storetest.New(t, store.Kinds(), store.Rows(), []keyspace.Row{{Spec: spec, Run: func(c *keyspace.Ctx) {
			c.ChangeTable(tables.Users)
			c.W.OK()
		}}})
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s may change a table", name)
				}
			}()
			e.Do("test", "k")
		}()
	}
}

// Reads see the table as it is between two batches.
func TestTablesReadMeanwhile(t *testing.T) {
	t.Parallel()
	s := newStore(t, 4, 2)
	done := make(chan bool)
	go func() {
		defer close(done)
		for i := range 2000 {
			s.Apply([]store.Entry{{Index: uint64(i + 1), Time: int64(i), Units: []*command.Unit{unit([]command.Call{
				call(0, "shared", "set", 2, fmt.Sprint(i%7), i), call(0, "set", i, i), call(0, "shared", "set", 3, fmt.Sprint(i%7), i),
			}, false)}}})
		}
	}()
	list := func(id int) command.Call { return call(0, "shared", "list", id, "") }
	for running := true; running; {
		select {
		case <-done:
			running = false
		default:
		}
		tx := &command.Tx{Calls: []command.Call{list(2), list(3)}}
		u := unit([]command.Call{command.NewExec(table.Lookup([]byte("exec")), tx, nil)}, false)
		s.Read(u)
		body := bytes.TrimPrefix(u.W.Buf, []byte("*2\r\n"))
		if first, second := body[:len(body)/2], body[len(body)/2:]; !bytes.Equal(first, second) {
			t.Fatalf("torn: %q and %q", first, second)
		}
	}
}
