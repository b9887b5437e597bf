package cluster

import (
	"fmt"
	"maps"
	"slices"
)

// Agreed are the options, name to value, that all nodes of a cluster must have alike for
// as long as it lives. Under another value commands in the log mean something else. They
// are agreed on when the cluster is founded, and every node keeps them in its identity.
// Settings of the cluster (internal/settings) are other options: entries change those.
type Agreed map[string]string

// differ returns an error that names both values of an option that is not the same there,
// nil if there is none. An option that only one side knows is of another version.
func (a Agreed) differ(there Agreed, where string) error {
	for _, name := range slices.Sorted(maps.Keys(a)) {
		if value, ok := there[name]; ok && value != a[name] {
			return fmt.Errorf("%s is %s on this node and %s on %s: it was fixed when the cluster was founded, and must be the same on all nodes",
				name, a[name], value, where)
		}
	}
	return nil
}
