package replica

import "testing"

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
