package stream_test

import (
	"slices"
	"testing"

	"github.com/msredis/msredis/store/keys"
	"github.com/msredis/msredis/store/keyspace"
	"github.com/msredis/msredis/store/storetest"
	"github.com/msredis/msredis/store/str"
	"github.com/msredis/msredis/store/stream"
)

var (
	kinds = []*keyspace.Kind{&str.Kind, &stream.Kind}
	rows  = slices.Concat(str.Rows, stream.Rows, keys.Rows)
)

func TestScripts(t *testing.T) {
	storetest.PlayScripts(t, kinds, rows)
}

func TestRowsAreRedis(t *testing.T) {
	storetest.CheckRows(t, stream.Rows)
}
