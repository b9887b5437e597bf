package sort_test

import (
	"slices"
	"testing"

	"github.com/msredis/msredis/internal/recorded"
	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/resp/command/commandtest"
	"github.com/msredis/msredis/store/hash"
	"github.com/msredis/msredis/store/keys"
	"github.com/msredis/msredis/store/keyspace"
	"github.com/msredis/msredis/store/list"
	"github.com/msredis/msredis/store/set"
	"github.com/msredis/msredis/store/sort"
	"github.com/msredis/msredis/store/storetest"
	"github.com/msredis/msredis/store/str"
	"github.com/msredis/msredis/store/zset"
)

var (
	kinds = []*keyspace.Kind{&str.Kind, &list.Kind, &hash.Kind, &set.Kind, &zset.Kind}
	rows  = slices.Concat(str.Rows, list.Rows, hash.Rows, set.Rows, zset.Rows, sort.Rows, keys.Rows)
)

func TestScripts(t *testing.T) {
	t.Parallel()
	recorded.Run(t, "testdata/*.txt", storetest.Player(kinds, rows))
}

func TestRowsAreRedis(t *testing.T) {
	t.Parallel()
	var specs []command.Spec
	for _, row := range sort.Rows {
		specs = append(specs, row.Spec)
	}
	table, err := command.NewTable(specs)
	if err != nil {
		t.Fatal(err)
	}
	for _, difference := range commandtest.Differences(table) {
		t.Error(difference)
	}
}
