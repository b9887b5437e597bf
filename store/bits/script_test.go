package bits_test

import (
	"slices"
	"testing"

	"github.com/msredis/msredis/store/bits"
	"github.com/msredis/msredis/store/keys"
	"github.com/msredis/msredis/store/keyspace"
	"github.com/msredis/msredis/store/storetest"
	"github.com/msredis/msredis/store/str"
)

var (
	kinds = []*keyspace.Kind{&str.Kind, &storetest.Other}
	rows  = slices.Concat(str.Rows, bits.Rows, keys.Rows, storetest.OtherRows)
)

func TestScripts(t *testing.T) {
	storetest.PlayScripts(t, kinds, rows)
}
