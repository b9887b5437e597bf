package shelf

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
)

var background = context.Background()

const (
	// format is Pebble's format of the files. From this one on, every part of
	// a table has a checksum.
	format = pebble.FormatTableFormatV6
	// cacheBytes is small: a shelf is read from end to end or not at all.
	cacheBytes = 8 << 20
	// memTableBytes is as small as it gets: nothing is ever written there.
	memTableBytes = 64 << 10
	openFiles     = 256
	// tableBytes is where tables are split.
	tableBytes = 64 << 20
	// paceBytes is how much may be written in a second, by snapshots and
	// compactions together. They have time; the log, which shares the disk,
	// has none.
	paceBytes = 128 << 20
	// paceBurst may be written at once.
	paceBurst = 1 << 20
)

// options tunes Pebble for few large ingests and sequential reads.
func options(fs vfs.FS, log *slog.Logger) *pebble.Options {
	o := &pebble.Options{
		FS:                         fs,
		FormatMajorVersion:         format,
		DisableWAL:                 true,
		CacheSize:                  cacheBytes,
		MemTableSize:               memTableBytes,
		MaxOpenFiles:               openFiles,
		Logger:                     logger{log},
		CompactionConcurrencyRange: func() (int, int) { return 1, 1 },
	}
	o.TargetFileSizes[0] = 8 << 20
	// Loading is not a reason to compact.
	o.Experimental.ReadSamplingMultiplier = -1
	// Removing files at once would fill the file system's journal, which the
	// log's syncs go through.
	o.TargetByteDeletionRate = paceBytes
	o.EventListener = &pebble.EventListener{
		BackgroundError: func(err error) { log.Error("the snapshot store failed in the background", "err", err) },
		DataCorruption: func(info pebble.DataCorruptionInfo) {
			log.Error("a file of the snapshot store is damaged", "path", info.Path, "err", info.Details)
		},
	}
	o.EnsureDefaults()
	return o
}

// logger is Pebble's way to slog. Pebble's reports on its work are debug.
type logger struct{ log *slog.Logger }

func (l logger) Infof(format string, args ...any) {
	if l.log.Enabled(background, slog.LevelDebug) {
		l.log.Debug("pebble: " + fmt.Sprintf(format, args...))
	}
}

func (l logger) Errorf(format string, args ...any) {
	l.log.Error("pebble: " + fmt.Sprintf(format, args...))
}

// Fatalf ends the process, as Pebble requires: it has found that it cannot tell
// any more what is on disk. The log and the last whole snapshot are there.
func (l logger) Fatalf(format string, args ...any) {
	l.Errorf(format, args...)
	os.Exit(1)
}

// pacedFS slows down the writing of files.
type pacedFS struct {
	vfs.FS
	mu   sync.Mutex
	free time.Time // when what was written so far would be through at paceBytes
}

func (p *pacedFS) Create(name string, category vfs.DiskWriteCategory) (vfs.File, error) {
	f, err := p.FS.Create(name, category)
	if err != nil {
		return nil, err
	}
	return &pacedFile{File: f, fs: p}, nil
}

type pacedFile struct {
	vfs.File
	fs *pacedFS
}

func (f *pacedFile) Write(b []byte) (int, error) {
	f.fs.spend(len(b))
	return f.File.Write(b)
}

// spend waits until n more bytes may be written.
func (p *pacedFS) spend(n int) {
	const burst = time.Second * paceBurst / paceBytes
	now := time.Now()
	p.mu.Lock()
	if p.free.Before(now.Add(-burst)) {
		p.free = now.Add(-burst)
	}
	p.free = p.free.Add(time.Second * time.Duration(n) / paceBytes)
	wait := p.free.Sub(now)
	p.mu.Unlock()
	if wait > 0 {
		time.Sleep(wait)
	}
}
