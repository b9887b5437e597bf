package shelf

import (
	"errors"
	"fmt"
	"syscall"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/msredis/msredis/internal/failpoint"
)

// DiskError says that the disk can no longer be trusted. A sync failed, after which
// nobody knows what the kernel has dropped. Or a write failed, other than for lack of
// room. The node has to stop.
type DiskError struct {
	Path string
	Err  error
}

func (e *DiskError) Error() string { return fmt.Sprintf("disk failure at %s: %v", e.Path, e.Err) }
func (e *DiskError) Unwrap() error { return e.Err }

// checkedFS makes failures that end the trust in the disk a *DiskError, however
// deep below Pebble they come from.
type checkedFS struct{ vfs.FS }

func (c checkedFS) Create(name string, category vfs.DiskWriteCategory) (vfs.File, error) {
	if err := failpoint.Err(failpoint.ShelfCreate); err != nil {
		return nil, err
	}
	f, err := c.FS.Create(name, category)
	return checked(name, f, err)
}

func (c checkedFS) OpenDir(name string) (vfs.File, error) {
	f, err := c.FS.OpenDir(name)
	return checked(name, f, err)
}

func (c checkedFS) OpenReadWrite(name string, category vfs.DiskWriteCategory, opts ...vfs.OpenOption) (vfs.File, error) {
	f, err := c.FS.OpenReadWrite(name, category, opts...)
	return checked(name, f, err)
}

func (c checkedFS) ReuseForWrite(oldname, newname string, category vfs.DiskWriteCategory) (vfs.File, error) {
	f, err := c.FS.ReuseForWrite(oldname, newname, category)
	return checked(newname, f, err)
}

func (c checkedFS) Link(oldname, newname string) error {
	if err := failpoint.Err(failpoint.ShelfLink); err != nil {
		return err
	}
	return c.FS.Link(oldname, newname)
}

func (c checkedFS) Rename(oldname, newname string) error {
	if err := failpoint.Err(failpoint.ShelfRename); err != nil {
		return err
	}
	return c.FS.Rename(oldname, newname)
}

type checkedFile struct {
	vfs.File
	path string
}

// checked wraps a file that was opened for writing, or a directory.
func checked(path string, f vfs.File, err error) (vfs.File, error) {
	if err != nil {
		return nil, err
	}
	return checkedFile{f, path}, nil
}

// judge looks at an error of a write or, if there is none, at the one that is
// injected.
func (f checkedFile) judge(err, injected error, sync bool) error {
	if err == nil {
		err = injected
	}
	full := errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
	if err == nil || full && !sync {
		return err
	}
	return &DiskError{f.path, err}
}

func (f checkedFile) Write(b []byte) (int, error) {
	if err := f.judge(nil, failpoint.Err(failpoint.ShelfWrite), false); err != nil {
		return 0, err
	}
	n, err := f.File.Write(b)
	return n, f.judge(err, nil, false)
}

func (f checkedFile) Sync() error {
	injected := failpoint.Err(failpoint.ShelfSync)
	return f.judge(f.File.Sync(), injected, true)
}

func (f checkedFile) SyncTo(length int64) (bool, error) {
	injected := failpoint.Err(failpoint.ShelfSync)
	full, err := f.File.SyncTo(length)
	return full, f.judge(err, injected, true)
}

func (f checkedFile) SyncData() error {
	injected := failpoint.Err(failpoint.ShelfSync)
	return f.judge(f.File.SyncData(), injected, true)
}
