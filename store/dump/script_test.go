package dump_test

import (
	"testing"

	"github.com/msredis/msredis/internal/recorded"
	"github.com/msredis/msredis/store"
	"github.com/msredis/msredis/store/storetest"
)

func TestScripts(t *testing.T) {
	t.Parallel()
	recorded.Run(t, "testdata/*.txt", storetest.Player(store.Kinds(), store.Rows()))
}
