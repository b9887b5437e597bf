package options

import (
	"errors"
	"slices"
	"testing"

	"github.com/msredis/msredis/internal/settings"
)

// CONFIG SET hands options of the cluster on, and changes its own only if the
// cluster has taken them.
func TestChangeIsShared(t *testing.T) {
	t.Parallel()
	s := New()
	var shared []Pair
	var refusal error
	s.ShareWith(func(pairs []Pair) error {
		shared = append(shared, pairs...)
		return refusal
	})
	pairs := []Pair{{"HASH-max-ziplist-value", "1kb"}, {"timeout", "7"}, {"list-max-listpack-size", "-1"}}
	for _, bad := range []Pair{{"timeout", "x"}, {"hash-max-listpack-value", "-1"}, {"list-max-listpack-size", "1"}, {"port", "1"}, {"none", "1"}} {
		if err := s.Change(append(slices.Clone(pairs), bad)); err == nil || shared != nil || s.Int("timeout") != 0 {
			t.Errorf("with %v: error %v, shared %v", bad, err, shared)
		}
	}
	refusal = errors.New("CLUSTERDOWN")
	if err := s.Change(pairs); err != refusal || s.Int("timeout") != 0 || s.Int("hash-max-listpack-value") != 64 {
		t.Errorf("refused: %v, timeout %d", err, s.Int("timeout"))
	}
	shared, refusal = nil, nil
	if err := s.Change(pairs); err != nil {
		t.Fatal(err)
	}
	if want := []Pair{{"hash-max-listpack-value", "1024"}, {"list-max-listpack-size", "-1"}}; !slices.Equal(shared, want) {
		t.Errorf("shared %v, want %v", shared, want)
	}
	if s.Int("timeout") != 7 || s.Int("hash-max-listpack-value") != 64 {
		t.Errorf("timeout %d, and before the cluster has told: %d", s.Int("timeout"), s.Int("hash-max-listpack-value"))
	}
	if err := s.Change([]Pair{{"timeout", "8"}}); err != nil || len(shared) != 2 {
		t.Errorf("%v, shared %v", err, shared)
	}
}

// What the cluster has set counts, whatever the file says.
func TestFollow(t *testing.T) {
	t.Parallel()
	s := New()
	path := write(t, "f.conf", "hash-max-ziplist-value 1kb\nproto-max-bulk-len 2mb\ntimeout 3\n")
	if err := s.LoadArgs([]string{path, "--proto-max-bulk-len", "3mb"}); err != nil {
		t.Fatal(err)
	}
	want := []Pair{{"hash-max-listpack-value", "1024"}, {"proto-max-bulk-len", "3145728"}}
	if got := s.Given(); !slices.Equal(got, want) {
		t.Errorf("given %v, want %v", got, want)
	}
	calls := 0
	s.OnChange("proto-max-bulk-len", func() { calls++ })
	v := settings.Default()
	v.HashMaxListpackValue = 1024
	for range 2 {
		s.Follow(v)
	}
	if s.Int("proto-max-bulk-len") != 512<<20 || s.Int("hash-max-listpack-value") != 1024 || s.Int("timeout") != 3 || calls != 1 {
		t.Errorf("proto-max-bulk-len %d, hash-max-listpack-value %d, %d calls", s.Int("proto-max-bulk-len"), s.Int("hash-max-listpack-value"), calls)
	}
	if got := s.Given(); !slices.Equal(got, want) {
		t.Errorf("given %v later, want %v", got, want)
	}
	for patterns, want := range map[string]bool{"timeout": false, "time*": false, "hash-max-ziplist-value": true, "*": true, "none": false} {
		if got := s.AnyShared(patterns); got != want {
			t.Errorf("AnyShared(%s) = %v", patterns, got)
		}
	}
}
