package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// lockFile is held by the process that uses a data directory.
const lockFile = "LOCK"

// dataDir is a data directory that this process has taken.
type dataDir struct{ lock *os.File }

// openDataDir creates the data directory if it is missing and takes it for this
// process. It stays locked until Close or the end of the process, however that ends.
func openDataDir(path string) (*dataDir, error) {
	if err := os.MkdirAll(path, 0o750); err != nil {
		return nil, fmt.Errorf("data directory: %w", err)
	}
	lock, err := os.OpenFile(filepath.Join(path, lockFile), os.O_CREATE|os.O_RDWR, 0o640)
	if err != nil {
		return nil, fmt.Errorf("data directory: %w", err)
	}
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		lock.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, fmt.Errorf("data directory %s is in use by another process", path)
		}
		return nil, fmt.Errorf("data directory: lock %s: %w", lock.Name(), err)
	}
	return &dataDir{lock}, nil
}

// Close gives the directory free. It unlocks the file rather than rely on closing it. A
// child process that is just being started may not have closed the files that it
// inherited, and would keep the lock.
func (d *dataDir) Close() error {
	return errors.Join(syscall.Flock(int(d.lock.Fd()), syscall.LOCK_UN), d.lock.Close())
}
