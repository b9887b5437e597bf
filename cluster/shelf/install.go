package shelf

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/msredis/msredis/internal/failpoint"
)

// Receive reads a stream of Reader into a shelf of its own beside the one in dir,
// which may be open meanwhile. When it returns, the new one is whole and safe on
// disk, and waits for Install. One stream is received at a time.
func Receive(dir string, r io.Reader, log *slog.Logger) (Meta, error) {
	return receiveFS(vfs.Default, dir, r, log)
}

func receiveFS(fs vfs.FS, dir string, r io.Reader, log *slog.Logger) (Meta, error) {
	m, err := receive(checkedFS{fs}, dir+".incoming", r, log)
	if err != nil {
		err = fmt.Errorf("receiving a snapshot: %w", err)
		if rerr := fs.RemoveAll(dir + ".incoming"); rerr != nil {
			err = errors.Join(err, rerr)
		}
	}
	return m, err
}

func receive(fs vfs.FS, dir string, r io.Reader, log *slog.Logger) (Meta, error) {
	in := &incoming{r: r}
	m, err := in.begin()
	if err != nil {
		return Meta{}, err
	}
	if err := fs.RemoveAll(dir); err != nil {
		return Meta{}, err
	}
	s, err := openDB(fs, dir, log)
	if err != nil {
		return Meta{}, err
	}
	if err := errors.Join(s.Write(m, in), s.Close()); err != nil {
		return Meta{}, err
	}
	return m, errors.Join(syncDir(fs, dir), syncDir(fs, filepath.Dir(dir)))
}

// Install puts the shelf that Receive has made in the place of the one in dir, which
// must be closed. After a crash at any moment Open finds the old snapshot or the new
// one, as a whole. It is the new one from the first rename on.
func Install(dir string) error { return installFS(vfs.Default, dir) }

func installFS(fs vfs.FS, dir string) error {
	fs = checkedFS{fs}
	failpoint.Hit(failpoint.InstallBegin)
	err := rename(fs, dir+".incoming", dir+".install")
	if err == nil {
		err = settle(fs, dir)
	}
	if err != nil {
		return fmt.Errorf("shelf %s: install: %w", dir, err)
	}
	return nil
}

// settle finishes an installation and clears away what is left of others. The
// order is such that it can be cut off and begun again anywhere.
func settle(fs vfs.FS, dir string) error {
	there, err := exists(fs, dir+".install")
	if err != nil {
		return err
	}
	if there {
		failpoint.Hit(failpoint.InstallMoved)
		old, err := exists(fs, dir)
		if err != nil {
			return err
		}
		if old {
			// An older one is complete or worthless: dir is there.
			if err := fs.RemoveAll(dir + ".old"); err != nil {
				return err
			}
			if err := rename(fs, dir, dir+".old"); err != nil {
				return err
			}
			failpoint.Hit(failpoint.InstallAway)
		}
		if err := rename(fs, dir+".install", dir); err != nil {
			return err
		}
		failpoint.Hit(failpoint.InstallPlaced)
	}
	return errors.Join(fs.RemoveAll(dir+".old"), fs.RemoveAll(dir+".incoming"))
}

func exists(fs vfs.FS, path string) (bool, error) {
	_, err := fs.Stat(path)
	if errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

// rename renames durably.
func rename(fs vfs.FS, from, to string) error {
	if err := fs.Rename(from, to); err != nil {
		return err
	}
	return syncDir(fs, filepath.Dir(to))
}

func syncDir(fs vfs.FS, dir string) error {
	d, err := fs.OpenDir(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
