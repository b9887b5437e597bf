package str_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/msredis/msredis/store/storetest"
)

// TestMSetOfMany sets many keys again, which takes about as long as to make them: a key
// must not cost the more, the more keys the command has.
func TestMSetOfMany(t *testing.T) {
	t.Parallel()
	const keys = 200_000
	p := storetest.New(t, kinds, rows)
	mset := func(value string) time.Duration {
		args := []string{"MSET"}
		for i := range keys {
			args = append(args, fmt.Sprint("k", i), value)
		}
		begin := time.Now()
		if got := p.Do(args...); !strings.HasPrefix(got, "OK") && !strings.HasPrefix(got, "+OK") {
			t.Fatalf("MSET: %.80q", got)
		}
		return time.Since(begin)
	}
	first := mset("v")
	if again := mset("w"); again > 3*time.Second+5*first {
		t.Errorf("%v to make %d keys, %v to set them again", first, keys, again)
	}
}
