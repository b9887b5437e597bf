//go:build severalgroups

package options

// groupsEffect lets tests have several groups: they build with this tag.
const groupsEffect = Start
