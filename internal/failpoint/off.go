//go:build !failpoints

package failpoint

// Enabled reports whether the points are compiled in.
const Enabled = false

// Hit passes a point that cannot fail.
func Hit(Point) {}

// Err passes a point and returns the error that is injected there.
func Err(Point) error { return nil }

// Torn reports whether what was just written at the point is to be torn. The
// caller does that and then calls Die.
func Torn(Point) bool { return false }

// Die ends the process as kill -9 does.
func Die(Point) {}
