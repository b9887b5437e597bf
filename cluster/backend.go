package cluster

import (
	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/resp/front"
	"github.com/msredis/msredis/store"
)

// OverMemory reports whether calls that may add to the data are refused; see
// front.Backend. The node that a client is connected to decides, before the log: no
// node executes a call that is refused.
func (n *Node) OverMemory() bool { return n.refuse() }

// Long reports whether a call is a read that takes long; see front.Backend.
func (n *Node) Long(c *command.Call) bool { return n.storeOf(c).Long(c) }

// storeOf returns the store of the group that a call is for.
func (n *Node) storeOf(c *command.Call) *store.Store {
	at := 0
	if len(n.groups) > 1 {
		at = max(c.Group(len(n.groups)), 0)
	}
	return n.groups[at].Store()
}

// Reads reports whether a script is known to write nothing; see front.Backend.
func (n *Node) Reads(c *command.Call) bool { return n.storeOf(c).Reads(c) }

// Harmless reports whether a script is flagged no-writes; see front.Backend.
func (n *Node) Harmless(c *command.Call) bool {
	return n.storeOf(c).Scripts().Harmless(c.Cmd, c.Args)
}

// KillScript ends scripts that read; see front.Backend.
func (n *Node) KillScript(function bool) (errText string) {
	for _, g := range n.groups {
		text := g.Store().Scripts().Kill(function)
		if text == "" {
			return ""
		}
		errText = text
	}
	return errText
}

// Large guesses how large a reply is; see front.Backend.
func (n *Node) Large(c *command.Call) int { return n.storeOf(c).Large(c) }

// Founded reports whether this process has founded the cluster, alone or with
// others: the first start of a founder.
func (n *Node) Founded() bool { return n.founded }

// Founder reports whether this process, or an earlier start of the node, has founded the
// cluster.
func (n *Node) Founder() bool { return n.founder }

// Alone reports whether this node is the only voter; see front.Backend.
func (n *Node) Alone() bool {
	for _, g := range n.groups {
		if !g.IsAlone() {
			return false
		}
	}
	return true
}

// View returns the cluster as this node knows it; see front.Backend.
func (n *Node) View() *front.View {
	v := n.meta().View()
	out := &front.View{ClusterID: n.cluster, Self: n.id, Leader: v.Leader, Term: v.Term, Quorum: v.Leader != 0}
	for _, g := range n.groups[1:] { // a command may be for any of them
		out.Quorum = out.Quorum && g.View().Leader != 0
	}
	var match map[uint64]uint64
	if v.Leads && len(v.Members.List) > 1 {
		match, _ = n.meta().Progress()
	}
	for _, m := range v.Members.List {
		if m.ID == n.id {
			m.ClientAddr, m.TLSPort = n.options.ClientAddr, n.options.TLSPort // before the others have agreed on it
		}
		out.Members = append(out.Members, front.Member{
			ID: m.ID, Name: m.Name, ClientAddr: m.ClientAddr, TLSPort: m.TLSPort, PeerAddr: m.PeerAddr, Learner: m.Learner,
			Alive: n.alive(m.ID), Match: match[m.ID],
		})
	}
	return out
}

// Info gathers figures; see front.Backend.
func (n *Node) Info() *front.Info {
	s := n.stats()
	out := &front.Info{
		State: s.State, Term: s.Term, Commit: s.Commit, Applied: s.Applied,
		FirstIndex: s.FirstIndex, LastIndex: s.LastIndex, QueuedUnits: s.QueuedUnits, QueuedBytes: s.QueuedBytes,
		LeaderSwitch: n.metrics.group.LeaderChanges(), Entries: n.metrics.group.Entries(),
		SnapshotAt: s.SnapshotAt, Saves: s.Saves, LastSave: s.LastSave.Unix(), LastSaveOK: s.LastSaveOK, LastSaveTook: s.LastTook,
		SaveRunning: s.Saving > 0, SaveRunningFor: s.Saving, SnapshotBytes: s.SnapshotBytes, WALBytes: s.WALBytes,
		Installing: s.Installing,
	}
	st := n.meta().Store() // has the state of the cluster
	out.LogTime = st.Now()
	scripts := st.Scripts().Info()
	out.Scripts, out.ScriptBytes = scripts.Scripts, scripts.ScriptBytes
	out.Libraries, out.Functions, out.LibraryBytes = scripts.Libraries, scripts.Functions, scripts.LibraryBytes
	out.Views, out.HeldBytes = store.Views()
	out.DB = map[int]front.DBInfo{}
	for _, g := range n.groups {
		addData(out, g.Store())
	}
	return out
}
