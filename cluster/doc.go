// Package cluster makes a node of a msredis cluster. It has the node's identity, the
// founding of a cluster and the joining of one, and the members. It has the way from
// clients and from other members to the groups. A Node is the backend of the sessions
// in resp/front.
//
// The data and its log belong to groups (cluster/group). A cluster has one, and may have
// several in tests; docs/GROUPS.md tells what is there of that.
//
//	groups.go, split.go      the groups; a pipeline on its way to them and back
//	gather.go, allgroups.go  what is asked of all groups
//	follow.go                the members of all groups are those of the first
//	evictors.go              one maxmemory for all
//	whoAmI, boot.go          what a data directory belongs to, what an empty one becomes
//	founding.go              how empty nodes found a cluster
//	meet.go                  how a node moves to another cluster
//	member.go, failover.go   changes of the membership and of the leader, asked for anywhere
//	meetings.go, stranger.go what other processes have, who is let in, when a node must end
//	compare.go               the members compare their data
//	space.go                 the room on the disk
//
// Beside the goroutines of its groups and of the transport a node has:
//
//	watchSpace         looks at the disk
//	maintain           keeps the membership in order: addresses, learners, its own removal
//	remember           writes down what is known of the other members (meetings.go)
//	compare            as leader: has the members compare their data
//	follow             for each further group: brings its members to those of the first
//	checkJoin (once)   asks whether --join names another cluster
package cluster
