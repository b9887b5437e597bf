package command

import (
	"errors"
	"fmt"
	"maps"
	"strings"
)

// Rename is a line rename-command: a command's name for clients, "" if they cannot call
// it any more.
type Rename struct{ From, To string }

// Renamed returns the table as clients see it behind the renames, taken one after the
// other. Names in it are those that clients use. The commands are the same: all else of
// them, the log above all, goes by their rows. An error is in Redis's words.
func (t *Table) Renamed(renames []Rename) (*Table, error) {
	seen := &Table{byName: maps.Clone(t.byName), byID: t.byID}
	for _, r := range renames {
		from, to := strings.ToLower(r.From), strings.ToLower(r.To)
		cmd := seen.byName[from]
		if cmd == nil || cmd.Flags&Internal != 0 {
			return nil, fmt.Errorf("rename-command %s: No such command in rename-command", r.From)
		}
		delete(seen.byName, from)
		switch {
		case to == "":
		case seen.byName[to] != nil:
			return nil, fmt.Errorf("rename-command %s %s: Target command name already exists", r.From, r.To)
		case len(to) > maxName:
			return nil, fmt.Errorf("rename-command %s %s: a name has at most %d characters", r.From, r.To, maxName)
		case strings.Contains(to, "|"):
			return nil, errors.New("rename-command " + r.From + ": a name has no '|' in it")
		default:
			seen.byName[to] = cmd
		}
	}
	left := map[*Command]bool{}
	for _, cmd := range seen.byName {
		left[cmd] = true
	}
	for _, cmd := range t.top {
		if left[cmd] {
			seen.top = append(seen.top, cmd)
		}
	}
	return seen, nil
}
