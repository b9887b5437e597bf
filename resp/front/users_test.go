package front

import (
	"testing"

	"github.com/msredis/msredis/resp/reply"
)

// No change of users overtakes those with which a cluster is founded: it would leave them
// without effect. It waits as long as a command may.
func TestChangesAwaitFounding(t *testing.T) {
	t.Parallel()
	srv := newTestServer(t, "--request-timeout", "100")
	srv.HoldUsers()
	change := func() error {
		_, err := srv.changeUsers(nil, "SET", []byte("alice"))
		return err
	}
	if err := change(); err == nil || err.Error() != reply.ErrNoQuorum {
		t.Errorf("before the users of the cluster are known: %v", err)
	}
	if srv.users.now.Load().Get([]byte("alice")) != nil {
		t.Error("alice is there")
	}
	srv.SettleUsers()
	srv.SettleUsers()
	if err := change(); err != nil {
		t.Error(err)
	}
}
