package geo_test

import (
	"slices"
	"testing"

	"github.com/msredis/msredis/store/geo"
	"github.com/msredis/msredis/store/keys"
	"github.com/msredis/msredis/store/keyspace"
	"github.com/msredis/msredis/store/storetest"
	"github.com/msredis/msredis/store/str"
	"github.com/msredis/msredis/store/zset"
)

var (
	kinds = []*keyspace.Kind{&str.Kind, &zset.Kind}
	rows  = slices.Concat(str.Rows, zset.Rows, geo.Rows, keys.Rows)
)

func TestScripts(t *testing.T) {
	storetest.PlayScripts(t, kinds, rows)
}

func TestRowsAreRedis(t *testing.T) {
	storetest.CheckRows(t, geo.Rows)
}
