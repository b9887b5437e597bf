package resp

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/user"
	"slices"
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"github.com/msredis/msredis/internal/bind"
)

// byTCP leaves keepalive to the gate, which sets it for each connection: it may change.
var byTCP = net.ListenConfig{KeepAlive: -1}

// listenUnix opens the socket at path. The file that a server left when it ended badly
// is replaced. A socket that answers is another server's, and any other file is
// somebody's. perm 0 leaves the permissions to the umask.
func listenUnix(path string, perm fs.FileMode, group string) (net.Listener, error) {
	if st, err := os.Lstat(path); err == nil && st.Mode()&os.ModeSocket != 0 {
		conn, err := net.DialTimeout("unix", path, time.Second)
		if err == nil {
			conn.Close()
		} else if errors.Is(err, unix.ECONNREFUSED) {
			os.Remove(path)
		}
	}
	ln, err := net.Listen("unix", path)
	if err != nil {
		var sys *os.SyscallError
		if errors.As(err, &sys) {
			err = sys.Err
		}
		return nil, fmt.Errorf("cannot listen for clients: unixsocket %s: %w", path, err)
	}
	if err := errors.Join(giveTo(path, group), permit(path, perm)); err != nil {
		ln.Close()
		return nil, fmt.Errorf("cannot listen for clients: unixsocket: %w", err)
	}
	return ln, nil
}

func permit(path string, perm fs.FileMode) error {
	if perm == 0 {
		return nil
	}
	return os.Chmod(path, perm)
}

// giveTo makes a file a group's.
func giveTo(path, group string) error {
	if group == "" {
		return nil
	}
	g, err := user.LookupGroup(group)
	if err != nil {
		return err
	}
	id, err := strconv.Atoi(g.Gid)
	if err != nil {
		return err
	}
	return os.Chown(path, -1, id)
}

// Rebind has the server listen at other addresses from now on, or returns an error and
// listens where it did. Clients that are connected stay. Addresses that stay are not
// closed in between. The others have to be: a socket for all addresses and one for a
// single one cannot share a port.
func (s *Server) Rebind(words []string) error {
	s.rebinding.Lock()
	defer s.rebinding.Unlock()
	old := s.bound
	if err := s.bindTo(words); err != nil {
		s.log.Warn("cannot listen at other addresses", "bind", words, "cause", err)
		if err := s.bindTo(old); err != nil {
			s.log.Error("cannot listen any more where it was", "bind", old, "cause", err)
		}
		return err
	}
	return nil
}

// bindTo closes and opens what it takes to listen at words. rebinding is held.
func (s *Server) bindTo(words []string) error {
	s.mu.Lock()
	if s.stopping.Load() {
		s.mu.Unlock()
		return net.ErrClosed
	}
	for _, g := range s.gates {
		if g.word != "" && !slices.Contains(words, g.word) {
			g.Listener.Close()
		}
	}
	s.gates = slices.DeleteFunc(s.gates, func(g *gate) bool { return g.word != "" && !slices.Contains(words, g.word) })
	held := map[*port][]string{}
	for _, g := range s.gates {
		held[g.port] = append(held[g.port], g.word)
	}
	s.mu.Unlock()
	s.bound = words
	for _, p := range s.ports {
		if err := s.openPort(p, words, held[p]); err != nil {
			return err
		}
	}
	return nil
}

// openPort listens at words on a port, but where it does already.
func (s *Server) openPort(p *port, words, held []string) error {
	var last error
	for _, word := range words {
		if slices.Contains(held, word) {
			continue
		}
		ln, skipped, err := bind.On(byTCP, word, p.number)
		if err != nil {
			return err
		}
		if skipped != nil {
			s.log.Info("not listening", "bind", word, "cause", skipped)
			last = skipped
			continue
		}
		held = append(held, word)
		p.number = ln.Addr().(*net.TCPAddr).Port
		s.open(&gate{Listener: ln, server: s, port: p, word: word})
	}
	if len(held) == 0 {
		return fmt.Errorf("no address to listen on could be used: %w", last)
	}
	return nil
}

// open adds a gate. It accepts from Serve on, or at once.
func (s *Server) open(g *gate) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopping.Load() {
		g.Listener.Close()
		return
	}
	s.gates = append(s.gates, g)
	if s.serving {
		s.rest.Go(g.run) // watch runs as long as the server does not stop, so nobody has waited for rest
	}
}
