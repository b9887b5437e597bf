package store

// Sink takes a snapshot's keys in ascending order. The slices are only valid
// during the call.
type Sink interface {
	Set(key, value []byte) error
	Delete(key []byte) error
	// DeleteRange deletes start ≤ key < end as it stood before this delta; it
	// comes before the first Set in that range.
	DeleteRange(start, end []byte) error
}
