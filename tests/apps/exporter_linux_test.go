package apps

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/msredis/msredis/internal/testcluster"
)

// exporter is one process of prometheus-redis-exporter per node; the first looks
// at the node that dies.
type exporter struct {
	t     *testing.T
	addrs []string
}

func startExporter(t *testing.T, nodes []*testcluster.Node) *exporter {
	const bin = "/usr/bin/prometheus-redis-exporter"
	e := &exporter{t: t}
	if _, err := os.Stat(bin); err != nil {
		t.Run("exporter", func(t *testing.T) { t.Skipf("%v (tests/deps.sh installs it on Debian)", err) })
		return e
	}
	for _, n := range nodes {
		addr := testcluster.Loopback(testcluster.FreePort(t))
		testcluster.StartProgram(t, "exporter", nil, bin, "-redis.addr", "redis://"+n.Addr(), "-web.listen-address", addr,
			"-check-keys", "db0=asynq:queues", "-include-system-metrics")
		e.addrs = append(e.addrs, addr)
	}
	return e
}

// expect waits until the exporters say of the node that dies whether it is up, and
// that the others are.
func (e *exporter) expect(up bool) {
	e.t.Helper()
	for i, addr := range e.addrs {
		want := []string{"redis_up 0"}
		if i > 0 || up {
			want = []string{
				"redis_up 1", "redis_exporter_last_scrape_error{err=\"\"} 0", "redis_connected_clients ", "redis_commands_processed_total ",
				"redis_memory_used_bytes ", `redis_db_keys{db="db0"} `, `redis_commands_total{cmd="info"} `, "redis_instance_info{",
				`redis_key_size{db="db0",key="asynq:queues"} `, "redis_uptime_in_seconds ", "redis_slowlog_length ",
			}
		}
		testcluster.Eventually(e.t, patience, "what the exporter says", func() error {
			r, err := http.Get("http://" + addr + "/metrics")
			if err != nil {
				return err
			}
			defer r.Body.Close()
			text, err := io.ReadAll(r.Body)
			for _, line := range want {
				if !strings.Contains(string(text), "\n"+line) {
					return fmt.Errorf("exporter %d has no %q", i, line)
				}
			}
			return err
		})
	}
}
