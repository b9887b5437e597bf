package store

import (
	"slices"

	"github.com/msredis/msredis/store/bits"
	"github.com/msredis/msredis/store/config"
	"github.com/msredis/msredis/store/dump"
	"github.com/msredis/msredis/store/evict"
	"github.com/msredis/msredis/store/geo"
	"github.com/msredis/msredis/store/hash"
	"github.com/msredis/msredis/store/hll"
	"github.com/msredis/msredis/store/keys"
	"github.com/msredis/msredis/store/keyspace"
	"github.com/msredis/msredis/store/leases"
	"github.com/msredis/msredis/store/list"
	"github.com/msredis/msredis/store/publish"
	"github.com/msredis/msredis/store/script"
	"github.com/msredis/msredis/store/set"
	"github.com/msredis/msredis/store/sort"
	"github.com/msredis/msredis/store/str"
	"github.com/msredis/msredis/store/stream"
	"github.com/msredis/msredis/store/users"
	"github.com/msredis/msredis/store/zset"
)

// Rows returns the commands of all families.
func Rows() []keyspace.Row {
	return slices.Concat(
		str.Rows,
		bits.Rows,
		list.Rows,
		hash.Rows,
		set.Rows,
		zset.Rows,
		stream.Rows,
		geo.Rows,
		hll.Rows,
		sort.Rows,
		keys.Rows,
		dump.Rows(Kinds()),
		leases.Rows,
		script.Rows,
		publish.Rows,
		config.Rows,
		users.Rows,
		evict.Rows,
	)
}

// Kinds returns the families of values. A tag stands in snapshots: it is never
// given to another family.
func Kinds() []*keyspace.Kind {
	return []*keyspace.Kind{
		&str.Kind,    // 1
		&list.Kind,   // 2
		&hash.Kind,   // 3
		&set.Kind,    // 4
		&zset.Kind,   // 5
		&stream.Kind, // 6
	}
}
