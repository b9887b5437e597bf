package failover

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/msredis/msredis/internal/testcluster"
)

// TestDiskNearlyFull fills the disk of a single node, first with data and then with what is none of
// its. The node refuses what adds to the data, says so when it starts, and takes deletions. With
// room again it takes everything.
func TestDiskNearlyFull(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=256m")
	if errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.EACCES) {
		t.Skip("mounting a small file system is not permitted here")
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { syscall.Unmount(dir, syscall.MNT_DETACH) })
	data := filepath.Join(dir, "data")
	c := start(t, 1)
	n := c.Nodes[0]
	n.Kill()
	n.LoseDisk()
	n.Start("--dir", data)
	n.WaitReady()
	refused := func() error {
		if v := n.Do("SET", "more", "1"); !strings.HasPrefix(v.Text, "MISCONF ") {
			return fmt.Errorf("SET: %s", v.Text)
		}
		return nil
	}
	ballast, err := os.Create(filepath.Join(dir, "ballast"))
	if err != nil {
		t.Fatal(err)
	}
	defer ballast.Close()
	block := make([]byte, 1<<20)
	for range 80 { // so that the node has less to write
		if _, err := ballast.Write(block); err != nil {
			t.Fatal(err)
		}
	}
	random := rand.New(rand.NewPCG(1, 2)) // snapshots are compressed
	written := 0
	for ; written < 200 && refused() != nil; written++ {
		for i := range block {
			block[i] = byte(random.Uint32())
		}
		n.Do("SET", fmt.Sprint("k", written), string(block))
	}
	if written < 10 || written == 200 {
		t.Fatalf("refused after %d MB", written)
	}
	for err == nil {
		_, err = ballast.Write(block)
	}
	if !errors.Is(err, syscall.ENOSPC) {
		t.Fatal(err)
	}
	for i := range 10 {
		if v := n.Do("DEL", fmt.Sprint("k", i)); v.Text != "1" {
			t.Fatalf("DEL on a full disk: %s", v.Text)
		}
	}
	testcluster.Eventually(t, patience(5*time.Second), "what adds to the data is refused", refused)
	n.Kill()
	n.Start("--dir", data)
	n.WaitReady()
	if !strings.Contains(n.Log(), "the disk is nearly full") {
		t.Error("a start on a full disk does not say so")
	}
	if v := n.Do("DEL", "k10"); v.Text != "1" {
		t.Fatalf("DEL on a full disk, after a start: %s", v.Text)
	}
	// A snapshot of the fewer keys may have made room by now.
	if err := refused(); err != nil && !strings.Contains(n.Log(), "the disk has room again") {
		t.Error(err)
	}
	if err := ballast.Truncate(0); err != nil {
		t.Fatal(err)
	}
	for i := range written {
		n.Do("DEL", fmt.Sprint("k", i))
	}
	testcluster.Eventually(t, patience(30*time.Second), "the node takes everything again", func() error {
		if v := n.Do("SET", "more", "1"); v.Text != "OK" {
			return errorf("SET: %s", v.Text)
		}
		return nil
	})
}
