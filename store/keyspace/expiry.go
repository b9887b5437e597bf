package keyspace

// expiry is the part of an entry with a deadline. If the deadline is its own, it waits
// in the queue of its table. If it has a shared lease, it is one of the lease's keys.
type expiry struct {
	deadline int64  // its own, Unix milliseconds of log time
	lease    *Lease // nil: it has its own
	entry    *Entry
	place    int32 // in the queue, or in the lease's keys
	table    tableID
}

func (x *expiry) when() int64 {
	if x.lease != nil {
		return x.lease.Deadline()
	}
	return x.deadline
}

// Before implements lease.Item.
func (x *expiry) Before(y *expiry) bool { return x.entry.Key() < y.entry.Key() }

// Place implements lease.Item.
func (x *expiry) Place() *int32 { return &x.place }
