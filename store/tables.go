package store

import (
	"github.com/msredis/msredis/store/keyspace"
	"github.com/msredis/msredis/store/tables"
)

// toldTables is what was last told of the tables that all nodes share.
type toldTables struct {
	versions [len(tables.All)]uint64
	bytes    int64 // of all together
}

func toldOf(ks *keyspace.Keyspace) (told toldTables) {
	for i, id := range tables.All {
		told.versions[i] = ks.Tables().Table(id).Version()
	}
	told.bytes = ks.Tables().Bytes()
	return told
}

// tellTables counts the tables again and tells of those that have changed. The
// applier calls it before it lets go of the shards.
func (s *Store) tellTables() {
	before := s.told
	s.told = toldOf(s.ks)
	s.dataSize.Add(s.told.bytes - before.bytes)
	var changed []tables.ID
	for i, id := range tables.All {
		if s.told.versions[i] != before.versions[i] {
			changed = append(changed, id)
		}
	}
	if len(changed) > 0 && s.opt.TablesChanged != nil {
		s.opt.TablesChanged(s.ks.Tables(), changed)
	}
}
