// Package pubsub knows who has subscribed to what: the clients of this node, and of
// the other nodes of a cluster how many they have.
//
// A message is handed to the subscribers by the goroutine that publishes it, so
// those of one publisher arrive in order. It is encoded once for each version of
// the protocol, however many get it.
//
// The package is pure: it has no clock, no socket and no goroutine. Sessions
// subscribe, the wire carries messages to clients (Subscriber) and to the other
// nodes (Peer).
package pubsub
