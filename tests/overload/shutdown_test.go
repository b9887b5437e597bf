package overload

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"github.com/msredis/msredis/internal/testcluster"
	"github.com/msredis/msredis/internal/testcluster/wire"
)

// TestShutdownUnderReads: the leader of three is told to end while clients ask for
// large lists, some of which read them and some do not. It ends within
// shutdown-timeout, and another node leads.
func TestShutdownUnderReads(t *testing.T) {
	notWithRace(t)
	const timeout = 3 * time.Second
	c := testcluster.Start(t, 3, "--shutdown-timeout", "3")
	n := c.Leader()
	elements := *manyElements / 5
	fill(t, patient(n), elements, []string{"RPUSH", "list"}, func(i int) []string { return []string{itoa(i)} })
	ask := bytes.Repeat(wire.AppendCommand(nil, "LRANGE", "list", "0", "-1"), 20)
	for i := range 12 {
		r := dialRaw(t, n)
		go func() {
			for {
				if _, err := r.Write(ask); err != nil {
					return
				}
				for range 20 {
					if i%3 == 0 {
						<-t.Context().Done()
						return
					}
					if _, err := r.skip(); err != nil {
						return
					}
				}
			}
		}()
	}
	testcluster.Eventually(t, time.Minute, "the lists are being read", func() error {
		if got := n.Info("stats", "total_net_output_bytes"); len(got) < len("100000000") {
			return errors.New("sent " + got)
		}
		return nil
	})
	began := time.Now()
	code := n.Terminate()
	took := time.Since(began)
	t.Logf("it took %v", took.Round(time.Millisecond))
	if code != 0 || took > timeout+time.Second {
		t.Errorf("exit code %d after %v; shutdown-timeout is %v", code, took, timeout)
	}
	var follower *testcluster.Node
	for _, other := range c.Nodes {
		if other != n {
			follower = other
		}
	}
	want(t, patient(follower), "OK", "SET", "k", "v")
}
