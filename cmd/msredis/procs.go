package main

import (
	"os"
	"runtime"
)

// spareProcs is how many goroutines more than there are cores may run at a time. One of
// them mostly waits for the disk, and keeps its place until the runtime takes it away
// some ten microseconds later. Without a spare place the network would stand still for
// so long. See docs/performance/experiments.md.
const spareProcs = 1

// eventLoops is how many event loops io-threads stands for. The clients' own
// processes, the log and the store need cores as well.
func eventLoops(option int) int {
	if option > 0 {
		return option
	}
	return max(runtime.NumCPU()/2, 1)
}

// setProcs applies spareProcs, unless GOMAXPROCS in the environment decides.
func setProcs() {
	if os.Getenv("GOMAXPROCS") == "" {
		runtime.GOMAXPROCS(runtime.GOMAXPROCS(0) + spareProcs)
	}
}
