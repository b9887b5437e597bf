// Package ds holds the containers of the store. They know nothing of Redis.
//
// What they have in common: the order in which elements come out depends on the
// content alone, never on the history that led to it, so that two nodes with
// equal content answer alike, also after one of them restored a snapshot.
package ds
