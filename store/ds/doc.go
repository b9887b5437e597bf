// Package ds holds the containers of the store. They know nothing of Redis.
//
// In all of them the order of elements depends on the content alone, never on the
// history that led to it. So two nodes with equal content answer alike, also after one
// of them restored a snapshot.
package ds
