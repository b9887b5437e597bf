package hash_test

import (
	"slices"
	"testing"

	"github.com/msredis/msredis/store/hash"
	"github.com/msredis/msredis/store/keys"
	"github.com/msredis/msredis/store/keyspace"
	"github.com/msredis/msredis/store/storetest"
	"github.com/msredis/msredis/store/str"
)

var (
	kinds = []*keyspace.Kind{&str.Kind, &hash.Kind}
	rows  = slices.Concat(hash.Rows, str.Rows, keys.Rows)
)

func TestScripts(t *testing.T) {
	storetest.PlayScripts(t, kinds, rows)
}

func TestRowsAreRedis(t *testing.T) {
	storetest.CheckRows(t, hash.Rows)
}
