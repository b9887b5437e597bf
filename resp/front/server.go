// Package front is where clients meet msredis: their sessions, the dispatch of
// commands, pipelines, MULTI, and every command that is answered without the data.
//
// It knows neither raft nor the store. Backend is the part of the node that it needs.
// Package resp is the wire that it needs: a Server is a resp.Handler.
//
// A session gathers the commands of a pipeline that need the data into one command.Unit
// and hands it over once. Commands that it answers itself become literals in that unit
// when there is one, so replies keep their order without cutting it. See
// (*Session).Start.
package front

import (
	"crypto/tls"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/msredis/msredis/internal/acl"
	"github.com/msredis/msredis/internal/blocking"
	"github.com/msredis/msredis/internal/options"
	"github.com/msredis/msredis/internal/pubsub"
	"github.com/msredis/msredis/resp"
	"github.com/msredis/msredis/resp/command"
)

// RedisVersion is the version of Redis that clients are told they talk to: they
// choose commands and defaults by it.
const RedisVersion = command.RedisVersion

// Options are what a Server needs of its process. All but Wire, Shutdown and
// Renames are
// required.
type Options struct {
	Table   *command.Table // has the rows of Specs
	Backend Backend
	Config  *options.Set
	Log     *slog.Logger
	Version string // of msredis
	Started time.Time
	Groups  int // that have the data; 0: 1
	// Renames are the lines rename-command.
	Renames []command.Rename
	// Shutdown begins the end of the process, for SHUTDOWN, and returns at
	// once. nil: SHUTDOWN is refused.
	Shutdown func(ShutdownOptions)
	// Wire returns the figures of the socket side for INFO. nil: they are 0.
	Wire func() resp.Stats
	// Blocking are the queues in which clients wait for keys. The backend tells
	// them of the keys that change. nil: nobody does.
	Blocking *blocking.Queues
	// Audience are the clients who hear of what happens. nil: nobody tells them.
	Audience *Audience
	// Secured is told whether new connections have to authenticate first. nil: nobody
	// wants to know.
	Secured func(bool)
	// AsClient returns how the node talks to other servers, for MIGRATE: over TLS, or,
	// with nil, in plain text. It is asked for each connection. nil: in plain text.
	AsClient func() (*tls.Config, error)
}

// ShutdownOptions are the arguments of SHUTDOWN.
type ShutdownOptions struct {
	Save   bool // write a snapshot first, even if there is no need
	NoSave bool // write none: the log alone has all that was acknowledged
	Now    bool // do not wait for another node to take the lead
}

// Server makes the sessions and holds what they share. All its methods may be
// called from any goroutine.
type Server struct {
	opt     Options
	table   *command.Table
	names   *command.Table // as clients call the commands
	backend Backend
	config  *options.Set
	log     *slog.Logger
	runID   string // 40 hexadecimal digits, drawn at the start

	ownNames [][]byte         // by command.ID, of commands that clients call otherwise; nil: there are none
	handlers []Handler        // by command.ID; nil: the backend answers
	exec     *command.Command // EXEC's row
	settings *command.Command // nil: the table has no data commands
	usersCmd *command.Command // likewise

	databases int
	groups    int  // that have the data
	clustered bool // cluster-enabled
	users     users

	stats   *stats
	peak    atomic.Uint64 // largest used memory seen by INFO and MEMORY, bytes
	rates   rates
	reset   atomic.Pointer[counters] // as they were at CONFIG RESETSTAT; nil: it was never sent
	startup uint64                   // memory in use when the server was made, bytes
	logs    commandLogs
	latency latencyMonitor
	pause   pause
	crowd   *crowd
	busy    busy

	clientMemory clientMemory

	hub         *pubsub.Hub
	monitors    *monitors
	tracking    *tracking
	subscribers atomic.Int64 // sessions that have subscribed to something

	blocking *blocking.Queues
	waiting  waiting
	stopping chan struct{} // closed by Unblock
	stopOnce sync.Once

	mu       sync.Mutex
	sessions map[uint64]*Session
}

// New makes a Server. It fails if the table lacks a row of this package.
func New(opt Options) (*Server, error) {
	if opt.Audience == nil {
		opt.Audience = NewAudience(opt.Config)
	}
	srv := &Server{
		opt:       opt,
		table:     opt.Table,
		backend:   opt.Backend,
		config:    opt.Config,
		log:       opt.Log,
		runID:     newRunID(),
		handlers:  make([]Handler, opt.Table.Len()),
		databases: int(opt.Config.Int("databases")),
		groups:    max(opt.Groups, 1),
		clustered: opt.Config.Bool("cluster-enabled"),
		stats:     newStats(opt.Table.Len()),
		sessions:  map[uint64]*Session{},
		blocking:  opt.Blocking,
		stopping:  make(chan struct{}),
		startup:   measureMemory().heap,
	}
	opt.Audience.server.Store(srv)
	srv.hub, srv.monitors, srv.tracking, srv.crowd = opt.Audience.hub, &opt.Audience.monitors, opt.Audience.tracking, &opt.Audience.crowd
	if srv.blocking == nil {
		srv.blocking = blocking.New()
	}
	var err error
	if srv.names, srv.ownNames, err = rename(srv.table, opt.Renames); err != nil {
		return nil, err
	}
	for _, row := range Rows() {
		cmd := srv.table.Named(row.FullName())
		if cmd == nil {
			return nil, fmt.Errorf("front: the command table has no %q", row.FullName())
		}
		srv.handlers[cmd.ID] = row.Run
	}
	srv.exec = srv.table.Named("exec")
	srv.hideTopology()
	srv.shareConfig()
	srv.users.book, srv.users.limit = acl.NewRulebook(srv.table), srv.config.Number("acllog-max-len")
	srv.followUsers()
	srv.followConfig()
	return srv, nil
}

// followConfig keeps at hand the options that commands are measured against.
func (srv *Server) followConfig() {
	follow := func(name string, apply func()) {
		apply()
		srv.config.OnChange(name, apply)
	}
	follow("maxmemory-clients", srv.followClientLimit)
	srv.config.OnChange("maxmemory", srv.followClientLimit)
	for name, log := range map[string]*commandLog{
		"slowlog-max-len":                  &srv.logs.slow,
		"commandlog-large-request-max-len": &srv.logs.largeRequests,
		"commandlog-large-reply-max-len":   &srv.logs.largeReplies,
	} {
		follow(name, func() { log.setLimit(int(srv.config.Int(name))) })
	}
	for name, log := range map[string]*commandLog{
		"commandlog-request-larger-than": &srv.logs.largeRequests,
		"commandlog-reply-larger-than":   &srv.logs.largeReplies,
	} {
		follow(name, func() { log.threshold.Store(srv.config.Int(name)) })
	}
	follow("slowlog-log-slower-than", func() {
		srv.logs.slow.threshold.Store(int64(srv.config.Duration("slowlog-log-slower-than")))
	})
	follow("latency-monitor-threshold", func() {
		srv.latency.threshold.Store(int64(srv.config.Duration("latency-monitor-threshold")))
	})
}

// Accept implements resp.Handler.
func (srv *Server) Accept(conn resp.Conn) resp.Session {
	s := newSession(srv, conn)
	srv.mu.Lock()
	srv.sessions[s.id] = s
	srv.mu.Unlock()
	return s
}

// Work implements resp.Handler.
func (srv *Server) Work() (more bool) { return srv.backend.Work() }

func (srv *Server) forget(s *Session) {
	srv.mu.Lock()
	delete(srv.sessions, s.id)
	srv.mu.Unlock()
}

// connected returns how many clients there are.
func (srv *Server) connected() int {
	srv.mu.Lock()
	defer srv.mu.Unlock()
	return len(srv.sessions)
}
