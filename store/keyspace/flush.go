package keyspace

// Flush deletes every key of database db and returns how many they were.
func (c *Ctx) Flush(db int) int64 {
	n := 0
	p := c.ks.physical[db]
	for i := range c.ks.shards {
		s := &c.ks.shards[i]
		t := s.table(p)
		if t == nil {
			continue
		}
		n += t.live(c.Now)
		t.account(-t.bytes, c.lane)
		if t.held > 0 {
			c.ks.leases.forget(t)
		}
		s.tables[p] = nil
		s.drop(p)
	}
	c.lane.noteAll(db)
	return int64(n)
}

// drop notes that the table of a database is gone as a whole.
func (s *shard) drop(physical uint16) {
	if s.flushed == nil {
		s.flushed = make(map[uint16]bool)
	}
	s.flushed[physical] = true
}

// forget detaches the keys of a table, which is dropped, from all leases.
func (ls *leases) forget(t *table) {
	for _, l := range ls.All() {
		for i := len(l.Held.keys) - 1; i >= 0; i-- {
			if x := l.Held.keys[i]; x.table == t.id {
				l.Held.drop(x)
				t.forgotten = append(t.forgotten, x)
			}
		}
	}
}

// SwapDB exchanges the content of two databases.
func (c *Ctx) SwapDB(a, b int) {
	p := c.ks.physical
	p[a], p[b] = p[b], p[a]
	for i := range c.ks.shards {
		s := &c.ks.shards[i]
		for _, db := range [...]int{a, b} {
			if t := s.table(p[db]); t != nil && t.live(c.Now) > 0 {
				c.ks.created.all(i, c.seq)
			}
		}
	}
	c.lane.noteAll(a)
	c.lane.noteAll(b)
}
