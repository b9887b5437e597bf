package transport

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/msredis/msredis/cluster/transport/secure"
)

// version is the version of what follows the handshake. Nodes of different
// versions do not talk.
const version = 3

// purpose is what a connection is for.
type purpose byte

const (
	forMessages purpose = 1 + iota
	forSnapshot
	forCall
	forNews
)

// hello is how a dialer introduces itself.
type hello struct {
	version uint16
	purpose purpose
	cluster uint64 // 0: not known (calls only)
	from    uint64 // 0: not a member (calls only)
	to      uint64 // whom the dialer means to reach; 0: whoever it is (calls only)
	process Process
}

// Process is what a member tells of itself when it connects, or is connected to.
// The zero value is that of somebody who calls.
type Process struct {
	Starts   uint64 // how often the member was started, this time included
	Run      uint64 // a random number of this start
	Last     uint64 // index of the last entry of its log
	Election uint64 // its election timeout, in milliseconds
	// Lasts are the indexes of the last entries of its further groups.
	Lasts []uint64
}

const (
	processBytes = 4 * 8
	helloBytes   = 2 + 1 + 3*8 + processBytes
)

func (p Process) append(buf []byte) []byte {
	for _, v := range [...]uint64{p.Starts, p.Run, p.Last, p.Election} {
		buf = binary.LittleEndian.AppendUint64(buf, v)
	}
	for _, v := range p.Lasts {
		buf = binary.LittleEndian.AppendUint64(buf, v)
	}
	return buf
}

// parseProcess reads the first processBytes of b, and a number for each further group.
func parseProcess(b []byte) Process {
	at := func(i int) uint64 { return binary.LittleEndian.Uint64(b[8*i:]) }
	p := Process{Starts: at(0), Run: at(1), Last: at(2), Election: at(3)}
	for i := processBytes / 8; i < len(b)/8 && len(p.Lasts) < MaxGroups; i++ {
		p.Lasts = append(p.Lasts, at(i))
	}
	return p
}

func (h hello) append(buf []byte) []byte {
	start := len(buf)
	buf = beginFrame(buf)
	buf = binary.LittleEndian.AppendUint16(buf, h.version)
	buf = append(buf, byte(h.purpose))
	for _, v := range [...]uint64{h.cluster, h.from, h.to} {
		buf = binary.LittleEndian.AppendUint64(buf, v)
	}
	buf = h.process.append(buf)
	endFrame(buf, start, kindHello)
	return buf
}

func parseHello(b []byte) (h hello, err error) {
	if len(b) >= 2 { // so that another version is told apart
		h.version = binary.LittleEndian.Uint16(b)
	}
	if len(b) < helloBytes {
		if h.version != 0 && h.version != version {
			return h, wrongVersion(h.version)
		}
		return h, errors.New("short introduction")
	}
	h.purpose = purpose(b[2])
	h.cluster = binary.LittleEndian.Uint64(b[3:])
	h.from = binary.LittleEndian.Uint64(b[11:])
	h.to = binary.LittleEndian.Uint64(b[19:])
	h.process = parseProcess(b[27:])
	return h, nil
}

// Reason says for which reason a peer is not let in, where it can do something
// about it.
type Reason byte

// The reasons.
const (
	Whatever     Reason = 1 + iota // the text says it
	Removed                        // it is no member any more
	OtherCluster                   // it belongs to another cluster
	Outdated                       // it has less than it once had: its data is an older copy
	Twin                           // another process of the same member is connected
)

// RefusedError is what a peer answered instead of letting us in.
type RefusedError struct {
	Why  Reason
	Text string
}

func (e *RefusedError) Error() string { return "refused by the peer: " + e.Text }

// refuse is an error that is told to a peer as it is.
func refuse(why Reason, format string, args ...any) error {
	return &RefusedError{why, fmt.Sprintf(format, args...)}
}

// appendStatus appends a frame that says yes with a result, or no with a reason.
func appendStatus(buf []byte, k kind, result []byte, err error) []byte {
	if r := (*RefusedError)(nil); errors.As(err, &r) {
		return appendFrame(buf, k, []byte{byte(r.Why)}, []byte(r.Text))
	}
	if err != nil {
		return appendFrame(buf, k, []byte{byte(Whatever)}, []byte(err.Error()))
	}
	return appendFrame(buf, k, []byte{0}, result)
}

func parseStatus(b []byte) ([]byte, error) {
	if len(b) == 0 {
		return nil, errors.New("empty answer")
	}
	if b[0] != 0 {
		return nil, &RefusedError{Reason(b[0]), string(b[1:])}
	}
	return b[1:], nil
}

// admit decides about a connection.
func (t *Transport) admit(h hello) error {
	id := t.identity.Load()
	switch {
	case h.version != version:
		return wrongVersion(h.version)
	case h.purpose == forCall:
		if h.cluster != 0 && id.cluster != 0 && h.cluster != id.cluster {
			return wrongCluster(h.cluster, id.cluster)
		}
		return nil
	case h.purpose != forMessages && h.purpose != forSnapshot && (h.purpose != forNews || t.options.News == nil):
		return fmt.Errorf("connection of unknown purpose %d", h.purpose)
	case id.cluster == 0 || id.self == 0 || !t.ready.Load():
		return errors.New("this node is still starting")
	case h.cluster != id.cluster:
		return wrongCluster(h.cluster, id.cluster)
	case h.to != id.self:
		return fmt.Errorf("this is member %x, not member %x", id.self, h.to)
	case h.from == 0 || h.from == id.self:
		return fmt.Errorf("member %x cannot come from outside", h.from)
	case !t.room(h.from):
		return errors.New("this node has heard of too many members")
	}
	return t.vet(h.from, h.process)
}

// vet decides about a process of a member, whichever side has connected. Of two
// that call themselves the same member, the one that came first stays: else they
// would push each other out for ever.
func (t *Transport) vet(id uint64, p Process) error {
	t.mu.Lock()
	l := t.links[id]
	t.mu.Unlock()
	if l != nil {
		if s := l.stream.Load(); s != nil && s.process.Run != p.Run && s.live() {
			return refuse(Twin, "member %x is connected already, as another process: its data is used twice", id)
		}
	}
	return t.handler.Admit(id, p)
}

func wrongVersion(theirs uint16) error {
	return fmt.Errorf("protocol version %d, this node speaks %d", theirs, version)
}

func wrongCluster(theirs, ours uint64) error {
	return refuse(OtherCluster, "cluster %x, this node belongs to cluster %x", theirs, ours)
}

// greet secures a fresh connection and introduces this node, and returns what the
// other side tells of itself.
func greet(g *secure.Guard, conn net.Conn, h hello, timeout time.Duration) (*secure.Conn, *frames, Process, error) {
	var who Process
	if err := conn.SetDeadline(time.Now().Add(timeout)); err != nil {
		return nil, nil, who, err
	}
	safe, err := g.Client(conn, h.append(nil))
	if err != nil {
		return nil, nil, who, err
	}
	in := newFrames(safe, maxSmallFrame)
	body, err := in.expect(kindWelcome)
	if err != nil {
		return nil, nil, who, fmt.Errorf("handshake: %w", err)
	}
	result, err := parseStatus(body)
	if err != nil {
		return nil, nil, who, err
	}
	if len(result) >= processBytes {
		who = parseProcess(result)
	}
	return safe, in, who, conn.SetDeadline(time.Time{})
}
