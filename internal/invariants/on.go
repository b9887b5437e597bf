//go:build invariants

package invariants

// Enabled reports whether the assertions are compiled in.
const Enabled = true
