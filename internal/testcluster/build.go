package testcluster

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/msredis/msredis/internal/race"
)

// BinaryEnv names an msredis binary to test instead of building one.
const BinaryEnv = "MSREDIS_BIN"

// BuildTags are build tags of the server; set them before Main.
var BuildTags string

var (
	buildOnce sync.Once
	buildDir  string
	builtBin  string
	buildErr  error
)

// Main runs the tests of a package and removes the binary built for them:
//
//	func TestMain(m *testing.M) { testcluster.Main(m) }
func Main(m *testing.M) {
	code := m.Run()
	if buildDir != "" {
		os.RemoveAll(buildDir)
	}
	os.Exit(code)
}

// Binary returns the path of the msredis server. It is built once per test process from
// the working tree, with the race detector if the test has it.
func Binary(t testing.TB) string {
	t.Helper()
	buildOnce.Do(func() {
		if builtBin = os.Getenv(BinaryEnv); builtBin == "" {
			builtBin, buildErr = build()
		}
	})
	if buildErr != nil {
		t.Fatal(buildErr)
	}
	return builtBin
}

func build() (string, error) {
	root, err := moduleRoot()
	if err != nil {
		return "", err
	}
	if buildDir, err = os.MkdirTemp("", "msredis-bin-"); err != nil {
		return "", err
	}
	bin := filepath.Join(buildDir, "msredis")
	args := []string{"build", "-tags", BuildTags, "-o", bin}
	if race.Enabled {
		args = append(args, "-race")
	}
	cmd := exec.Command("go", append(args, "./cmd/msredis")...)
	cmd.Dir = root
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build ./cmd/msredis: %w\n%s", err, out)
	}
	return bin, nil
}

// moduleRoot is the nearest directory above with a go.mod.
func moduleRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return "", fmt.Errorf("no go.mod above the working directory")
		}
		dir = filepath.Dir(dir)
	}
}
