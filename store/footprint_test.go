package store_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/msredis/msredis/resp/command"
)

// TestKeysOfOptions: keys that only the arguments tell.
func TestKeysOfOptions(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		call, keys string
		ok, any    bool
	}{
		{"sort k", "1", true, false},
		{"sort k by nosort get # store d", "1 7", true, false},
		{"sort k by w_* store d", "1 5", true, true},
		{"sort k store a STORE b", "1 5", true, false},
		{"sort k store store get x*", "1 3", true, true},
		{"sort k limit store 1 by by get get", "1", true, false},
		{"sort k limit store 1 store d", "1 6", true, false},
		{"sort k get *->f", "1", true, true},
		{"sort k store", "1", true, false},
		{"sort k by", "1", true, false},
		{"sort_ro k get a*", "1", true, true},
		{"sort_ro k", "1", true, false},
		{"georadius k 0 0 1 m", "1", true, false},
		{"georadius k 0 0 1 m asc store d", "1 8", true, false},
		{"georadius k 0 0 1 m STOREDIST d store e", "1 9 7", true, false},
		{"georadius k 0 0 1 m store", "1", true, false},
		{"georadiusbymember k m 1 m store d", "1 6", true, false},
		{"pfmerge d", "1", false, false},
		{"pfmerge d a b", "1 2 3", true, false},
	} {
		f := footprint(tt.call)
		var keys []string
		for i := range f.Len() {
			keys = append(keys, fmt.Sprint(f.Key(i).Pos))
		}
		if got := strings.Join(keys, " "); got != tt.keys || f.Faulty() == tt.ok || f.AnyKey() != tt.any {
			t.Errorf("%s: keys %s, faulty %v, any %v; want %s, %v, %v", tt.call, got, f.Faulty(), f.AnyKey(), tt.keys, !tt.ok, tt.any)
		}
	}
}

// footprint returns that of a command.
func footprint(line string) *command.Footprint {
	var words []any
	for word := range strings.FieldsSeq(line) {
		words = append(words, word)
	}
	c := call(0, words...)
	return c.Footprint()
}
