package store

import (
	"github.com/msredis/msredis/internal/invariants"
	"github.com/msredis/msredis/store/keyspace"
)

// Delta is a snapshot being taken: what changed since the last one that was saved, as
// it was at the Cut. Applied to that one it gives the whole state.
//
// It is cheap to keep. While it is being written, only the old values of keys that
// change before their turn are in memory twice.
type Delta struct {
	s    *Store
	d    *keyspace.Delta
	meta keyspace.Meta
	ok   bool
}

// Cut starts a snapshot of the present state. It takes well under a millisecond,
// unless very many leases changed.
func (s *Store) Cut() *Delta {
	if invariants.Enabled {
		defer s.confined.Enter()()
	}
	s.endDelta()
	meta := s.ks.Meta()
	meta.Applied, meta.Now, meta.Seq, meta.Expired = s.applied.Load(), s.now.Load(), s.seq, s.expired.Load()
	return &Delta{s: s, d: s.ks.Cut(s.seq), meta: meta}
}

// Meta returns what has to be kept beside the records, for NewLoader.
func (d *Delta) Meta() []byte { return d.meta.Append(nil) }

// Applied returns the index of the last log entry in the snapshot.
func (d *Delta) Applied() uint64 { return d.meta.Applied }

// Keys returns how many keys have changed, some perhaps counted twice.
func (d *Delta) Keys() int { return d.d.Keys() }

// Write writes the records into the sink. It is for a goroutine other than the
// one that applies, which goes on meanwhile. It holds no lock while the sink
// works.
func (d *Delta) Write(sink Sink) error { return d.d.Write(sink) }

// Stop makes Write return an error soon.
func (d *Delta) Stop() { d.d.Stop() }

// Done ends the snapshot; every Delta needs it, after Write has returned. It may
// be called from any goroutine. ok tells that records and meta are where they
// will be found after a restart; otherwise the next Delta contains all of this
// one.
func (d *Delta) Done(ok bool) {
	d.ok = ok
	if ok {
		d.s.saved.Store(d.meta.Seq)
	}
	d.s.ended.Store(d)
}

// endDelta hears of a Delta that is Done. Only the applier may change what the
// next one is made of.
func (s *Store) endDelta() {
	if s.ended.Load() != nil {
		d := s.ended.Swap(nil)
		d.d.End(d.ok)
	}
}

// Loader restores a store from a whole snapshot: the records of all deltas, the
// later ones over the earlier, in ascending order of keys. Its input may be
// damaged; that gives an error, never a panic.
type Loader struct {
	s    *Store
	meta keyspace.Meta
	l    *keyspace.Loader
}

// NewLoader starts to load the snapshot with this meta into a new store.
func (s *Store) NewLoader(meta []byte) (*Loader, error) {
	m, err := keyspace.ParseMeta(meta)
	if err != nil {
		return nil, err
	}
	l, err := keyspace.NewLoader(m, s.opt.Databases, s.opt.HashSeed, &s.kinds)
	if err != nil {
		return nil, err
	}
	return &Loader{s, m, l}, nil
}

// Add takes the next record. It keeps neither slice.
func (l *Loader) Add(key, value []byte) error { return l.l.Add(key, value) }

// Finish makes what was loaded the state of the store. After an error the store
// is empty.
func (l *Loader) Finish() error {
	ks, bytes, err := l.l.Finish()
	if err != nil {
		return err
	}
	return l.s.install(ks, l.meta, bytes)
}
