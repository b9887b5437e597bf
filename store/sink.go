package store

import "github.com/msredis/msredis/store/keyspace"

// Sink takes a snapshot's keys; see keyspace.Sink.
type Sink = keyspace.Sink
