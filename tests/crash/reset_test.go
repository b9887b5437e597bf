package crash

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/msredis/msredis/internal/failpoint"
	"github.com/msredis/msredis/internal/testcluster"
)

// resetting are the points that `msredis reset-members` passes. The small files are the
// note that it has begun, the number of starts, and the identity.
var resetting = []failpoint.Point{
	"file-written:1", "file-renamed:1", "file-written:2", "file-renamed:2", "file-written:3", "file-renamed:3",
	failpoint.ShelfCreate, failpoint.ShelfWrite, failpoint.ShelfSync, failpoint.ShelfLink, failpoint.ShelfBuilt, failpoint.ShelfIngested,
	failpoint.WALMark, failpoint.WALMarked,
}

// TestReset lets `msredis reset-members` die at all of them. Until it has ended the node
// does not start, or is a member of the old cluster. Run again, it makes a cluster of one
// node with all that was acknowledged.
func TestReset(t *testing.T) {
	t.Parallel()
	c := start(t, 3)
	for i := range 100 {
		c.Nodes[i%3].Do("SET", fmt.Sprint("k", i), fmt.Sprint("v", i))
	}
	n := c.Nodes[2]
	for _, other := range c.Nodes {
		other.Kill()
	}
	kept := t.TempDir() + "/kept"
	copyTo(t, n.Dir, kept)
	for _, p := range resetting {
		t.Log(p)
		n.LoseDisk()
		copyTo(t, kept, n.Dir)
		if out, err := reset(t, n, env(p, "exit")); err == nil {
			t.Fatalf("%s: it does not die:\n%s", p, out)
		} else if !strings.Contains(out, string(bare(p))) {
			t.Fatalf("%s: it ends otherwise: %v\n%s", p, err, out)
		}
		if out, err := reset(t, n, nil); err != nil || !strings.Contains(out, "only member of the new cluster") {
			t.Fatalf("%s: run again: %v\n%s", p, err, out)
		}
		n.Start()
		n.WaitReady()
		for i := range 100 {
			if v := n.Do("GET", fmt.Sprint("k", i)); v.Text != fmt.Sprint("v", i) {
				t.Fatalf("%s: k%d is %q", p, i, v.Text)
			}
		}
		if v := n.Do("SET", "k", "v"); v.Text != "OK" {
			t.Fatalf("%s: SET: %s", p, v.Text)
		}
		n.Kill()
	}
}

// reset runs `msredis reset-members` on the directory of a node.
func reset(t *testing.T, n *testcluster.Node, env []string) (string, error) {
	t.Helper()
	cmd := exec.Command(testcluster.Binary(t), "reset-members", "--dir", n.Dir, "--node-name", n.Name)
	cmd.Env = append(os.Environ(), env...)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func copyTo(t *testing.T, from, to string) {
	t.Helper()
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
}
