package failpoint

import "testing"

func TestParse(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		text string
		want plan // zero: an error
	}{
		{"apply=exit", plan{Apply, 1, actExit}},
		{"apply:7=sleep", plan{Apply, 7, actSleep}},
		{"wal-append=enospc", plan{WALAppend, 1, actNoSpace}},
		{"shelf-sync:3=error", plan{ShelfSync, 3, actError}},
		{"wal-synced=torn", plan{WALSynced, 1, actTorn}},
		{"apply=error", plan{}},
		{"apply=torn", plan{}},
		{"apply=explode", plan{}},
		{"apply:0=exit", plan{}},
		{"apply:x=exit", plan{}},
		{"nowhere=exit", plan{}},
		{"apply", plan{}},
		{"", plan{}},
	} {
		got, err := parse(tc.text)
		if got != tc.want || (err != nil) != (tc.want == plan{}) {
			t.Errorf("%q: %v, %v", tc.text, got, err)
		}
	}
}

func TestTable(t *testing.T) {
	t.Parallel()
	seen := map[Point]bool{}
	for _, row := range Table {
		if seen[row.Point] || row.What == "" {
			t.Errorf("%s is there twice, or says nothing", row.Point)
		}
		seen[row.Point] = true
	}
}
