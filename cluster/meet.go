package cluster

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/msredis/msredis/cluster/group"
	"github.com/msredis/msredis/internal/failpoint"
)

// CLUSTER MEET: a node that was started by itself moves to the cluster of the node that
// is told to meet it. Its data would be lost, so it has to be empty, as for redis-cli
// --cluster add-node. It gives its own cluster up for good before it says yes: no write
// can be acknowledged after the look at the data.

// ErrMoves ends a node that moves to another cluster: the process is to open its
// directory again.
var ErrMoves = errors.New("this node moves to another cluster")

type meetRequest struct {
	Cluster uint64   `json:"cluster"`
	Names   []string `json:"names"` // of the members
	Peers   []string `json:"peers"` // their peer addresses
	// Agreed are the cluster's options; Asked is the member that asks.
	Agreed Agreed `json:"settings,omitempty"`
	Asked  string `json:"asked,omitempty"`
}

// Meet has the node at a peer address join this cluster. It returns when that
// node has agreed to, or at once if it is a member; see front.Backend.
func (n *Node) Meet(addr string) error {
	q := meetRequest{Cluster: n.cluster, Agreed: n.agreed, Asked: n.options.Name}
	for _, m := range n.meta().View().Members.List {
		if m.PeerAddr == addr {
			return nil
		}
		q.Names, q.Peers = append(q.Names, m.Name), append(q.Peers, m.PeerAddr)
	}
	if err := n.listen(); err != nil { // a node by itself does not
		return err
	}
	var r callResult
	if err := n.call(addr, 0, methodMeet, q, &r); err != nil {
		return err
	}
	return r.err()
}

// moveTo gives this node's cluster up for another one.
func (n *Node) moveTo(q meetRequest) error {
	v := n.meta().View()
	switch {
	case q.Cluster == n.cluster:
		return nil
	case len(v.Members.List) != 1 || !v.Leads:
		return group.ErrNotEmpty
	case slices.Contains(q.Names, n.options.Name):
		return fmt.Errorf("a member is called %s already: start that node with another --node-name", n.options.Name)
	}
	if err := n.agreed.differ(q.Agreed, q.Asked); err != nil {
		return err
	}
	if err := n.meta().EndEmpty(ErrMoves); err != nil {
		return err
	}
	m := move{From: n.cluster, Peers: q.Peers}
	err := m.save(n.options.Dir)
	if err == nil {
		failpoint.Hit(failpoint.MoveAgreed)
		n.log.Info("met by a node of another cluster; moving there", "peers", q.Peers)
		err = ErrMoves
	}
	if err != ErrMoves {
		go n.options.Fatal(err)
		return err
	}
	time.AfterFunc(answerTime, func() { n.options.Fatal(err) })
	return nil
}

// answerTime is for telling who met this node that it agrees, before it closes
// its connections.
const answerTime = 50 * time.Millisecond

// move says, in a data directory, that the cluster From is given up for that of
// the Peers. It is removed when the node is a member there.
type move struct {
	From  uint64   `json:"from"`
	Peers []string `json:"peers"` // addresses
	// Sum is a CRC-32C of the file as it is with zero here.
	Sum uint32 `json:"sum"`
}

const moveFile = "move.json"

func (m *move) seal() *uint32 { return &m.Sum }

func (m *move) save(dir string) error { return saveSealed(filepath.Join(dir, moveFile), m, "") }

// loadMove returns nil if there is none.
func loadMove(dir string) (*move, error) {
	m := &move{}
	if found, err := loadSealed(filepath.Join(dir, moveFile), m, "", nil); !found {
		return nil, err
	}
	return m, nil
}

// endMove removes the file: the node is where it was to go.
func endMove(dir string) error {
	if err := os.Remove(filepath.Join(dir, moveFile)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("data directory: %w", err)
	}
	return syncDir(dir)
}

// continueMove brings a move on its way further after a start: what belongs to
// the cluster that was given up is removed. It may be cut off anywhere and begun
// again. The move is nil if there is none, or none any more.
func continueMove(dir string) (*move, error) {
	m, err := loadMove(dir)
	if m == nil || err != nil {
		return nil, err
	}
	id, err := loadIdentity(dir)
	if err != nil {
		return nil, err
	}
	if id != nil && id.Cluster != m.From {
		return nil, endMove(dir) // it is a member there
	}
	// The identity goes first, so that no half of a node is taken for one.
	for _, name := range []string{identityFile, incarnationFile, nonceFile, meetingsFile, groupsDir, group.WALDir, group.ShelfDir, group.ShelfDir + ".incoming", group.ShelfDir + ".install", group.ShelfDir + ".old"} {
		if err := os.RemoveAll(filepath.Join(dir, name)); err != nil {
			return nil, fmt.Errorf("data directory: %w", err)
		}
		if err := syncDir(dir); err != nil {
			return nil, err
		}
		failpoint.Hit(failpoint.MoveRemoved)
	}
	return m, nil
}
