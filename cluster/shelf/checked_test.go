package shelf

import (
	"errors"
	"math/rand"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"
)

// TestDiskErrors: after a failed sync, or a write that fails for another reason
// than lack of room, the disk is not trusted any more.
func TestDiskErrors(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name     string
		kind     errorfs.OpKind
		path     string
		err      error
		distrust bool
	}{
		{"sync of a table", errorfs.OpFileSyncData, ".sst", syscall.EIO, true},
		{"sync of a table, no room", errorfs.OpFileSyncData, ".sst", syscall.ENOSPC, true},
		{"sync of the newest", errorfs.OpFileSync, "newest.tmp", syscall.EIO, true},
		{"write", errorfs.OpFileWrite, ".sst", syscall.EIO, true},
		{"write, no room", errorfs.OpFileWrite, ".sst", syscall.ENOSPC, false},
		{"write, quota", errorfs.OpFileWrite, ".sst", syscall.EDQUOT, false},
		{"rename", errorfs.OpRename, "newest", syscall.ENOSPC, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			var on atomic.Bool
			fs := errorfs.Wrap(vfs.NewMem(), errorfs.InjectorFunc(func(op errorfs.Op) error {
				if on.Load() && op.Kind == tc.kind && strings.Contains(op.Path, tc.path) {
					return tc.err
				}
				return nil
			}))
			s, err := openFS(fs, "/s", quiet)
			must(t, err)
			on.Store(true)
			err = s.Write(meta(1), random(rand.New(rand.NewSource(1)), map[string]string{}, false))
			disk := (*DiskError)(nil)
			if !errors.Is(err, tc.err) || errors.As(err, &disk) != tc.distrust || disk != nil && !strings.Contains(disk.Path, tc.path) {
				t.Errorf("%v", err)
			}
			on.Store(false)
			must(t, s.Close())
		})
	}
}
