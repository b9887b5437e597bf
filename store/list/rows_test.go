package list_test

import (
	"strings"
	"testing"

	"github.com/msredis/msredis/resp/command/commandtest"
	"github.com/msredis/msredis/store/list"
	"github.com/msredis/msredis/store/storetest"
)

func TestRowsAreRedis(t *testing.T) {
	t.Parallel()
	for _, difference := range commandtest.Differences(storetest.Table(list.Rows)) {
		if !strings.HasPrefix(difference, "exec:") { // a stand-in of storetest
			t.Error(difference)
		}
	}
}
