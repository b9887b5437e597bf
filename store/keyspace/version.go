package keyspace

// Version returns the version of a key, 0 if it does not exist. Its shard has to
// be locked for reading, or the caller be the writer.
func (ks *Keyspace) Version(db int, key []byte, now int64) uint64 {
	if db >= len(ks.physical) {
		return 0
	}
	t := ks.tableOf(db, key)
	if t == nil {
		return 0
	}
	e := t.find(key)
	if e == nil || e.expired(now) {
		return 0
	}
	return e.version
}

// Late reports whether a key, or a part of it, expires between log time and a
// clock: its version is another one then. The shard is locked for reading.
func (ks *Keyspace) Late(db int, key []byte, now, clock int64) bool {
	if db >= len(ks.physical) {
		return false
	}
	t := ks.tableOf(db, key)
	if t == nil {
		return false
	}
	e := t.find(key)
	if e == nil {
		return false
	}
	c := Ctx{Now: now, Clock: clock}
	if c.gone(e); t.parts != nil {
		c.meetParts(t, e)
	}
	return c.late
}
