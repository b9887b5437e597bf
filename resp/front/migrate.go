package front

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/msredis/msredis/internal/redisnum"
	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/resp/reply"
)

// MIGRATE moves keys to another Redis: it dumps them here, restores them there, and
// deletes them here. Redis stops the world meanwhile, so a key is on one side or the
// other. Here the other clients are served, and what they do to a key between the dump
// and the deletion must not be lost. So the key's version is taken in front of the
// dump. An EXEC with a watch deletes the key only if it still has that version. If it
// has another version, it is sent once more, in the place of the copy that is there by
// now. If it is gone, the copy is deleted.
//
// The command runs on a goroutine of its own, as all that may block.

// migrateTries is how often a key is sent that changes again and again.
const migrateTries = 8

// migrateTimeout is for a client that gives none.
const migrateTimeout = time.Second

// migration is a MIGRATE.
type migration struct {
	session        *Session
	db             int
	target         string
	targetDB       int64
	timeout        time.Duration
	copy, replace  bool
	user, password []byte // nil: none is sent
	keys           [][]byte
}

func migrateCommand(s *Session, args [][]byte, w *reply.Writer) {
	m, errText := parseMigrate(args)
	if errText != "" {
		w.Error(errText)
		return
	}
	m.session, m.db = s, int(s.db.Load())
	moved, err := m.run()
	f := (*command.Failure)(nil)
	switch {
	case errors.As(err, &f):
		w.Error(f.Text)
	case err != nil:
		w.Error(err.Error())
	case !moved:
		w.Simple("NOKEY")
	default:
		w.OK()
	}
}

// parseMigrate reads the arguments in Redis's order.
func parseMigrate(args [][]byte) (m *migration, errText string) {
	m = &migration{keys: args[3:4], target: net.JoinHostPort(string(args[1]), string(args[2]))}
	for i := 6; i < len(args); i++ {
		more := len(args) - 1 - i
		switch strings.ToLower(string(args[i])) {
		case "copy":
			m.copy = true
		case "replace":
			m.replace = true
		case "auth":
			if more < 1 {
				return nil, reply.ErrSyntax
			}
			m.user, m.password = nil, args[i+1]
			i++
		case "auth2":
			if more < 2 {
				return nil, reply.ErrSyntax
			}
			m.user, m.password = args[i+1], args[i+2]
			i += 2
		case "keys":
			if len(args[3]) != 0 {
				return nil, reply.ErrMigrateKeys
			}
			m.keys = args[i+1:]
			i = len(args)
		default:
			return nil, reply.ErrSyntax
		}
	}
	timeout, ok := redisnum.ParseInt(args[5])
	if !ok {
		return nil, reply.ErrNotInteger
	}
	if m.targetDB, ok = redisnum.ParseInt(args[4]); !ok {
		return nil, reply.ErrNotInteger
	}
	const longest = int64(24 * time.Hour / time.Millisecond)
	if m.timeout = time.Duration(min(timeout, longest)) * time.Millisecond; timeout <= 0 {
		m.timeout = migrateTimeout
	}
	return m, ""
}

// dumped is a key on its way.
type dumped struct {
	key     []byte
	version uint64
	payload []byte
	ttl     int64 // milliseconds; 0: it has no deadline
	sent    bool  // an older copy is at the target
}

// run moves the keys. It returns false if there is none of them. An error's text
// is the reply to the client.
func (m *migration) run() (moved bool, err error) {
	list, err := m.dump(m.keys)
	if err != nil || len(list) == 0 {
		return false, err
	}
	c, err := m.dial()
	if err != nil {
		return false, err
	}
	defer c.close()
	var refused error
	for try := 0; len(list) > 0; try++ {
		if try == migrateTries {
			return false, errors.New(reply.ErrMigrateChanged)
		}
		taken, err := c.restore(list, m.replace)
		if refused = err; err != nil && len(taken) == 0 {
			return false, err
		}
		if m.copy {
			return true, refused
		}
		if list, err = m.remove(taken); err != nil {
			return false, err
		}
		if refused != nil {
			// The rest stays here, and so does what has changed meanwhile: the
			// client has to look at it anyway.
			return false, refused
		}
		if list, err = m.again(c, list); err != nil {
			return false, err
		}
	}
	return true, nil
}

// dump reads what there is of the keys, with the versions that they had before.
func (m *migration) dump(keys [][]byte) ([]*dumped, error) {
	backend, table := m.session.srv.backend, m.session.srv.table
	versions, err := backend.Versions(m.db, keys)
	if err != nil {
		return nil, errors.New(failureText(err))
	}
	u := &command.Unit{Client: m.session.id}
	u.W.Proto = reply.RESP2
	for _, key := range keys {
		for _, name := range []string{"dump", "pttl"} {
			u.Calls = append(u.Calls, nodeCall(table.Named(name), [][]byte{[]byte(name), key}, m.db))
		}
	}
	if err := backend.Read(u); err != nil {
		return nil, errors.New(failureText(err))
	}
	var list []*dumped
	rest := u.W.Buf
	next := func() (one []byte) {
		n := reply.Len(rest)
		one, rest = rest[:n:n], rest[n:]
		return one
	}
	for i, key := range keys {
		dump, pttl := next(), next()
		switch {
		case len(dump) == 0 || dump[0] == '-':
			return nil, errors.New(errorText(dump))
		case dump[0] != '$' || isNull(dump):
			continue
		}
		d := &dumped{key: key, version: versions[i], payload: bulkText(dump)}
		if ttl, err := strconv.ParseInt(string(bytes.TrimSpace(pttl[1:])), 10, 64); err == nil && ttl >= 0 {
			d.ttl = max(ttl, 1)
		}
		list = append(list, d)
	}
	return list, nil
}

// remove deletes the keys that have not changed since they were read, and returns
// the others.
func (m *migration) remove(list []*dumped) (changed []*dumped, err error) {
	srv := m.session.srv
	u := &command.Unit{Client: m.session.id}
	u.W.Proto = reply.RESP2
	for _, d := range list {
		del := [][]byte{[]byte("DEL"), d.key}
		u.Bytes += argBytes(del)
		u.Calls = append(u.Calls, command.NewExec(srv.exec, &command.Tx{
			Calls:   []command.Call{nodeCall(srv.table.Named("del"), del, m.db)},
			Watches: []command.Watch{{DB: m.db, Key: d.key, Version: d.version}},
		}, nil))
		u.Calls[len(u.Calls)-1].By = command.ByNode
	}
	if len(u.Calls) == 0 {
		return nil, nil
	}
	if err := srv.backend.Write(u); err != nil {
		return nil, err
	}
	rest := u.W.Buf
	for _, d := range list {
		n := reply.Len(rest)
		if _, _, ran := openArray(rest[:n]); !ran {
			d.sent = true
			changed = append(changed, d)
		}
		rest = rest[n:]
	}
	return changed, nil
}

// again reads keys that have changed once more. Of those that are gone the copies
// are deleted, too.
func (m *migration) again(c *migrateConn, list []*dumped) ([]*dumped, error) {
	if len(list) == 0 {
		return nil, nil
	}
	keys := make([][]byte, len(list))
	for i, d := range list {
		keys[i] = d.key
	}
	now, err := m.dump(keys)
	if err != nil {
		return nil, err
	}
	there := map[string]bool{}
	for _, d := range now {
		d.sent = true
		there[string(d.key)] = true
	}
	for _, key := range keys {
		if !there[string(key)] {
			if err := c.ask([]byte("DEL"), key); err != nil {
				return nil, err
			}
		}
	}
	return now, nil
}

// migrateConn is a connection to the target.
type migrateConn struct {
	nc      net.Conn
	br      *bufio.Reader
	timeout time.Duration // of each exchange
}

func (m *migration) dial() (*migrateConn, error) {
	var config *tls.Config
	if asClient := m.session.srv.opt.AsClient; asClient != nil {
		var err error
		if config, err = asClient(); err != nil {
			return nil, errors.New(reply.ErrMigrateConnect) // the log has the cause
		}
	}
	nc, err := net.DialTimeout("tcp", m.target, m.timeout)
	if err != nil {
		// Redis goes on without waiting for the connection, and so fails to write
		// to one that is refused.
		if timeout := net.Error(nil); errors.As(err, &timeout) && timeout.Timeout() {
			return nil, errors.New(reply.ErrMigrateConnect)
		}
		return nil, errors.New(reply.ErrMigrateWrite)
	}
	if nc, err = m.secure(nc, config); err != nil {
		return nil, err
	}
	c := &migrateConn{nc: nc, br: bufio.NewReader(nc), timeout: m.timeout}
	if m.password != nil {
		login := [][]byte{[]byte("AUTH"), m.password}
		if m.user != nil {
			login = [][]byte{[]byte("AUTH"), m.user, m.password}
		}
		err = c.ask(login...)
	}
	if err == nil {
		err = c.ask([]byte("SELECT"), strconv.AppendInt(nil, m.targetDB, 10))
	}
	if err != nil {
		c.close()
		return nil, err
	}
	return c, nil
}

// secure does the handshake, if there is to be one.
func (m *migration) secure(nc net.Conn, config *tls.Config) (net.Conn, error) {
	if config == nil {
		return nc, nil
	}
	over := tls.Client(nc, config)
	err := nc.SetDeadline(time.Now().Add(m.timeout))
	if err == nil {
		err = over.Handshake()
	}
	if err != nil {
		m.session.srv.log.Warn("no TLS with the target of MIGRATE", "target", m.target, "err", err)
		nc.Close()
		return nil, errors.New(reply.ErrMigrateConnect)
	}
	return over, nil
}

func (c *migrateConn) close() { c.nc.Close() }

// ask sends one command and takes its reply.
func (c *migrateConn) ask(args ...[]byte) error {
	if err := c.send(appendCommand(nil, args...)); err != nil {
		return err
	}
	return c.answer()
}

// restore sends the keys, and returns those that the target has taken; the error
// is why it has not taken all.
func (c *migrateConn) restore(list []*dumped, replace bool) (taken []*dumped, err error) {
	// The replies are read while the commands are sent: a target that answers
	// before it reads on would wait for us otherwise.
	sent := make(chan error, 1)
	go func() {
		for _, d := range list {
			args := [][]byte{[]byte("RESTORE"), d.key, strconv.AppendInt(nil, d.ttl, 10), d.payload}
			if replace || d.sent {
				args = append(args, []byte("REPLACE"))
			}
			if err := c.send(appendCommand(nil, args...)); err != nil {
				sent <- err
				return
			}
		}
		sent <- nil
	}()
	var refused error
	for _, d := range list {
		switch err := c.answer(); {
		case err == nil:
			taken = append(taken, d)
		case errors.As(err, new(targetError)):
			refused = firstError(refused, err)
		default:
			c.close() // ends the sender, if it is not done
			if failed := <-sent; failed != nil && len(taken) == 0 && refused == nil {
				err = failed
			}
			return taken, firstError(refused, err)
		}
	}
	return taken, firstError(refused, <-sent)
}

// firstError returns the first error.
func firstError(a, b error) error {
	if a != nil {
		return a
	}
	return b
}

// migrateChunk is how much has to go through in the timeout.
const migrateChunk = 64 << 10

func (c *migrateConn) send(b []byte) error {
	for len(b) > 0 {
		n := min(len(b), migrateChunk)
		if c.nc.SetWriteDeadline(time.Now().Add(c.timeout)) != nil {
			return errors.New(reply.ErrMigrateWrite)
		}
		if _, err := c.nc.Write(b[:n]); err != nil {
			return errors.New(reply.ErrMigrateWrite)
		}
		b = b[n:]
	}
	return nil
}

// targetError is an error reply of the target.
type targetError string

func (e targetError) Error() string { return fmt.Sprintf(reply.ErrMigrateTarget, string(e)) }

// answer reads a reply of one line.
func (c *migrateConn) answer() error {
	if c.nc.SetReadDeadline(time.Now().Add(c.timeout)) != nil {
		return errors.New(reply.ErrMigrateRead)
	}
	line, err := c.br.ReadSlice('\n')
	switch {
	case err != nil || len(line) < 3:
		return errors.New(reply.ErrMigrateRead)
	case line[0] == '-':
		return targetError(bytes.TrimRight(line[1:], "\r\n"))
	}
	return nil
}

func appendCommand(dst []byte, args ...[]byte) []byte {
	dst = append(strconv.AppendInt(append(dst, '*'), int64(len(args)), 10), "\r\n"...)
	for _, a := range args {
		dst = append(strconv.AppendInt(append(dst, '$'), int64(len(a)), 10), "\r\n"...)
		dst = append(append(dst, a...), "\r\n"...)
	}
	return dst
}
