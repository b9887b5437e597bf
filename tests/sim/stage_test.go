package sim

import (
	"testing"

	"github.com/msredis/msredis/resp/command"
)

// The scenes are the known ways in which such systems break their word, each
// staged on purpose. They say whether they were really staged: a scene that no
// longer gets to its point fails. Every scene is played with several seeds, and
// everything that check_test.go watches is watched here too.

// scene is one of them, on a cluster of so many nodes.
type scene struct {
	name  string
	nodes int
	play  func(w *world)
}

var scenes = []scene{
	{"stale read by a new leader", 3, staleReadByNewLeader},
	{"stale read by a paused leader", 3, staleReadByPausedLeader},
	{"reused ReadIndex context", 3, reusedReadIndexContext},
	{"acknowledged before fsync, alone", 1, acknowledgedBeforeFsync},
	{"acknowledged before fsync", 3, acknowledgedBeforeFsync},
	{"vote forgotten", 3, voteForgotten},
	{"said not done", 3, saidNotDone},
	{"crossed replies", 3, crossedReplies},
	{"old rights", 3, oldRights},
	{"gap between log and snapshot", 1, logSnapshotGap},
	{"gap between log and snapshot, of three", 3, logSnapshotGap},
	{"split brain with a change of members", 5, splitBrain},
	{"replies while a snapshot is installed", 3, repliesDuringInstall},
	{"entries behind an installed snapshot", 3, entriesBehindSnapshot},
	{"applied twice after a retry", 3, appliedTwice},
	{"expiry differs by node", 3, expiryDiffers},
	{"clocks when all were down", 3, clocksAfterBlackout},
	{"clock was ahead", 1, clockWasAhead},
	{"expired while the leader was stopped, alone", 1, expiredWhileStopped},
	{"expired while the leader was stopped", 3, expiredWhileStopped},
	{"expired while all were down, alone", 1, expiredWhileDown},
	{"expired while all were down", 3, expiredWhileDown},
	{"removed node comes back", 3, removedNodeComesBack},
	{"node id used again", 5, idUsedAgain},
	{"a command that the leader does not know", 3, unknownCommand},
	{"malformed bundle", 3, malformedBundle},
	{"the last term", 3, lastTerm},
	{"forgotten node stays away", 3, forgottenStaysAway},
	{"removed node votes until it is told", 2, removedVotes},
	{"older copy of a disk", 3, olderCopy},
	{"a handler that panics", 3, brokenHandler},
	{"a handler that panics, alone", 1, brokenHandler},
}

// TestScenes plays them all.
func TestScenes(t *testing.T) {
	for _, s := range scenes {
		t.Run(s.name, func(t *testing.T) {
			if seed, err := s.try(); err != nil {
				t.Fatalf("seed %d: %v", seed, err)
			}
		})
	}
}

// try plays a scene with some seeds. It returns the first with which a promise is
// broken.
func (s *scene) try() (seed uint64, err error) {
	for seed = 1; seed <= 10 && err == nil; seed++ {
		_, err = simulate(seed, nil, func(w *world) {
			w.profile = calmProfile(s.nodes)
			w.network.delay = w.profile.delay
			w.found(s.nodes)
			w.lead()
			s.play(w)
		})
	}
	return seed - 1, err
}

func calmProfile(n int) profile {
	return profile{nodes: n, delay: 300, applyTime: 20, syncTime: 200, snapshotEntries: 1 << 30, keepEntries: 1, honest: true}
}

// lead waits for a leader whom all members know.
func (w *world) lead() *node {
	if !w.until(20*second, func() bool {
		l := w.leader()
		if l == nil {
			return false
		}
		for _, n := range w.up() {
			if id, _ := n.replica.Leader(); id != l.id && !n.paused && l.replica.Members().Has(n.id) {
				return false
			}
		}
		return true
	}) {
		w.fail("no leader")
	}
	return w.leader()
}

// others returns the nodes that run but this.
func (w *world) others(n *node) (list []*node) {
	for _, x := range w.up() {
		if x != n {
			list = append(list, x)
		}
	}
	return list
}

// reply is what a pipeline got.
type reply struct {
	done bool
	err  error
	list []any
}

// ask sends a pipeline to a node.
func (w *world) ask(n *node, calls ...command.Call) *reply {
	r := &reply{}
	u := &command.Unit{Calls: calls}
	then := func(err error) {
		r.done, r.err = true, err
		if err == nil {
			r.list = parseAll(u.W.Buf)
		}
	}
	n.do(func() {
		if u.Writes() {
			n.write(u, then)
		} else {
			n.read(u, then)
		}
	})
	return r
}

// await waits for the reply to a pipeline.
func (w *world) await(r *reply) *reply {
	if !w.until(30*second, func() bool { return r.done }) {
		w.fail("no answer")
	}
	return r
}

// must sends a pipeline and wants the text of its last reply.
func (w *world) must(n *node, want string, calls ...command.Call) {
	r := w.await(w.ask(n, calls...))
	if r.err != nil {
		w.fail("node %d, %s: %v", n.id, words(&command.Unit{Calls: calls}), r.err)
	}
	if got := text(r.list[len(r.list)-1]); got != want {
		w.fail("node %d, %s: %q, want %q", n.id, words(&command.Unit{Calls: calls}), got, want)
	}
}

// isolate cuts nodes off from all others until heal.
func (w *world) isolate(nodes ...*node) {
	inside := map[string]bool{}
	for _, n := range nodes {
		inside[n.machine.name] = true
	}
	w.network.cut = map[[2]string]bool{}
	for _, a := range w.machines {
		for _, b := range w.machines {
			if inside[a.name] != inside[b.name] {
				w.network.cut[[2]string{a.name, b.name}] = true
			}
		}
	}
}

// staged wants that a scene has come to its point.
func (w *world) staged(ok bool, what string) {
	if !ok {
		w.fail("the scene was not staged: %s", what)
	}
}
