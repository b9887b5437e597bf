package keyspace

import (
	"github.com/msredis/msredis/internal/evict"
	"github.com/msredis/msredis/internal/invariants"
	"github.com/msredis/msredis/internal/settings"
	"github.com/msredis/msredis/store/tables"
)

// Settings returns what the cluster has set at this place of the log. It may not
// be changed, and is good until the handler returns.
func (c *Ctx) Settings() *settings.Values {
	if c.views != nil {
		return c.views.settings
	}
	return c.ks.settings
}

// ChangeSettings gives settings other values, see settings.Row.Text. They hold
// from the next command on. An error says which of them is none, and nothing is
// changed then.
func (c *Ctx) ChangeSettings(names, texts []string) error {
	next := *c.ks.settings
	for i, name := range names {
		if err := next.Set(name, texts[i]); err != nil {
			return err
		}
	}
	t := c.ChangeTable(tables.Settings)
	for i, name := range names {
		t.Set(name, []byte(texts[i]))
	}
	c.ks.settle(&next)
	return nil
}

// settle makes v the settings, with the locks of all shards held.
func (ks *Keyspace) settle(v *settings.Values) {
	ks.settings, ks.lfu = v, evict.Policy(v.MaxmemoryPolicy).LFU()
}

// SettingsOf returns the settings that a table has.
func SettingsOf(t tables.Reader) (*settings.Values, error) {
	v := settings.Default()
	var err error
	t.Each("", func(name string, value []byte) bool {
		err = v.Set(name, string(value))
		return err == nil
	})
	return v, err
}

// checkSettings panics if the settings are not those of their table.
func (ks *Keyspace) checkSettings() {
	if v, err := SettingsOf(ks.tables.Table(tables.Settings)); invariants.Enabled && (err != nil || *v != *ks.settings) {
		panic("keyspace: a handler changed the table of settings itself")
	}
}
