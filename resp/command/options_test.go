package command

import (
	"fmt"
	"strings"
	"testing"
)

// TestKeysOfOptions: keys that only the arguments tell.
func TestKeysOfOptions(t *testing.T) {
	t.Parallel()
	readKey := KeySpec{Flags: KeyRO | KeyAccess, First: 1}
	store := func(from int) []KeySpec {
		return []KeySpec{readKey, {Flags: KeyOW | KeyUpdate, Keyword: "STORE", From: from}, {Flags: KeyOW | KeyUpdate, Keyword: "STOREDIST", From: from}}
	}
	rows := []Spec{
		{Name: "sort", Usage: "SORT key [BY pattern] [STORE destination]", Flags: Write,
			Keys: []KeySpec{readKey, {Flags: KeyRO | KeyAccess, Unknown: true}, {Flags: KeyOW | KeyUpdate, Unknown: true}}},
		{Name: "sort_ro", Usage: "SORT_RO key [BY pattern]", Flags: ReadOnly,
			Keys: []KeySpec{readKey, {Flags: KeyRO | KeyAccess, Unknown: true}}},
		{Name: "georadius", Usage: "GEORADIUS key lon lat radius unit [STORE key] [STOREDIST key]", Flags: Write, Keys: store(6)},
		{Name: "georadiusbymember", Usage: "GEORADIUSBYMEMBER key member radius unit [STORE key] [STOREDIST key]", Flags: Write, Keys: store(5)},
		{Name: "pfmerge", Usage: "PFMERGE destkey [sourcekey [sourcekey ...]]", Flags: Write,
			Keys: []KeySpec{{Flags: KeyRW, First: 1}, {Flags: KeyRO, First: 2, Last: -1}}},
	}
	for i := range rows {
		rows[i].Summary, rows[i].Since, rows[i].Group = "s", "1.0.0", GroupGeneric
	}
	table, err := NewTable(rows)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		call, keys string
		ok, any    bool
	}{
		{"sort k", "1", true, false},
		{"sort k by nosort get # store d", "1 7", true, false},
		{"sort k by w_* store d", "1 5", true, true},
		{"sort k store a STORE b", "1 5", true, false},
		{"sort k store store get x*", "1 3", true, true},
		{"sort k limit store 1 by by get get", "1", true, false},
		{"sort k limit store 1 store d", "1 6", true, false},
		{"sort k get *->f", "1", true, true},
		{"sort k store", "1", true, false},
		{"sort k by", "1", true, false},
		{"sort_ro k get a*", "1", true, true},
		{"sort_ro k", "1", true, false},
		{"georadius k 0 0 1 m", "1", true, false},
		{"georadius k 0 0 1 m asc store d", "1 8", true, false},
		{"georadius k 0 0 1 m STOREDIST d store e", "1 9", true, false},
		{"georadius k 0 0 1 m store", "1", true, false},
		{"georadiusbymember k m 1 m store d", "1 6", true, false},
		{"pfmerge d", "1", false, false},
		{"pfmerge d a b", "1 2 3", true, false},
	} {
		args := split(tt.call)
		c, _ := table.Resolve(args)
		var keys []string
		ok := c.Keys(args, func(pos int, _ KeyFlags) { keys = append(keys, fmt.Sprint(pos)) })
		if got := strings.Join(keys, " "); got != tt.keys || ok != tt.ok || c.AnyKey(args) != tt.any {
			t.Errorf("%s: keys %s, %v, any %v; want %s, %v, %v", tt.call, got, ok, c.AnyKey(args), tt.keys, tt.ok, tt.any)
		}
	}
}

func split(line string) (args [][]byte) {
	for _, word := range strings.Fields(line) {
		args = append(args, []byte(word))
	}
	return args
}
