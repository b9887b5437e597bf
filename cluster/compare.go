package cluster

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/msredis/msredis/cluster/group"
	"github.com/msredis/msredis/cluster/replica"
	"github.com/msredis/msredis/store"
)

// The members compare what they hold, part by part, all the time and slowly.
//
// Equal logs give equal states; that is what the tests are for. But memory fails, and a
// bug may have escaped them. A node whose state has come to differ answers wrongly for
// ever, and nobody notices. So the leader goes through the state, a small part at a
// time, and has all members look at that part.
//
// The difficulty: two states can be compared at one index of the log only, and no
// client may wait for that. So the leader names an index that all members are about to
// come to. While there is work it is half a second ahead, when there is none it is the
// present one. Each member cuts its batch there, looks at the part, a millisecond or
// less, and goes on. One that was past the index already says so, and the part has its
// turn again.
//
// A part that differs once is looked at again. If it differs three times, the members
// with another state than most of the voters end, and say why. Where no majority
// agrees, nobody knows who is right: the log of the leader says so, again and again.

const (
	compareEvery = time.Second
	// idleRounds is how many rounds a pass through the state waits for if nothing
	// was written since the last one.
	idleRounds = 30
	// checkPatience is for how many rounds a member may be on its way to the index
	// of a check.
	checkPatience = 5
	// maxDoubts is how often a part has to differ.
	maxDoubts = 3
	// maxTries bounds the tries of a part whose index a member was already past.
	maxTries = 5
)

// check asks for the digest of a part of the state at an index of the log.
type check struct {
	Group   int        `json:"group,omitempty"`
	Index   uint64     `json:"index"`
	Part    store.Part `json:"part"`
	Version int        `json:"version"` // of digests
	// Floors are what the leader knows the members to have of the group; see meetings.go.
	Floors map[uint64]uint64 `json:"floors,omitempty"`
}

// checked is what came of a check.
type checked struct {
	Sum   string `json:"sum,omitempty"`
	Error string `json:"error,omitempty"` // why there is none
}

// verdict tells a member that most of the voters have another state.
type verdict struct {
	Group  int        `json:"group,omitempty"`
	Index  uint64     `json:"index"`
	Part   store.Part `json:"part"`
	Sum    string     `json:"sum"`  // the member's own
	Others string     `json:"most"` // that of most of the voters
	Names  []string   `json:"names"`
}

func (v *verdict) Error() string {
	return fmt.Sprintf("the data of this node is not that of the others: at index %d the digest of shards %d to %d is %.8s here and %.8s on %s. "+
		"Move the directory away and start the node with an empty one: the others have the data",
		v.Index, v.Part.From.Shard, min(v.Part.To.Shard, 511), v.Sum, v.Others, strings.Join(v.Names, ", "))
}

// checks are those that this node is asked for.
type checks struct {
	mu   sync.Mutex
	last map[int]answered // by group
}

// answered is a check with the sum that this node has said.
type answered struct {
	check check
	sum   string
}

// checkHere does a check on this node and waits for what comes of it.
func (n *Node) checkHere(c check) checked {
	if c.Version != store.DigestVersion {
		return checked{Error: "this node makes digests in another way"}
	}
	if c.Group < 0 || c.Group >= len(n.groups) {
		return checked{Error: fmt.Sprintf("there is no group %d", c.Group)}
	}
	n.meetings.raise(c.Group, c.Floors, n.id)
	sum, err := n.groups[c.Group].SumPart(c.Index, c.Part, checkPatience*n.options.CompareEvery)
	if err != nil {
		return checked{Error: err.Error()}
	}
	n.checks.mu.Lock()
	if n.checks.last == nil {
		n.checks.last = map[int]answered{}
	}
	n.checks.last[c.Group] = answered{c, sum}
	n.checks.mu.Unlock()
	return checked{Sum: sum}
}

// accept ends this node after a verdict, if that is about what this node has said.
func (n *Node) accept(v verdict) error {
	n.checks.mu.Lock()
	last, ok := n.checks.last[v.Group]
	mine := ok && last.check.Index == v.Index && last.check.Part == v.Part && last.sum == v.Sum
	n.checks.mu.Unlock()
	if !mine || v.Sum == v.Others {
		return errors.New("this node has said nothing of the kind")
	}
	n.log.Error(v.Error())
	go n.options.Fatal(&v)
	return nil
}

// comparison is where the leader is on its way through the state.
type comparison struct {
	group   int
	part    store.Part
	planned bool
	from    store.Position
	tries   int
	doubts  int
	idle    int    // rounds since the last pass
	wait    int    // rounds to leave out: the last part was a large one
	passed  uint64 // index at the end of the last pass; 0: none by this leader
	applied uint64 // in the last round
	term    uint64
	said    time.Time
}

// compare is the goroutine that lets the members compare what they hold.
func (n *Node) compare() {
	defer n.wg.Done()
	tick := time.NewTicker(n.options.CompareEvery)
	defer tick.Stop()
	all := make([]comparison, len(n.groups))
	for {
		select {
		case <-n.stop:
			return
		case <-tick.C:
		}
		for i, g := range n.groups {
			c, v := &all[i], g.View()
			if !v.Leads || !v.Settled || v.Members.Voters() < 2 {
				*c = comparison{group: i}
				continue
			}
			if c.term != v.Term {
				*c = comparison{group: i, term: v.Term}
			}
			n.compareRound(c, v)
		}
	}
}

// compareRound compares one part.
func (n *Node) compareRound(c *comparison, v *group.View) {
	g := n.groups[c.group]
	applied := g.Applied()
	rate := applied - c.applied
	if c.applied == 0 {
		rate = 0
	}
	c.applied = applied
	switch {
	case c.wait > 0:
		c.wait--
		return
	case !c.planned && c.from == (store.Position{}) && applied == c.passed && c.idle < idleRounds:
		c.idle++
		return
	}
	if !c.planned {
		g.Between(func(uint64) { c.part, c.wait = g.Store().PlanPart(c.from) })
		c.wait--
		c.planned, c.tries, c.doubts = true, 0, 0
	}
	q := check{Group: c.group, Index: applied, Part: c.part, Version: store.DigestVersion, Floors: floors(g)}
	if rate > 0 {
		q.Index += rate/2 + 1
	}
	sums, whole := n.checkAll(q, v)
	switch {
	case slices.ContainsFunc(sums[1:], func(s memberSum) bool { return s.sum != sums[0].sum }):
		c.doubts++
		n.metrics.comparedPart("different")
		n.log.Warn("the data of the nodes differs", "group", c.group, "index", q.Index, "from", q.Part.From, "to", q.Part.To, "digests", fmt.Sprint(sums), "times", c.doubts)
		if c.doubts < maxDoubts {
			return
		}
		n.judge(c, q, sums, v)
	case !whole && c.tries < maxTries:
		c.tries++
		return
	case whole:
		n.metrics.comparedPart("equal")
	default:
		n.metrics.comparedPart("left out")
	}
	if c.from = c.part.To; c.from == (store.Position{}) {
		c.passed, c.idle = applied, 0
		n.metrics.passes.Add(1)
	}
	c.planned = false
}

// memberSum is the digest of a part on a member.
type memberSum struct {
	member replica.Member
	sum    string
}

func (s memberSum) String() string { return fmt.Sprintf("%s=%.8s", s.member.Name, s.sum) }

// checkAll has all members do a check, this node first. whole: all have done it. If
// this node could not, nothing is known.
func (n *Node) checkAll(q check, v *group.View) (sums []memberSum, whole bool) {
	var mu sync.Mutex
	var wg sync.WaitGroup
	whole = true
	for _, m := range v.Members.List {
		if m.ID == n.id || !n.alive(m.ID) {
			continue
		}
		wg.Go(func() {
			var r checked
			err := n.call(m.PeerAddr, n.cluster, methodCheck, q, &r)
			mu.Lock()
			defer mu.Unlock()
			if err != nil || r.Error != "" {
				whole = false
				return
			}
			sums = append(sums, memberSum{m, r.Sum})
		})
	}
	mine := n.checkHere(q)
	wg.Wait()
	self, _ := v.Members.ByID(n.id)
	if mine.Error != "" {
		return []memberSum{{member: self}}, false
	}
	return append([]memberSum{{self, mine.Sum}}, sums...), whole
}

// judge ends the members whose state is not that of most of the voters.
func (n *Node) judge(c *comparison, q check, sums []memberSum, v *group.View) {
	votes := map[string][]string{}
	for _, s := range sums {
		if !s.member.Learner {
			votes[s.sum] = append(votes[s.sum], s.member.Name)
		}
	}
	for sum, names := range votes {
		if len(names) <= v.Members.Voters()/2 {
			continue
		}
		slices.Sort(names)
		for _, s := range sums {
			if s.sum == sum {
				continue
			}
			w := verdict{Group: q.Group, Index: q.Index, Part: q.Part, Sum: s.sum, Others: sum, Names: names}
			n.log.Error("the data of a node is not that of the others; it is told to end", "node", s.member.Name, "why", w.Error())
			err := n.tell(s.member, w)
			if err != nil {
				n.log.Error("a node with other data cannot be ended", "node", s.member.Name, "err", err)
			}
		}
		return
	}
	if time.Since(c.said) > sayAgain {
		c.said = time.Now()
		n.log.Error("the data of the nodes differs, and no majority of the voters agrees: compare what they hold, and restart those that are wrong with empty directories",
			"index", q.Index, "digests", fmt.Sprint(sums))
	}
}

// tell tells a member of the verdict on it, which may be this node.
func (n *Node) tell(m replica.Member, w verdict) error {
	if m.ID == n.id {
		return n.accept(w)
	}
	var r callResult
	if err := n.call(m.PeerAddr, n.cluster, methodVerdict, w, &r); err != nil {
		return err
	}
	return r.err()
}

// answerCheck answers another member's check or verdict.
func (n *Node) answerCheck(method string, req []byte) ([]byte, error) {
	if method == methodVerdict {
		var w verdict
		if err := json.Unmarshal(req, &w); err != nil {
			return nil, err
		}
		return json.Marshal(resultOf(n.accept(w)))
	}
	var c check
	if err := json.Unmarshal(req, &c); err != nil {
		return nil, err
	}
	return json.Marshal(n.checkHere(c))
}
