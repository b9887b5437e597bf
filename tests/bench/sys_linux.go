package main

import (
	"os"
	"syscall"
)

// childAttr keeps the terminal's Ctrl-C from the servers, which are ended in
// order, and ends them if this process is killed.
func childAttr() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

func datasync(f *os.File) error { return syscall.Fdatasync(int(f.Fd())) }
