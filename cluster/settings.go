package cluster

import (
	"fmt"
	"maps"
	"slices"
)

// Settings are the options, name to value, that all nodes of a cluster must have
// alike for as long as it lives: commands in the log mean something else under
// another value. They are agreed on when the cluster is founded, and every node
// keeps them in its identity.
type Settings map[string]string

// differ returns an error that names both values of a setting that is not the
// same there, or nil. One that only one side knows is of another version.
func (s Settings) differ(there Settings, where string) error {
	for _, name := range slices.Sorted(maps.Keys(s)) {
		if value, ok := there[name]; ok && value != s[name] {
			return fmt.Errorf("%s is %s on this node and %s on %s: it was fixed when the cluster was founded, and must be the same on all nodes",
				name, s[name], value, where)
		}
	}
	return nil
}
