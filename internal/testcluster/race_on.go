//go:build race

package testcluster

// Race reports whether the tests, and so the servers, run under the race
// detector, which makes them several times slower.
const Race = true
