//go:build race

// Package race says whether the tests, and so the servers that they start, run under
// the race detector, which makes them several times slower. A loop of one goroutine
// shows the detector nothing after its first turns. So the loop may be shorter there,
// if .ci/run has the whole of it without the detector.
package race

// Enabled reports whether the race detector is on.
const Enabled = true
