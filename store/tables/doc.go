// Package tables has the small tables of the state machine: what all nodes have
// to agree on beside keys and leases. Entries of the log change them, snapshots
// keep them, the digest covers them.
//
// A table maps names to values of bytes. The package knows neither what the
// values mean nor who locks. A Set is changed only while all shards of the
// keyspace are locked, so that anybody who holds the lock of one may read it.
//
// A table is small: some tens of thousands of names. A new name moves the names
// behind it, as in any sorted slice.
package tables
