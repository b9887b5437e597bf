package replica

import (
	"bytes"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/msredis/msredis/resp/command"
	"go.etcd.io/raft/v3/raftpb"
)

// unit has one of everything; want are the calls that the log carries of it.
func sampleUnit(table *command.Table) (u *command.Unit, want []command.Call) {
	set, get, exec := table.Lookup([]byte("set")), table.Lookup([]byte("get")), table.Lookup([]byte("exec"))
	args := func(words ...string) (out [][]byte) {
		for _, w := range words {
			out = append(out, []byte(w))
		}
		return out
	}
	write := command.NewCall(set, args("SET", "k", string([]byte{0, 255, '\r', '\n'})), 3, nil)
	read := command.NewCall(get, args("GET", "k"), 0, nil)
	watches := []command.Watch{{DB: 15, Key: []byte("w"), Version: 1 << 60}, {Key: []byte{}, Version: 0}}
	tx := command.NewExec(exec, &command.Tx{Calls: []command.Call{read, write}, Watches: watches}, nil)
	logged := command.NewExec(exec, &command.Tx{Calls: []command.Call{write}, Watches: watches}, nil)
	by := &command.Caller{User: "alice", Version: 300, Unproven: true}
	tx.SetBy(by)
	logged.SetBy(by)
	return &command.Unit{Calls: []command.Call{read, write, command.NewLiteral([]byte("+PONG\r\n")), tx}}, []command.Call{write, logged}
}

func TestEntryRoundTrip(t *testing.T) {
	table := newNetwork(t, 1, 1).table
	u, want := sampleUnit(table)
	payload := encode(u)
	id := bundleID{Node: 7, Incarnation: 1 << 40, Seq: 300}
	data := appendBundle(appendBundle(appendHeader(nil, stamp{time: -5}, 1<<63), id, payload), id, nil)
	at, seed, bundles, err := decodeEntry(data, nil)
	if err != nil || at != -5 || seed != 1<<63 || len(bundles) != 2 || bundles[0].id != id || len(bundles[1].payload) != 0 {
		t.Fatalf("decoded %d %d %v, %v", at, seed, bundles, err)
	}
	got, err := decodeAlone(bundles[0].payload, table)
	if err != nil || !got.W.Discard || !reflect.DeepEqual(got.Calls, want) {
		t.Fatalf("decoded %+v, %v\nwant %+v", got, err, want)
	}
}

// Every proper prefix of an entry is refused or is a shorter list of bundles.
func TestEntryCutOff(t *testing.T) {
	table := newNetwork(t, 1, 1).table
	u, _ := sampleUnit(table)
	payload := encode(u)
	for n := range payload {
		if got, err := decodeAlone(payload[:n], table); err == nil && len(got.Calls) == 2 {
			t.Fatalf("a payload cut at %d of %d bytes decodes whole", n, len(payload))
		}
	}
	data := appendBundle(appendHeader(nil, stamp{time: 1}, 2), bundleID{1, 1, 1}, payload)
	for n := range data {
		if _, _, b, err := decodeEntry(data[:n], nil); err == nil && len(b) > 0 {
			t.Fatalf("an entry cut at %d of %d bytes decodes whole", n, len(data))
		}
	}
}

// An entry of another version is not guessed at: the error says what to do.
func TestEntryOfAnotherVersion(t *testing.T) {
	table := newNetwork(t, 1, 1).table
	header := appendHeader(nil, stamp{time: 1}, 2)
	unknown := appendBundle(header, bundleID{1, 1, 1}, []byte("\x00\x00\x02\x04LATR\x01k"))
	for want, data := range map[string][]byte{
		"run the version that wrote it": append([]byte{entryVersion + 1}, header[1:]...),
		`"LATR": upgrade this node`:     unknown,
	} {
		e := &raftpb.Entry{Index: new(uint64(7)), Term: new(uint64(1)), Data: data}
		_, _, _, err := NewLedger(table).Open(nil, []*raftpb.Entry{e}, nil, 1, 1)
		if err == nil || !strings.HasPrefix(err.Error(), "entry 7: ") || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

// Hostile bytes give an error; what decodes encodes to something that decodes
// to the same.
func FuzzEntry(f *testing.F) {
	table, err := command.NewTable(testSpecs)
	if err != nil {
		f.Fatal(err)
	}
	u, _ := sampleUnit(table)
	f.Add(appendBundle(appendHeader(nil, stamp{time: 1}, 2), bundleID{1, 2, 3}, encode(u)))
	f.Add(appendHeader(nil, stamp{time: 0}, 0))
	f.Add([]byte{2})
	f.Add(bytes.Repeat([]byte{1}, 64))
	f.Fuzz(func(t *testing.T, data []byte) {
		_, _, bundles, err := decodeEntry(data, nil)
		if err != nil {
			return
		}
		for _, b := range bundles {
			u, err := decodeAlone(b.payload, table)
			if err != nil {
				continue
			}
			again, err := decodeAlone(encode(u), table)
			if err != nil || !reflect.DeepEqual(again.Calls, u.Calls) && len(u.Calls) > 0 {
				if encodesNothing(u) {
					continue
				}
				t.Fatalf("%+v became %+v, %v", u, again, err)
			}
		}
	})
}

// encodesNothing: an EXEC without writes is not written to the log.
func encodesNothing(u *command.Unit) bool {
	for i := range u.Calls {
		if !u.Calls[i].Writes() {
			return true
		}
	}
	return false
}

func encode(u *command.Unit) []byte {
	payload, _ := appendUnit(nil, u, nobody)
	return payload
}

func decodeAlone(payload []byte, table *command.Table) (*command.Unit, error) {
	return (&decoder{table: table}).payload(payload, nobody)
}

// What is decoded into the memory of what was applied is all there, and whoever
// has kept an argument, or a slice of them, has it still.
func TestRecycledUnits(t *testing.T) {
	table := newNetwork(t, 1, 1).table
	l := NewLedger(table)
	set := table.Lookup([]byte("set"))
	var kept [][][]byte
	for round := range 5 {
		sample, want := sampleUnit(table)
		sample.Calls[1].Args[2] = fmt.Append(nil, round)
		sample.Calls = append(sample.Calls, command.NewCall(set, [][]byte{[]byte("set"), make([]byte, round), []byte("v")}, 0, nil))
		want = append(want, sample.Calls[4])
		got, err := l.decoder.payload(encode(sample), nobody)
		if err != nil || !got.W.Discard || !reflect.DeepEqual(got.Calls, want) {
			t.Fatalf("round %d: %+v, %v\nwant %+v", round, got, err, want)
		}
		kept = append(kept, got.Calls[0].Args)
		l.Recycle()
		if len(l.decoder.spare) != 1 || len(l.decoder.lent) != 0 {
			t.Fatalf("round %d: %d units are kept, %d lent", round, len(l.decoder.spare), len(l.decoder.lent))
		}
	}
	for round, args := range kept {
		if want := fmt.Sprint(round); len(args) != 3 || string(args[2]) != want {
			t.Errorf("arguments that were kept are %q, want the value %q", args, want)
		}
	}
}

// What a follower does with the sets of a pipeline before the store has them.
func BenchmarkPayload(b *testing.B) {
	table, err := command.NewTable(testSpecs)
	if err != nil {
		b.Fatal(err)
	}
	u := &command.Unit{}
	for range 400 {
		u.Calls = append(u.Calls, command.NewCall(table.Lookup([]byte("set")), [][]byte{[]byte("SET"), []byte("key:000000012345"), make([]byte, 64)}, 0, nil))
	}
	payload := encode(u)
	d := decoder{table: table}
	b.Run("decode", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := d.payload(payload, nobody); err != nil {
				b.Fatal(err)
			}
			d.recycle()
		}
	})
	// What a leader does with them before it proposes them.
	b.Run("check", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if err := checkPayload(payload, table); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// A unit is encoded into the room that is made for it.
func TestUnitRoom(t *testing.T) {
	t.Parallel()
	table := newNetwork(t, 1, 1).table
	u, _ := sampleUnit(table)
	set := command.NewCall(table.Lookup([]byte("set")), [][]byte{[]byte("SET"), []byte("k"), make([]byte, 2*MaxEntryBytes)}, 0, nil)
	u.Calls = append(u.Calls, set, command.NewExec(nil, &command.Tx{Calls: []command.Call{set, set}, Watches: []command.Watch{{Key: make([]byte, 100), Version: 1 << 63}}}, nil))
	u.Bytes = 6 * MaxEntryBytes
	b := &Bundle{by: nobody}
	if !b.add(&Proposal{Unit: u}) {
		t.Fatal("not added")
	}
	if room := unitRoom(u); len(b.payload) > room || cap(b.payload) < room || cap(b.payload) > room+room/8 {
		t.Errorf("%d bytes with room for %d, %d was made", len(b.payload), room, cap(b.payload))
	}
}
