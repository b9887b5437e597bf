package store

import (
	"slices"

	"github.com/msredis/msredis/internal/acl"
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
	if len(changed) > 0 {
		s.announceTables(changed)
	}
}

func (s *Store) announceTables(changed []tables.ID) {
	if s.opt.TablesChanged != nil {
		s.opt.TablesChanged(s.ks.Tables(), changed)
	}
	if s.opt.UsersChanged != nil && slices.Contains(changed, tables.Users) {
		s.opt.UsersChanged(s.ks.Users())
	}
}

// Users returns the users as of the last entry that was applied. Any goroutine.
func (s *Store) Users() *acl.Users { return s.ks.Users() }
