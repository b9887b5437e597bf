// Package profiles checks the profiles in docker/ that keep a node in: the systemd unit, and
// what the containers of the compose file may do.
package profiles

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/msredis/msredis/internal/race"
	"github.com/msredis/msredis/internal/testcluster"
)

func TestMain(m *testing.M) { testcluster.Main(m) }

// need skips the test where a program is missing.
func need(t *testing.T, programs ...string) {
	t.Helper()
	for _, p := range programs {
		if _, err := exec.LookPath(p); err != nil {
			t.Skip(p + " is not installed")
		}
	}
}

// TestUnit: systemd understands all of the unit, and finds little that it leaves open.
func TestUnit(t *testing.T) {
	t.Parallel()
	need(t, "systemd-analyze")
	text, err := os.ReadFile("../../docker/msredis.service")
	if err != nil {
		t.Fatal(err)
	}
	// The binary has to be there for the check.
	unit := filepath.Join(t.TempDir(), "msredis.service")
	if err := os.WriteFile(unit, []byte(strings.ReplaceAll(string(text), "/usr/local/bin/msredis", testcluster.Binary(t))), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("systemd-analyze", "verify", unit).CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("verify: %v\n%s", err, out)
	}
	// systemd-analyze says 9.6 of a unit without any such line.
	if out, err := exec.Command("systemd-analyze", "security", "--offline=yes", "--threshold=15", unit).CombinedOutput(); err != nil {
		t.Errorf("security: more than 1.5: %v\n%s", err, out)
	}
}

// TestContainer runs a node with what docker/compose.yaml leaves it, without docker.
func TestContainer(t *testing.T) {
	t.Parallel()
	need(t, "unshare", "setpriv", "findmnt", "redis-cli")
	if race.Enabled || os.Getuid() != 0 || exec.Command("unshare", "--mount", "mount", "--bind", t.TempDir(), t.TempDir()).Run() != nil {
		t.Skip("this process may not make mounts of its own, or tests with the race detector")
	}
	out, err := exec.Command("../../docker/confined.sh", testcluster.Binary(t), strconv.Itoa(testcluster.FreePort(t))).CombinedOutput()
	if err != nil || !strings.Contains(string(out), "ok: ") {
		t.Errorf("%v\n%s", err, out)
	}
}
