package store_test

import (
	"fmt"
	"strings"

	"github.com/msredis/msredis/internal/settings"
	"github.com/msredis/msredis/resp/command"
)

// shared is a call on the tables that all nodes share, the settings among them.
func (w *writer) shared(db int) command.Call {
	r := w.rng
	if r.Intn(3) == 0 {
		row := settings.Rows[r.Intn(len(settings.Rows))]
		value := []int{0, 1, 2, 5, 20, 100, 600, row.Default}[r.Intn(8)]
		return call(db, "settings", "set", row.Name, row.Text(min(max(value, row.Min), row.Max)), "hash-max-listpack-value", 8*r.Intn(20))
	}
	id, name := 2+r.Intn(3), fmt.Sprint("name", r.Intn(12))
	switch r.Intn(12) {
	case 0, 1, 2, 3:
		return call(db, "shared", "set", id, name, r.Intn(100))
	case 4:
		size := r.Intn(2000)
		if r.Intn(8) == 0 { // longer than a record
			size += 1 << 20
		}
		return call(db, "shared", "set", id, name, strings.Repeat("x", size))
	case 5, 6:
		return call(db, "shared", "del", id, name)
	case 7:
		if r.Intn(4) == 0 {
			return call(db, "shared", "clear", id)
		}
		return call(db, "shared", "set", id, "", name)
	case 8, 9:
		return call(db, "shared", "get", id, name)
	}
	return call(db, "shared", "list", id, name)
}
