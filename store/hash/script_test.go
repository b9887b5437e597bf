package hash_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/msredis/msredis/internal/recorded"
	"github.com/msredis/msredis/resp/command/commandtest"
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
	t.Parallel()
	recorded.Run(t, "testdata/*.txt", storetest.Player(kinds, rows))
}

func TestRowsAreRedis(t *testing.T) {
	t.Parallel()
	for _, difference := range commandtest.Differences(storetest.Table(hash.Rows)) {
		if !strings.HasPrefix(difference, "exec:") { // a stand-in of storetest
			t.Error(difference)
		}
	}
}
