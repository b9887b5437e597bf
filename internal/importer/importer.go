// Package importer brings a data set of Redis into a running msredis: out of a dump
// file, or out of a running server. It speaks to both over the wire. To the target it
// sends commands that any client may use: RESTORE, and for large values the commands
// that make them piece by piece.
//
// A running server is read with SCAN, DUMP and PEXPIRETIME rather than by the
// replication protocol. So it works with every version of Redis and with hosted ones.
// It needs no right to replicate and no fork of the source, and takes the data key by
// key. It gives up one moment for all keys. A user that needs one moment stops the
// writers, or imports a dump file.
package importer

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"time"

	"github.com/msredis/msredis/internal/rdb"
)

// Server is one end of an import.
type Server struct {
	Addr           string      // host:port
	User, Password string      // empty: no AUTH
	TLS            *tls.Config // nil: plain text
}

// Options say what is to be done.
type Options struct {
	File string // a dump file; or
	From Server // a running server
	To   Server

	Replace bool // keys that exist already
	// Progress gets a line every ProgressEvery.
	Progress io.Writer
}

// ProgressEvery is the time between two lines of progress.
const ProgressEvery = 2 * time.Second

// ErrIncomplete tells that the import went through, but not everything could be taken.
var ErrIncomplete = errors.New("not everything was imported")

// Run imports and returns what came of it. Unless the error is nil or
// ErrIncomplete, the import stopped before its end; it may be run again with
// Replace.
func Run(o Options) (*Summary, error) {
	sum := &Summary{Databases: map[int]int{}, To: o.To.Addr}
	to, err := dial(o.To)
	if err != nil {
		return sum, fmt.Errorf("target %w", err)
	}
	defer to.close()
	s := &sink{conn: to, sum: sum, replace: o.Replace, progress: newProgress(o.Progress, sum), db: -1}
	if o.File != "" {
		err = s.fromFile(o.File)
	} else {
		err = s.fromServer(o.From)
	}
	if atEnd := s.finish(); err == nil {
		err = atEnd
	}
	sum.Took = time.Since(s.progress.start)
	if err == nil && sum.incomplete() {
		err = ErrIncomplete
	}
	return sum, err
}

// fromFile imports a dump file.
func (s *sink) fromFile(path string) error {
	in, err := os.Open(path)
	if err != nil {
		return err
	}
	defer in.Close()
	file, err := rdb.NewFile(in)
	if err != nil {
		return err
	}
	if info, err := in.Stat(); err == nil && info.Size() > 0 {
		s.progress.done = func() float64 { return float64(file.Read()) / float64(info.Size()) }
	}
	for {
		rec, err := file.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		k := key{db: rec.DB, name: rec.Key, value: rec.Value, deadline: rec.Deadline, idle: rec.Idle}
		if err := s.put(&k); err != nil {
			return err
		}
	}
	for _, name := range file.Functions {
		s.sum.leave("function library " + name)
	}
	for _, name := range file.Modules {
		s.sum.leave("data of module " + name + " besides its keys")
	}
	return nil
}

// Summary is what came of an import.
type Summary struct {
	To        string
	Databases map[int]int // imported keys by database
	Keys      int         // imported
	Bytes     int64       // of their values as they came
	Expired   int         // keys whose deadline had passed
	Existing  int         // keys that were there before, and were left as they are
	Left      int         // what could not be taken
	// Names of the first maxNames of those that exist and that were left, with the
	// reason.
	ExistingNames, LeftNames []string
	Took                     time.Duration
}

// maxNames bounds what a summary names.
const maxNames = 100

func (s *Summary) leave(what string) {
	s.Left++
	if len(s.LeftNames) < maxNames {
		s.LeftNames = append(s.LeftNames, what)
	}
}

func (s *Summary) exists(k *key) {
	s.Existing++
	if len(s.ExistingNames) < maxNames {
		s.ExistingNames = append(s.ExistingNames, k.String())
	}
}

func (s *Summary) incomplete() bool { return s.Existing > 0 || s.Left > 0 }

// Write prints the summary.
func (s *Summary) Write(w io.Writer) {
	fmt.Fprintf(w, "imported %d keys (%s) into %s in %v\n", s.Keys, size(s.Bytes), s.To, s.Took.Round(time.Millisecond))
	for _, db := range slices.Sorted(maps.Keys(s.Databases)) {
		fmt.Fprintf(w, "  database %d: %d keys\n", db, s.Databases[db])
	}
	if s.Expired > 0 {
		fmt.Fprintf(w, "%d keys had expired\n", s.Expired)
	}
	if s.Existing > 0 {
		fmt.Fprintf(w, "%d keys exist already and were left as they are; --replace replaces them\n", s.Existing)
		names(w, s.ExistingNames, s.Existing)
	}
	if s.Left > 0 {
		fmt.Fprintf(w, "%d could not be imported\n", s.Left)
		names(w, s.LeftNames, s.Left)
	}
}

func names(w io.Writer, list []string, total int) {
	for _, name := range list {
		fmt.Fprintf(w, "  %s\n", name)
	}
	if more := total - len(list); more > 0 {
		fmt.Fprintf(w, "  and %d more\n", more)
	}
}

func size(n int64) string {
	switch {
	case n >= 1<<30:
		return fmt.Sprintf("%.1f GB", float64(n)/(1<<30))
	case n >= 1<<20:
		return fmt.Sprintf("%.1f MB", float64(n)/(1<<20))
	}
	return fmt.Sprintf("%.1f KB", float64(n)/(1<<10))
}

// progress prints how far an import is.
type progress struct {
	w           io.Writer
	sum         *Summary
	done        func() float64 // the part of all that is done
	start, last time.Time
	keys        int // at the last line
}

func newProgress(w io.Writer, sum *Summary) *progress {
	now := time.Now()
	return &progress{w: w, sum: sum, start: now, last: now}
}

// tick prints a line if it is time.
func (p *progress) tick() {
	now := time.Now()
	if p.w == nil || now.Sub(p.last) < ProgressEvery {
		return
	}
	part := ""
	if p.done != nil {
		part = fmt.Sprintf("%3.0f %%, ", 100*min(p.done(), 1))
	}
	fmt.Fprintf(p.w, "%s%d keys, %s, %.0f keys/s\n", part, p.sum.Keys, size(p.sum.Bytes),
		float64(p.sum.Keys-p.keys)/now.Sub(p.last).Seconds())
	p.last, p.keys = now, p.sum.Keys
}
