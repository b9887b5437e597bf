package compat

import (
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/msredis/msredis/internal/settings"
)

// settingsClient is a connection that only changes settings, so that no CONFIG SET
// stands in somebody's transaction.
const settingsClient = randomClients

// since72 are the settings that Redis 7.0 does not have: those of 7.2, and ours.
var since72 = []string{"set-max-listpack-entries", "set-max-listpack-value", "script-budget", "script-memory"}

// changeSettings is a CONFIG SET of one or two settings to values at which much
// happens, by their older names now and then. Those with which only DUMP has
// another form, by what happened to a list before, stay as they are.
func changeSettings(f *Family, rnd *rand.Rand) call {
	c := call{client: settingsClient, args: []string{"config", "set"}}
	for range 1 + rnd.IntN(2) {
		r := &settings.Rows[rnd.IntN(len(settings.Rows))]
		if r.Hidden || slices.Contains(since72, r.Name) || slices.Contains(strings.Fields(f.Steady), r.Name) || slices.Contains(c.args, r.Name) || slices.Contains(c.args, r.Alias) ||
			r.Name == "list-max-listpack-size" {
			continue
		}
		name := r.Name
		if r.Alias != "" && rnd.IntN(3) == 0 {
			name = r.Alias
		}
		value := []int{0, 1, 2, 3, 5, 8, 20, 64, 300, 2000, r.Default}[rnd.IntN(11)]
		c.args = append(c.args, name, r.Text(min(max(value, r.Min), r.Max)))
	}
	if len(c.args) == 2 {
		c.args = append(c.args, "hash-max-listpack-entries", "3")
	}
	return c
}

// defaultSettings gives every setting its default.
func defaultSettings() []string {
	args := []string{"CONFIG", "SET"}
	for i := range settings.Rows {
		if r := &settings.Rows[i]; !r.Hidden && !slices.Contains(since72, r.Name) {
			args = append(args, r.Name, r.Text(r.Default))
		}
	}
	return args
}
