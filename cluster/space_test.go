package cluster

import (
	"io"
	"log/slog"
	"os"
	"testing"
)

// The reserve is given back when room is short, and taken when there is enough. Until then nothing
// may be added, whatever room the reserve has made.
func TestSpace(t *testing.T) {
	t.Parallel()
	const mb = 1 << 20
	free := int64(1000 * mb)
	s := newSpace(t.TempDir(), func(string) (int64, error) { return free, nil }, slog.New(slog.NewTextHandler(io.Discard, nil)))
	for _, step := range []struct {
		free    int64
		room    int64
		reserve int64
	}{
		{980 * mb, 948 * mb, 20 * mb}, // taken by the first look
		{33 * mb, mb, 20 * mb},
		{31 * mb, 0, 4 * mb}, // given back
		{47 * mb, 0, 4 * mb}, // by that: no room for others
		{33 * mb, 0, 4 * mb},
		{0, 0, 4 * mb},
		{71 * mb, 0, 4 * mb},
		{72 * mb, 24 * mb, 20 * mb}, // taken again
		{32 * mb, 0, 20 * mb},
		{0, 0, 4 * mb},
	} {
		free = step.free
		s.look()
		st, err := os.Stat(s.path())
		if err != nil {
			t.Fatal(err)
		}
		if room := s.room.Load(); room != step.room || st.Size() != step.reserve {
			t.Errorf("%d MB free: room for %d MB, want %d; %d MB reserved", step.free/mb, room/mb, step.room/mb, st.Size()/mb)
		}
	}
	// The next start has what was left of it, and leaves something to the one after that.
	s = newSpace(s.dir, s.free, s.log)
	if _, err := os.Stat(s.path()); err == nil || s.room.Load() != 0 {
		t.Errorf("a start on a full disk: %v, room for %d bytes", err, s.room.Load())
	}
	free = 8 * mb
	s.look()
	if st, err := os.Stat(s.path()); err != nil || st.Size() != 4*mb || s.room.Load() != 0 {
		t.Errorf("with some room: %v", err)
	}
}
