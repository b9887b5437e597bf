package testcluster

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
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
	shared, err := linkShared(root)
	if err != nil {
		return "", err
	}
	bin := filepath.Join(buildDir, "msredis")
	if err := os.Link(shared, bin); err == nil {
		return bin, nil
	}
	content, err := os.ReadFile(shared) // it is on another file system
	if err == nil {
		err = os.WriteFile(bin, content, 0o755)
	}
	return bin, err
}

// linkShared builds the binary in a place that all test processes of this tree share.
// Linking takes seconds, and go build does not link what is up to date. The result
// may be replaced at any time, never changed.
func linkShared(root string) (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	tree := sha256.Sum256([]byte(root))
	dir := filepath.Join(cache, "msredis-test", hex.EncodeToString(tree[:8]))
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	name, args := "msredis", []string{"build"}
	if BuildTags != "" {
		name, args = name+"-"+BuildTags, append(args, "-tags", BuildTags)
	}
	if race.Enabled {
		name, args = name+"-race", append(args, "-race")
	}
	lock, err := os.OpenFile(filepath.Join(dir, name+".lock"), os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return "", err
	}
	defer lock.Close()
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		return "", fmt.Errorf("locking %s: %w", lock.Name(), err)
	}
	bin := filepath.Join(dir, name)
	cmd := exec.Command("go", append(args, "-o", bin, "./cmd/msredis")...)
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
