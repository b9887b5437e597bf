package resp

import (
	"sync/atomic"
	"time"
)

// Handler makes a Session for every client that connects. package front
// provides it.
type Handler interface {
	// Accept is called once per connection, before anything is read from it,
	// on the goroutine that accepts connections: it must not block.
	Accept(c Conn) Session
	// Work does what the sessions have begun, as far as it can be done now. An
	// event loop calls it when it has served every client that was ready, so
	// that what they want is done together. With more set it is called again
	// as soon as the loop has looked at its clients; else when they bring
	// something. It may wait for the disk, and for nothing else.
	Work() (more bool)
}

// Progress is how far Start has brought a pipeline.
type Progress uint8

const (
	// Served: the replies are there.
	Served Progress = iota
	// Pending: the session calls Conn.Finish with the replies.
	Pending
	// Blocks: what is left of the pipeline may wait for something. Serve does
	// the rest, on a goroutine of its own.
	Blocks
)

// Session is one client's side of the server. The server calls it from one
// goroutine at a time.
type Session interface {
	// Start begins to run the commands of one pipeline, in order, and never blocks. A
	// pipeline is all that one read from the socket completed; no command has zero
	// arguments. The next pipeline is started when the replies to this one are written.
	//
	// received is when the pipeline was read. The outer slice of cmds is only valid
	// until the replies are there. The arguments are immutable for ever: nobody writes
	// to them again, and whoever keeps one keeps it alive.
	//
	// The replies of all commands go to the client in one write. They may be empty
	// (CLIENT REPLY OFF) and are not touched until the next call of Start, Serve or
	// Closed. With last set the connection is closed when they are written (QUIT,
	// CLIENT KILL of oneself).
	//
	// The server bounds the replies by the limit of the client's class, but it sees
	// them when they are made. The session bounds a reply that is being made, by
	// Conn.OutputLimit.
	Start(cmds [][][]byte, received time.Time) (replies []byte, last bool, p Progress)

	// Serve goes on with a pipeline where Start stopped with Blocks, and may
	// block. It is expected to return soon after Conn.Done is closed.
	Serve(cmds [][][]byte, received time.Time) (replies []byte, last bool)

	// Closed tells that the connection is gone and neither Start nor Serve will
	// be called again. It is called exactly once, and must not block.
	Closed()
}

// Conn is a client's connection as its session sees it. All methods may be
// called from any goroutine.
type Conn interface {
	// ID is unique in this process, from 1 upwards.
	ID() uint64
	// RemoteAddr and LocalAddr are "host:port"; of a client that came over a Unix socket
	// both are that socket's path, with the port 0.
	RemoteAddr() string
	LocalAddr() string
	// Near tells whether the client is on this machine: it came over loopback or over a
	// Unix socket. Unix tells the latter.
	Near() bool
	Unix() bool
	// Secure tells whether the client talks TLS, and the common name of the certificate
	// that it has shown; "" if none.
	Secure() (on bool, name string)
	// FD is the descriptor of the socket; -1 when it is closed.
	FD() int
	// Created is when the connection was accepted, LastRead when the client
	// last sent something.
	Created() time.Time
	LastRead() time.Time
	// QueryBuffer returns how many received bytes wait to be executed, and how
	// many more fit into the buffer as it is.
	QueryBuffer() (used, free int)
	// OutputBuffer returns how many bytes wait to be sent.
	OutputBuffer() int

	// SetClass says which of the limits on output hold for the client from now
	// on. A connection starts out as ClassNormal.
	SetClass(class Class)
	// OutputLimit returns the hard limit of the client's class, 0 if there is none.
	// Replies of so many bytes are not made, because they would not be sent.
	OutputLimit() int
	// CloseOverLimit disconnects a client whose replies, of so many bytes or
	// more, exceed what its class allows. It is logged and counted as such.
	CloseOverLimit(bytes int)

	// SetAuthenticated lifts the small limits on the requests of a client that
	// has not logged in. A connection starts out unauthenticated if
	// Limits.RequireAuth says so at that time.
	SetAuthenticated(ok bool)
	// SetSilent tells that the client wants no replies, which includes what the
	// server says of a request that it cannot read.
	SetSilent(on bool)
	// SetIdleExempt excepts the client from Limits.IdleTimeout, as Redis does
	// with subscribers and blocked clients.
	SetIdleExempt(exempt bool)

	// Finish ends a pipeline whose Start returned Pending, with what it would
	// have returned otherwise. It is called once for each, does not block, and
	// may come before Start has returned.
	Finish(replies []byte, last bool)

	// GoOn ends the work on a pipeline whose Start returned Pending, too. The rest of
	// the pipeline is served as if Start had returned Blocks.
	GoOn()

	// Send sends a part of the replies to the pipeline that is being served,
	// so that a session need not hold all of them. Only Serve may call it, and
	// what it returns follows. It blocks until the client has taken them. b
	// may be reused then.
	Send(b []byte) error

	// Push queues an out-of-band message. It never blocks, and a message never
	// overtakes the replies of a pipeline that is being served: it is sent
	// when they are. A client that lets more pile up than its class allows is
	// disconnected (Limits.SetOutput). A b of SharedFrom bytes or more may be
	// kept, so nobody may write to it any more.
	Push(b []byte)

	// Pushed takes back messages that were pushed and have not been sent. It is for a
	// session that serves a pipeline: messages that came before one of its replies are
	// sent before it.
	Pushed() []byte

	// Close disconnects the client. A pipeline that is being served ends by itself. Its
	// replies are lost.
	Close()
	// Gone is set when nobody is there any more who could read the replies: what
	// only makes replies need not be done. A client that has ended its sending, and
	// no more, may still read.
	Gone() *atomic.Bool
	// Done is closed when the connection is closed by this side, and when the
	// other side went away while Serve runs.
	Done() <-chan struct{}
}
