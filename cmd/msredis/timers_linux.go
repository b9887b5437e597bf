package main

import (
	"os"
	"runtime"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// timerSlack is how much later than asked for the kernel may wake a thread that
// sleeps for a time (PR_SET_TIMERSLACK; a process is given 50 µs). Go's runtime
// has a thread that sleeps for 20 µs over and over while there is work that comes
// and goes, as it does for the followers of a cluster; being woken so often, most
// of all in a virtual machine, took a fifth of their processor time. A timer of
// ours may well be half a millisecond late. See docs/PERFORMANCE.md.
const timerSlack = 500 * time.Microsecond

// relaxed is the environment variable that says that this has been tried.
const relaxed = "MSREDIS_TIMERS"

// relaxTimers gives all threads timerSlack. A thread inherits it from the one that
// makes it, and the runtime's is there already: so the program starts itself
// again, which keeps its process id, open files and arguments. Call it first. If
// it cannot be done, nothing is lost but some speed.
func relaxTimers() {
	if os.Getenv(relaxed) != "" {
		return
	}
	path, err := os.Executable()
	if err != nil {
		return
	}
	// The thread that calls exec is the one that is left, with what it was given.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if unix.Prctl(unix.PR_SET_TIMERSLACK, uintptr(timerSlack.Nanoseconds()), 0, 0, 0) != nil {
		return
	}
	_ = syscall.Exec(path, os.Args, append(os.Environ(), relaxed+"=1")) // returns only if it fails
}
