// Package sim runs whole clusters on one goroutine: the replicas, the state machines,
// the network, the disks and the clocks, from one seed. All events and their times
// follow from the seed alone, so a failure is replayed by its number.
//
// The code under test is cluster/replica and store, as they are. Around them
// node_test.go does what package cluster does in the product, with its roles as events;
// disk_test.go stands for cluster/wal and cluster/shelf. Effects of goroutines on each
// other are not seen here: they are for the race detector and for the tests with
// processes.
//
//	go test ./tests/sim                    a few hundred seeds, and the scenes
//	go test ./tests/sim -seeds 10000       make sim
//	go test ./tests/sim -seed 42 -v        one seed, with all that happens
//	go test -tags mutants ./tests/sim      make mutants
package sim
