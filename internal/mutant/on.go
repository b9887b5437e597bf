//go:build mutants

package mutant

// Enabled reports whether mutants are compiled in.
const Enabled = true

// Active is the one way in which the build is broken; "" none.
var Active Name

// On reports whether the build is broken in this way.
func On(n Name) bool { return Active == n }
