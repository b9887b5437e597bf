package clients

import (
	"crypto/tls"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/msredis/msredis/internal/testcluster"
	"github.com/msredis/msredis/internal/testcluster/testcerts"
	"github.com/msredis/msredis/internal/tlsconf"
)

// TestGoRedisTLS: go-redis talks TLS, to one server, and to a cluster whose nodes tell it
// their ports for TLS. It shows a certificate.
func TestGoRedisTLS(t *testing.T) {
	t.Parallel()
	ca := testcerts.New(t, t.TempDir(), "ca")
	cert, key := ca.Issue(t, "localhost")
	mine, mineKey := ca.Issue(t, "alice")
	config, err := tlsconf.Client(tlsconf.Files{Cert: mine, Key: mineKey, CAFile: ca.File}, "localhost")
	if err != nil {
		t.Fatal(err)
	}
	config.ClientSessionCache = tls.NewLRUClientSessionCache(10)
	c := testcluster.Start(t, 3, append([]string{"--tls-cert-file", cert, "--tls-key-file", key, "--tls-ca-cert-file", ca.File}, asCluster...)...)
	var ports []string
	for _, n := range c.Nodes {
		n.Kill()
		ports = append(ports, strconv.Itoa(testcluster.FreePort(t)))
		n.Start("--tls-port", ports[len(ports)-1])
	}
	c.WaitReady()
	testcluster.Eventually(t, testcluster.ReadyTimeout, "the nodes know each other's ports", func() error {
		for _, n := range c.Nodes {
			shards := fmt.Sprint(n.Do("CLUSTER", "SHARDS"))
			for _, port := range ports {
				if !strings.Contains(shards, port) {
					return fmt.Errorf("%s is not in %s", port, shards)
				}
			}
		}
		return nil
	})
	addr := "127.0.0.1:" + ports[1]
	t.Run("server", func(t *testing.T) {
		useGoRedis(t, redis.NewClient(&redis.Options{Addr: addr, TLSConfig: config, ReadTimeout: timeout, WriteTimeout: timeout}))
	})
	c.Nodes[0].Do("FLUSHALL")
	t.Run("cluster", func(t *testing.T) {
		useGoRedis(t, redis.NewClusterClient(&redis.ClusterOptions{Addrs: []string{addr}, TLSConfig: config, ReadTimeout: timeout, WriteTimeout: timeout}))
	})
}
