package settings

import "testing"

func TestRows(t *testing.T) {
	t.Parallel()
	seen := map[*int]string{}
	v := Default()
	for i := range Rows {
		r := &Rows[i]
		if Named(r.Name) != r {
			t.Errorf("%s: there are two", r.Name)
		}
		if r.Default < r.Min || r.Default > r.Max {
			t.Errorf("%s: the default is not within the bounds", r.Name)
		}
		if other := seen[r.field(v)]; other != "" {
			t.Errorf("%s and %s are one", r.Name, other)
		}
		seen[r.field(v)] = r.Name
		if v.Of(r) != r.Default {
			t.Errorf("%s is %d, not its default", r.Name, v.Of(r))
		}
	}
}

func TestSet(t *testing.T) {
	t.Parallel()
	v := Default()
	if err := v.Set("list-max-listpack-size", "-5"); err != nil || v.ListMaxListpackSize != -5 {
		t.Errorf("%v, %d", err, v.ListMaxListpackSize)
	}
	before := *v
	for _, bad := range [][2]string{
		{"hash-max-listpack-entries", "-1"}, {"hash-max-listpack-entries", "01"}, {"hash-max-listpack-entries", "+1"},
		{"hash-max-listpack-entries", ""}, {"hash-max-listpack-value", "64kb"}, {"proto-max-bulk-len", "1048575"},
		{"list-compress-depth", "2147483648"}, {"hash-max-ziplist-entries", "1"}, {"maxclients", "1"},
	} {
		if v.Set(bad[0], bad[1]) == nil || *v != before {
			t.Errorf("%s %s is accepted", bad[0], bad[1])
		}
	}
}
