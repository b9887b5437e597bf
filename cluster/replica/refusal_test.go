package replica

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

// The last voter stays, whoever asks and whatever learners there are, and ids are given one
// after the other: on every node alike.
func TestRefuses(t *testing.T) {
	one := Members{Cluster: 1, LastID: 3, List: []Member{{ID: 1, Name: "n1"}, {ID: 3, Name: "n3", Learner: true}}}
	two := Members{Cluster: 1, LastID: 3, List: []Member{{ID: 1, Name: "n1"}, {ID: 3, Name: "n3"}}}
	for _, c := range []struct {
		members Members
		change  Change
		ok      bool
	}{
		{one, Change{Remove, Member{ID: 1}}, false},
		{one, Change{Remove, Member{ID: 3}}, true},
		{two, Change{Remove, Member{ID: 1}}, true},
		{one, Change{Promote, Member{ID: 3}}, true},
		{one, Change{AddLearner, Member{ID: 4, Name: "n4"}}, true},
		{one, Change{AddLearner, Member{ID: 5, Name: "n4"}}, false},
		{one, Change{AddLearner, Member{ID: 1<<64 - 1, Name: "n4"}}, false},
		{one, Change{AddLearner, Member{ID: 4}}, false},
		{one, Change{AddLearner, Member{ID: 3, Name: "n4"}}, false},
		{one, Change{Replace, Member{ID: 1, Name: "n1"}}, false},
		{one, Change{Promote, Member{ID: 2}}, false},
		{one, Change{Update, Member{ID: 2}}, false},
		{one, Change{"", Member{ID: 1}}, false},
		{one, Change{"demote", Member{ID: 1}}, false},
	} {
		m := c.members.Clone()
		if err := m.Refuses(c.change); (err == nil) != c.ok {
			t.Errorf("%+v: %v", c.change, err)
		}
		if ok := m.apply(c.change); ok != c.ok {
			t.Errorf("%+v: applied %v", c.change, ok)
		}
	}
}

// FuzzChange applies any changes, one a line: whatever they are, there is a voter, no name is there
// twice, ids grow, and what raft is told of them fits.
func FuzzChange(f *testing.F) {
	f.Add(`{"op":"add","member":{"id":3,"name":"n3"}}` + "\n" + `{"op":"promote","member":{"id":3}}` + "\n" + `{"op":"remove","member":{"id":1}}`)
	f.Add(`{"op":"replace","member":{"id":2,"name":"n2"}}` + "\n" + `{"op":"remove","member":{"id":1}}` + "\n" + `{"op":"remove","member":{"name":"n2"}}`)
	f.Add(`{"op":"update","member":{"id":1,"peer":"x","client":"y"}}` + "\n" + `{"op":"add","member":{"id":18446744073709551615,"name":"n9"}}`)
	f.Fuzz(func(t *testing.T, lines string) {
		m := Members{Cluster: 1, LastID: 2, List: []Member{{ID: 1, Name: "n1"}, {ID: 2, Name: "n2"}}}
		for line := range strings.SplitSeq(lines, "\n") {
			var c Change
			if json.Unmarshal([]byte(line), &c) != nil {
				continue
			}
			if _, err := c.confChange(); err != nil {
				t.Fatal(err)
			}
			before := m.Clone()
			if !m.apply(c) && !slices.Equal(m.List, before.List) {
				t.Fatalf("refused, and changed: %s", line)
			}
			names := map[string]bool{}
			for i, x := range m.List {
				if names[x.Name] || x.ID == 0 || x.ID > m.LastID || i > 0 && x.ID <= m.List[i-1].ID {
					t.Fatalf("%s: %+v", line, m)
				}
				names[x.Name] = true
			}
			if m.Voters() == 0 || m.LastID < before.LastID || m.LastID > before.LastID+1 {
				t.Fatalf("%s: %+v", line, m)
			}
		}
	})
}
