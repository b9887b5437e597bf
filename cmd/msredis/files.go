package main

import (
	"fmt"
	"math"
	"syscall"

	"github.com/msredis/msredis/cluster/transport"
	"github.com/msredis/msredis/internal/metrics"
	"github.com/msredis/msredis/internal/options"
	"github.com/msredis/msredis/resp/reply"
)

// A node whose log cannot open its next segment ends. So the file descriptors that the
// system allows are dealt out. Connections from outside have bounds, and maxclients is
// no more than the rest.
const (
	shelfFiles = 320 // tables of snapshots that are open, and those being written
	logFiles   = 32  // segments
	peerFiles  = transport.MaxStrangers + 24
	ownFiles   = 8 // log, lock, event loops, listeners
	// reservedFiles are not for clients.
	reservedFiles = shelfFiles + logFiles + peerFiles + ownFiles + metrics.MaxConns

	// fewestFiles is what a node cannot start with less of. Where there are fewer than
	// reservedFiles and some, a quarter is for clients: it is a small node.
	fewestFiles = 128
	fewShare    = 4
)

// openFiles is how many files the system lets this process open. The Go runtime has
// raised the soft limit already.
func openFiles() int64 {
	var files syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &files); err != nil {
		return math.MaxInt32
	}
	return int64(min(files.Cur, math.MaxInt32))
}

// clientsThatFit is how many clients there may be where so many files may be open.
func clientsThatFit(files int64) int64 { return max(files-reservedFiles, files/fewShare) }

// boundClients makes maxclients what there are file descriptors for, as Redis does,
// and keeps CONFIG SET to it.
func boundClients(opts *options.Set, files int64, warn func(msg string, args ...any)) error {
	if files < fewestFiles {
		return fmt.Errorf("the system allows %d open files (ulimit -n), and a node needs %d at the least", files, fewestFiles)
	}
	most := clientsThatFit(files)
	opts.Check("maxclients", func(n int64) error {
		if n > most {
			return fmt.Errorf(reply.ErrTooManyFiles, most)
		}
		return nil
	})
	if want := opts.Int("maxclients"); want > most {
		warn("maxclients has been reduced to what the open files that the system allows (ulimit -n) leave", "maxclients", want, "reduced", most, "files", files)
		return opts.Change([]options.Pair{{Name: "maxclients", Value: fmt.Sprint(most)}})
	}
	return nil
}
