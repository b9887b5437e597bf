package cluster

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/msredis/msredis/cluster/replica"
	"github.com/msredis/msredis/cluster/transport"
)

// TestMeetings: what was met is known after a restart; a damaged file is named; one
// that is gone means that nobody was met.
func TestMeetings(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, meetingsFile)
	load := func() *meetings {
		m := &meetings{}
		if err := m.load(dir); err != nil {
			t.Fatal(err)
		}
		return m
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	refused := func(err error) {
		t.Helper()
		if r := (*transport.RefusedError)(nil); !errors.As(err, &r) || r.Why != transport.Outdated {
			t.Errorf("let in: %v", err)
		}
	}
	p := func(starts, run, last uint64) transport.Process {
		return transport.Process{Starts: starts, Run: run, Last: last}
	}
	m := load()
	must(m.meet(2, []uint64{0}, p(3, 30, 9)))
	must(m.meet(2, []uint64{0}, p(3, 30, 9)))
	must(m.meet(3, []uint64{0}, p(1, 10, 9)))
	m = load()
	refused(m.meet(2, []uint64{0}, p(2, 20, 99)))
	refused(m.meet(2, []uint64{0}, p(3, 31, 99)))
	refused(m.meet(2, []uint64{10}, p(4, 40, 9)))
	must(m.meet(2, []uint64{10}, p(4, 40, 10)))

	members := replica.Members{LastID: 3, List: []replica.Member{{ID: 1}, {ID: 2}}}
	m.raise(0, map[uint64]uint64{1: 50, 2: 50}, 1)
	refused(m.meet(2, []uint64{0}, p(5, 50, 49)))
	must(m.flush(&members))
	m = load()
	refused(m.meet(2, []uint64{0}, p(5, 50, 49)))
	must(m.meet(2, []uint64{0}, p(5, 50, 50)))
	// The same for each further group.
	lasts := func(run uint64, lasts ...uint64) transport.Process {
		return transport.Process{Starts: run / 10, Run: run, Last: 50, Lasts: lasts}
	}
	must(m.meet(2, []uint64{50, 0, 7}, lasts(60, 0, 7)))
	refused(m.meet(2, nil, lasts(70, 9, 6)))
	m.raise(1, map[uint64]uint64{2: 8}, 1)
	must(m.flush(&members))
	m = load()
	refused(m.meet(2, nil, lasts(70, 7, 7)))
	refused(m.meet(2, nil, lasts(70, 8, 6)))
	must(m.meet(2, nil, lasts(70, 8, 7)))
	if _, ok := m.file.Peers[3]; ok {
		t.Error("a member that was removed is remembered")
	}
	if _, ok := m.file.Peers[1]; ok {
		t.Error("the node remembers itself")
	}

	data, err := os.ReadFile(path)
	must(err)
	for i := range data {
		bad := append([]byte(nil), data...)
		bad[i] ^= 2
		must(os.WriteFile(path, bad, 0o600))
		if err := new(meetings).load(dir); err == nil || !strings.Contains(err.Error(), path) {
			t.Fatalf("byte %d: %v", i, err)
		}
	}
	must(os.Remove(path))
	must(load().meet(2, []uint64{0}, p(1, 1, 0)))
}
