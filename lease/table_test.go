package lease

import (
	"fmt"
	"math"
	"slices"
	"testing"
)

func TestTable(t *testing.T) {
	t.Parallel()
	var table Table[string]
	a := table.Grant(0, 100, 1000)
	b := table.Grant(3, 50, 1000)
	c := table.Grant(0, 70, 1000)
	d := table.Grant(0, 70, 1000)
	if got := fmt.Sprint(a.ID, b.ID, c.ID, d.ID); got != "1 3 2 4" {
		t.Errorf("ids %s", got)
	}
	if table.Grant(3, 10, 1000) != nil {
		t.Error("an id was granted twice")
	}
	if table.First() != b || table.Get(2) != c || table.Len() != 4 {
		t.Error("the table is not in order")
	}
	table.Renew(b, 1040)
	if b.Deadline() != 1090 || table.First() != c {
		t.Errorf("renewed until %d, first is %d", b.Deadline(), table.First().ID)
	}
	table.Remove(c)
	var due []int64
	table.EachDue(1090, func(l *Lease[string]) { due = append(due, l.ID) })
	slices.Sort(due)
	if fmt.Sprint(due) != "[3 4]" || table.Get(2) != nil {
		t.Errorf("due are %d", due)
	}
	var all []int64
	for _, l := range table.All() {
		all = append(all, l.ID)
	}
	if fmt.Sprint(all) != "[1 3 4]" {
		t.Errorf("all are %d", all)
	}
	// An id is not chosen twice, even over the end of the numbers.
	table.SetLast(math.MaxInt64)
	if l := table.Grant(0, 1, 1); l == nil || l.ID != 2 || table.Last() != 2 {
		t.Errorf("after the last id: %+v", l)
	}
}
