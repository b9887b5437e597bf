//go:build !severalgroups

package options

// groupsEffect refuses several groups, until a cluster that has them is whole.
const groupsEffect = Refused
