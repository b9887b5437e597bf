package hll_test

import (
	"slices"
	"testing"

	"github.com/msredis/msredis/store/hll"
	"github.com/msredis/msredis/store/keys"
	"github.com/msredis/msredis/store/keyspace"
	"github.com/msredis/msredis/store/list"
	"github.com/msredis/msredis/store/storetest"
	"github.com/msredis/msredis/store/str"
)

var (
	kinds = []*keyspace.Kind{&str.Kind, &list.Kind}
	rows  = slices.Concat(str.Rows, list.Rows, hll.Rows, keys.Rows)
)

func TestScripts(t *testing.T) {
	storetest.PlayScripts(t, kinds, rows)
}

func TestRowsAreRedis(t *testing.T) {
	storetest.CheckRows(t, hll.Rows)
}
