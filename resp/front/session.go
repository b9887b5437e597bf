package front

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/msredis/msredis/internal/acl"
	"github.com/msredis/msredis/resp"
	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/resp/reply"
)

// Session is one connection. It runs on one goroutine at a time. All fields are
// confined to that goroutine but those of the second block, which CLIENT LIST of other
// connections reads.
type Session struct {
	srv  *Server
	conn resp.Conn
	id   uint64

	authenticated bool
	users         *acl.Users      // as they were when the fields below were computed
	by            *command.Caller // of its calls; nil: the default user where there are no others
	limited       bool            // not everything is allowed: ask denial
	locked        bool            // it has to authenticate first
	gone          bool            // its user is
	passed        bool            // permitted has looked at the command that is about to be dispatched
	unproven      bool            // it was let in without a password, by what this node knew then
	stale         bool            // READONLY: answers may lag behind
	inExec        bool            // a handler runs as part of EXEC and must not block
	mixed         bool            // the transaction that runs is a part of one
	mixedDB       int             // the database in which it began
	last          bool            // close the connection behind the replies
	heavy         bool            // the last reads took long
	looped        bool            // an event loop serves the pipeline: none of its reads is long
	silent        silence
	taken         int // commands of the pipeline that Start dispatched, for Serve
	tx            transaction
	subs          subscriptions
	listens       bool // it has subscriptions or is a monitor
	recent        recentCommand

	// unit collects the calls of the pipeline; its W.Buf is the output of the
	// connection. See pipeline.go.
	unit      *command.Unit
	unitBytes int             // arguments of all its calls
	reads     int             // calls of it that do not write
	maxReads  int             // how many there may be beside writes; see portion
	riding    int             // about how many bytes the replies to those beside writes have
	writes    bool            // one of the calls is a write
	slow      bool            // one of them must not stand beside a write
	base      int             // length of W.Buf before the first of its replies
	next      command.Call    // what is dispatched, or about to be; see call
	keys      command.KeyRoom // of the calls of the pipeline
	literals  reply.Writer    // their bytes; only made when the unit has calls
	locals    []command.ID    // answered here since mark and not accounted yet
	mark      time.Time       // start of what is not accounted yet

	db          atomic.Int32
	proto       atomic.Int32 // reply.RESP2 or RESP3
	queued      atomic.Int32 // commands queued by MULTI; -1: not in MULTI
	queuedBytes atomic.Int64 // … and the memory that they take
	watching    atomic.Int32 // keys that it watches
	names       atomic.Int64 // memory of what it watches, has subscribed to and tracks
	argBytes    atomic.Int64 // arguments of the pipeline that a goroutine of its own serves
	flags       atomic.Uint32
	lastCmd     atomic.Pointer[command.Command]
	waits       atomic.Pointer[blocked] // nil: it does not wait for keys
	tracker     atomic.Pointer[tracker] // nil: CLIENT TRACKING is off
	user        atomic.Pointer[acl.User]
	changing    atomic.Bool // it changes users, its own perhaps

	mu      sync.Mutex
	name    string
	libName string
	libVer  string
}

// Flags of a session that CLIENT LIST shows.
const (
	flagBlocked uint32 = 1 << iota
	flagReadOnly
	flagNoEvict
	flagNoTouch
	flagPubSub
	flagMonitor
)

// silence is the state of CLIENT REPLY.
type silence uint8

const (
	speak    silence = iota
	skipNext         // the next command gets no reply
	skipAll          // no command gets one
)

// Bounds of the memory that a session keeps for its next pipeline. So a large one does
// not hold its memory for as long as the client stays.
const (
	maxKeptBuffer = 64 << 10 // bytes of output
	maxKeptCalls  = 1024
)

func newSession(srv *Server, conn resp.Conn) *Session {
	s := &Session{
		srv:      srv,
		conn:     conn,
		id:       conn.ID(),
		maxReads: firstReads,
	}
	s.beginner()
	s.renewUnit()
	s.proto.Store(reply.RESP2)
	s.queued.Store(-1)
	s.byCertificate()
	return s
}

// Start implements resp.Session.
func (s *Session) Start(cmds [][][]byte, received time.Time) (replies []byte, last bool, p resp.Progress) {
	sound := false
	defer func() {
		if !sound && survivable(sessionStart) {
			s.broken(recover())
			replies, last, p = nil, true, resp.Served
		}
	}()
	s.unit.W.Buf = s.unit.W.Buf[:0]
	s.keys.Reset()
	s.mark = received
	s.srv.stats.pipelines.add(len(cmds))
	s.looped = true
	carried := 0
	for i, args := range cmds {
		carried += argBytes(args)
		if carried > heavyBytes || !s.direct(args) {
			s.taken, s.looped, sound = i, false, true
			if s.carries(cmds) {
				return nil, true, resp.Served
			}
			return nil, false, resp.Blocks
		}
		s.dispatch(args)
		s.dispatched()
		if s.last {
			break
		}
	}
	s.taken = len(cmds) // Serve goes on with the unit, if anything is left of it
	sound = true        // from here on the backend has the unit
	return s.startUnit()
}

// Serve implements resp.Session.
func (s *Session) Serve(cmds [][][]byte, _ time.Time) (replies []byte, last bool) {
	sound := false
	defer func() {
		if !sound && survivable(sessionServe) {
			s.broken(recover())
			replies, last = nil, true
		}
	}()
	s.looped = false
	for _, args := range cmds[s.taken:] {
		s.dispatch(args)
		s.dispatched()
		if s.last {
			break
		}
	}
	s.flush()
	s.argBytes.Store(0)
	sound = true
	return s.replies()
}

// replies ends a pipeline. The unit is empty.
func (s *Session) replies() (replies []byte, last bool) {
	if cap(s.locals) > maxKeptCalls {
		s.locals = nil
	}
	w := &s.unit.W
	if replies = w.Buf; cap(replies) > maxKeptBuffer {
		w.Buf = nil // it is given back when it is sent, not when the client comes again
	}
	return replies, s.last
}

// Closed implements resp.Session.
func (s *Session) Closed() {
	s.tx.reset()
	s.unsubscribeAll()
	s.endMonitor()
	s.endTracking()
	s.srv.forget(s)
}

// setProto changes the protocol of the replies from here on. The unit must be
// empty.
func (s *Session) setProto(proto uint8) {
	s.unit.W.Proto = proto
	s.literals.Proto = proto
	s.proto.Store(int32(proto))
}

func (s *Session) setFlag(flag uint32, on bool) {
	if on {
		s.flags.Or(flag)
	} else {
		s.flags.And(^flag)
	}
}

func (s *Session) setName(name string) {
	s.mu.Lock()
	s.name = name
	s.mu.Unlock()
}

func (s *Session) clientName() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.name
}
