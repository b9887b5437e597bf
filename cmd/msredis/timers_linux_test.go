package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
)

// A server has the timer slack from its first thread on, under the name and the
// process id that it was started with.
func TestTimerSlack(t *testing.T) {
	t.Parallel()
	s := start(t, "--dir", t.TempDir())
	pid := s.cmd.Process.Pid
	if got := s.do("INFO", "server"); !strings.Contains(got, fmt.Sprintf("process_id:%d\r\n", pid)) {
		t.Errorf("it is not process %d", pid)
	}
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	self, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	name := func(status []byte) string { line, _, _ := strings.Cut(string(status), "\n"); return line }
	if name(status) != name(self) {
		t.Errorf("it calls itself %q, the program is %q", name(status), name(self))
	}
	tasks, err := os.ReadDir(fmt.Sprintf("/proc/%d/task", pid))
	if err != nil {
		t.Fatal(err)
	}
	for _, task := range tasks {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%s/timerslack_ns", task.Name()))
		if os.IsPermission(err) {
			t.Skip("only root may look")
		}
		if got := strings.TrimSpace(string(text)); err == nil && got != strconv.FormatInt(timerSlack.Nanoseconds(), 10) {
			t.Errorf("thread %s: %s ns", task.Name(), got)
		}
	}
}
