package hash

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/msredis/msredis/store/keyspace"
)

// TestTimesAgainstMap gives fields deadlines, takes them away and lets them
// pass, and compares with two maps.
func TestTimesAgainstMap(t *testing.T) {
	t.Parallel()
	for name, fields := range map[string]int{"packed": 30, "table": 900} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rnd := rand.New(rand.NewPCG(3, uint64(fields)))
			h, there, times := New(), map[string]bool{}, map[string]int64{}
			now, hid := int64(1000), false
			for range 20_000 {
				field := fmt.Sprint("field ", rnd.IntN(fields))
				switch rnd.IntN(8) {
				case 0, 1, 2:
					h.Set(byDefault, []byte(field), []byte(field))
					there[field] = true
				case 3:
					h.Remove([]byte(field))
					delete(there, field)
					delete(times, field)
				case 4, 5:
					if there[field] {
						times[field] = now + 1 + int64(rnd.IntN(5000))
						h.expire([]byte(field), times[field])
					}
				case 6:
					h.times.drop(h, []byte(field))
					delete(times, field)
				case 7:
					now += int64(rnd.IntN(20))
					if rnd.IntN(400) == 0 {
						now += 4000 // more are due than are removed at once
					}
					h.ExpireParts(now, rnd.IntN(3) == 0)
					if rnd.IntN(3) == 0 {
						h.SweepParts()
					}
					for field, at := range times {
						if at <= now {
							delete(times, field)
							delete(there, field)
						}
					}
				}
				hidden := h.times != nil && h.times.hidden > 0
				if hid = hid || hidden; rnd.IntN(100) == 0 || hidden && rnd.IntN(4) == 0 {
					compareTimes(t, h, there, times, now)
				}
			}
			if hid != (name == "table") {
				t.Errorf("fields were hidden: %v", hid)
			}
		})
	}
}

func compareTimes(t *testing.T, h *Hash, there map[string]bool, times map[string]int64, now int64) {
	t.Helper()
	if h.Len() != len(there) || len(times) > 0 && h.times == nil || len(times) == 0 && h.times != nil && h.times.hidden == 0 {
		t.Fatalf("%d fields, want %d", h.Len(), len(there))
	}
	next := int64(0)
	for field := range there {
		at := h.Deadline([]byte(field))
		if at != times[field] {
			t.Fatalf("%s expires at %d, want %d", field, at, times[field])
		}
		if at != 0 && (next == 0 || at < next) {
			next = at
		}
	}
	if h.PartAfter(now) != next {
		t.Fatalf("the next deadline is %d, want %d", h.PartAfter(now), next)
	}
	hidden := h.times != nil && h.times.hidden > 0
	if !hidden && h.NextPart() != next || hidden && h.NextPart() > now {
		t.Fatalf("the next deadline is %d, want %d", h.NextPart(), next)
	}
	if h.Len() == 0 {
		return
	}
	data := h.Encode(nil)
	decoded, err := Kind.Decode(data)
	if err != nil {
		t.Fatal(err)
	}
	decoded.(*Hash).ExpireParts(now, true)
	for _, same := range []keyspace.Value{decoded, h.Clone(), decoded.(*Hash).AsOf(now)} {
		c := same.(*Hash)
		if digest(c) != digest(h) || c.Len() != h.Len() || c.NextPart() != next {
			t.Fatal("a copy differs")
		}
		if !hidden && (string(c.Encode(nil)) != string(data) || c.MemSize() != h.MemSize()) {
			t.Fatal("a copy differs")
		}
	}
}
