package main

import (
	"fmt"
	"io"
	"path/filepath"

	"github.com/msredis/msredis/cluster"
	"github.com/msredis/msredis/internal/metrics"
	"github.com/msredis/msredis/internal/options"
	"github.com/msredis/msredis/store"
)

// resetMembers is `msredis reset-members`: it returns the exit code. The options are those
// that the node is started with.
func resetMembers(args []string, stdout, stderr io.Writer) int {
	opts := options.New()
	if err := opts.LoadArgs(args); err != nil {
		return fail(stderr, err)
	}
	done, err := resetDirectory(opts)
	if err != nil {
		return fail(stderr, err)
	}
	fmt.Fprintf(stdout, "%s is the only member of the new cluster %x, which has its data.\n"+
		"Start it as ever. New nodes join with empty directories and --join.\n", done.Name, done.Cluster)
	return 0
}

func resetDirectory(opts *options.Set) (done cluster.Reset, err error) {
	log, err := openLog(opts)
	if err != nil {
		return done, err
	}
	dir, err := filepath.Abs(opts.String("dir"))
	if err != nil {
		return done, err
	}
	lock, err := openDataDir(dir)
	if err != nil {
		return done, err
	}
	defer lock.Close()
	table, err := newTable()
	if err != nil {
		return done, err
	}
	return cluster.ResetMembers(cluster.Options{
		Dir: dir, Name: opts.String("node-name"), Agreed: opts.Agreed(), Groups: int(opts.Int("groups")),
		ElectionTimeout: opts.Duration("election-timeout"), RequestTimeout: opts.Duration("request-timeout"),
		SnapshotLogBytes: opts.Int("snapshot-log-bytes"), Table: table,
		NewStore: func(seed uint64) (*store.Store, error) {
			return store.New(store.Options{
				Table: table, Rows: store.Rows(), Kinds: store.Kinds(), Databases: int(opts.Int("databases")), HashSeed: seed,
			})
		},
		Log: log, Registry: metrics.NewRegistry(),
	})
}
