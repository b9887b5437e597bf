// Package mishap tells where a panic came from, for those who decide whether it can
// be survived.
package mishap

import (
	"runtime"
	"strings"
)

// depth bounds how much of a stack is looked at.
const depth = 256

// Between returns the functions that a panic under way has left, the innermost first.
// They are those between the place where it was raised and the function named outer,
// which is not among them. Names are as runtime has them, with the path of the package.
// It is for deferred functions, and has to be asked before recover is called.
func Between(outer string) (names []string) {
	var pcs [depth]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(1, pcs[:])])
	raised := false
	for {
		f, more := frames.Next()
		switch {
		case f.Function == outer:
			return names
		case raised:
			names = append(names, f.Function)
		}
		// In front are the deferred function, and the runtime calling it.
		raised = raised || f.Function == "runtime.gopanic"
		if !more {
			return names
		}
	}
}

// Passed reports whether any of the functions is in one of the places. Places are
// prefixes of names, such as a package's path with a dot behind it.
func Passed(names []string, places ...string) bool {
	for _, name := range names {
		for _, p := range places {
			if strings.HasPrefix(name, p) {
				return true
			}
		}
	}
	return false
}
