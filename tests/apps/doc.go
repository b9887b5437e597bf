// Package apps runs real applications and libraries on three nodes while the leader
// is killed and comes back: queues, locks, limits, caches, sessions, an exporter. No
// job may be lost, and none done twice. programs/ has the small programs that
// use a library, testdata/golibs those in Go.
//
// TestLeaderKills has the programs talk to the two nodes that live: nothing may be lost
// there, and nothing done twice. TestWorkersLoseTheirNode adds workers at the node that
// dies. A job that is on its way to such a worker may be lost or done again. These
// libraries do so with Redis, too. No other job may.
//
// The programs are Debian's, so the tests are for Linux. tests/deps.sh installs them.
// machinery and Resque are not here: neither the Go module proxy nor Debian has them.
package apps
