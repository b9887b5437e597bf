package sort_test

import (
	"slices"
	"testing"

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
	storetest.PlayScripts(t, kinds, rows)
}

func TestRowsAreRedis(t *testing.T) {
	storetest.CheckRows(t, sort.Rows)
}
