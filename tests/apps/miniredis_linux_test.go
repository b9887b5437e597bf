package apps

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/msredis/msredis/internal/race"
	"github.com/msredis/msredis/internal/testcluster"
)

// comparisonTests are the tests with which miniredis compares itself with a real
// Redis. testdata/golibs/go.mod has the version.
const comparisonTests = "github.com/alicebob/miniredis/v2/integration"

// notCompared are tests that msredis is not asked to pass.
var notCompared = []struct{ test, reason string }{
	{"TestHello$", "it names the version 8.4.0"},
	{"TestHll$", "it adds random elements, and its bound is narrower than the error of a HyperLogLog"},
	{"TestServerTLS$", "it has the options of TLS in that file"},
}

// TestMiniredis runs miniredis's comparison with msredis in the place of Redis: each of
// its tests starts "redis-server", which is this test program.
func TestMiniredis(t *testing.T) {
	if race.Enabled {
		t.Skip("a hundred servers, each with a second to start; .ci/run does it without the race detector")
	}
	t.Parallel()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.Symlink(self, filepath.Join(dir, "redis-server")); err != nil {
		t.Fatal(err)
	}
	var skip []string
	for _, n := range notCompared {
		skip = append(skip, "^"+n.test)
		t.Logf("not compared: %s: %s", n.test, n.reason)
	}
	cmd := exec.Command("go", "test", "-C", "testdata/golibs", "-v", "-count=1", "-skip", strings.Join(skip, "|"), comparisonTests)
	cmd.Env = append(os.Environ(), "INT=1", "PATH="+dir+":"+os.Getenv("PATH"), testcluster.BinaryEnv+"="+testcluster.Binary(t), "TMPDIR="+dir)
	out, err := cmd.CombinedOutput()
	passed := len(regexp.MustCompile(`(?m)^--- PASS`).FindAll(out, -1))
	if t.Logf("%d tests passed", passed); err != nil || passed < 100 {
		t.Fatalf("%v\n%s", err, out)
	}
}

// actAsRedis takes the place of `redis-server -`: the options come from standard input.
// It listens at once, as its caller waits a second only, and starts a node behind it.
func actAsRedis() error {
	options, err := io.ReadAll(os.Stdin)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "node")
	if err != nil {
		return err
	}
	port := regexp.MustCompile(`(?m)^port (\d+)$`).FindSubmatch(options)
	if port == nil {
		return fmt.Errorf("no port in %q", options)
	}
	front, err := net.Listen("tcp", "127.0.0.1:"+string(port[1]))
	if err != nil {
		return err
	}
	// What these options ask for is so without them.
	options = regexp.MustCompile(`(?m)^(port .*|appendonly no|cluster-config-file .*)$`).ReplaceAll(options, nil)
	file := filepath.Join(dir, "conf")
	if err := os.WriteFile(file, options, 0o600); err != nil {
		return err
	}
	var node atomic.Value // its address
	node.Store("")
	go keepNode(file, dir, string(port[1]), &node)
	for {
		client, err := front.Accept()
		if err != nil {
			return err
		}
		go forward(client, &node)
	}
}

// keepNode runs a node. It ends if another program took one of its ports meanwhile,
// and is started with others then.
func keepNode(file, dir, port string, node *atomic.Value) {
	runtime.LockOSThread() // the node dies with the thread that started it
	for i := 0; ; i++ {
		addr, peer := freeAddr(), freeAddr()
		node.Store(addr)
		cmd := exec.Command(os.Getenv(testcluster.BinaryEnv), file, "--dir", filepath.Join(dir, fmt.Sprint("data", i)), "--node-name", "n1",
			"--port", addr[strings.LastIndexByte(addr, ':')+1:], "--peer-port", peer[strings.LastIndexByte(peer, ':')+1:],
			"--cluster-announce-port", port)
		cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
		fmt.Fprintln(os.Stderr, cmd.Run())
	}
}

// freeAddr is an address below the range from which connections get their ports.
func freeAddr() string {
	for {
		addr := testcluster.Loopback(13000 + rand.IntN(19000))
		if l, err := net.Listen("tcp", addr); err == nil {
			l.Close()
			return addr
		}
	}
}

// forward connects a client with a node when that is there.
func forward(client net.Conn, addr *atomic.Value) {
	defer client.Close()
	var node net.Conn
	if testcluster.Poll(patience, func() (err error) {
		node, err = net.Dial("tcp", addr.Load().(string))
		return err
	}) != nil {
		return
	}
	go func() {
		io.Copy(node, client)
		node.Close()
	}()
	io.Copy(client, node)
}
