package importer

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/zeebo/xxh3"

	"github.com/msredis/msredis/internal/rdb"
)

// key is one key to be imported.
type key struct {
	db       int
	name     []byte
	value    []byte // type and form; the sink copies it
	deadline int64  // Unix milliseconds; 0: none
	idle     int64  // seconds; -1: not known
}

func (k *key) String() string { return fmt.Sprintf("key %.256q in database %d", k.name, k.db) }

// A batch of commands for the target is closed at one of these bounds. One of
// them is under way while the next is filled.
const (
	batchBytes    = 4 << 20
	batchCommands = 512
)

// pending is a command whose reply is still to come.
type pending struct {
	k    *key // that is imported if there is no error; nil: a step on the way
	size int  // of its value
}

// answer is the reply to a command.
type answer struct {
	reply reply
	err   error
}

// sink writes keys to the target. All of it but the reading of replies is done
// by one goroutine.
type sink struct {
	conn     *conn
	sum      *Summary
	progress *progress
	replace  bool
	db       int // selected on the connection; -1: none yet

	waiting []pending // commands in conn.out
	sent    []pending // commands whose replies are being read
	answers chan []answer
	broken  error
	// taken has a hash of every key that was imported, if the source may name
	// a key twice; nil: it does not.
	taken map[uint64]struct{}
}

// put imports a key, sooner or later. The caller may reuse k.value.
func (s *sink) put(k *key) error {
	s.progress.tick()
	if k.deadline != 0 && k.deadline <= time.Now().UnixMilli() {
		s.sum.Expired++
		return nil
	}
	t := rdb.Type(k.value[0])
	if t.Family() == rdb.FamilyModule || t.Family() == rdb.FamilyUnknown {
		s.sum.leave(k.String() + ": " + rdb.Describe(k.value))
		return nil
	}
	if k.db != s.db {
		s.add(pending{}, "SELECT", strconv.Itoa(k.db))
		s.db = k.db
	}
	if len(k.value) > largeValue && divisible(t) {
		return s.putPieces(k)
	}
	options := []string{"ABSTTL"}
	if s.replace {
		options = append(options, "REPLACE")
	}
	if k.idle >= 0 {
		options = append(options, "IDLETIME", strconv.FormatInt(k.idle, 10))
	}
	deadline := strconv.AppendInt(nil, k.deadline, 10)
	payload := rdb.AppendFooter(slices.Clone(k.value), rdb.Version)
	s.conn.add(append([][]byte{[]byte("RESTORE"), k.name, deadline, payload}, words(options)...)...)
	s.waiting = append(s.waiting, s.last(k))
	return s.full()
}

// last is the command that puts k into its place.
func (s *sink) last(k *key) pending {
	own := &key{db: k.db, name: k.name, value: slices.Clone(k.value[:1])} // what may have to be said of it
	return pending{own, len(k.value)}
}

func (s *sink) add(p pending, args ...string) {
	s.conn.add(words(args)...)
	s.waiting = append(s.waiting, p)
}

func words(args []string) [][]byte {
	list := make([][]byte, len(args))
	for i, a := range args {
		list[i] = []byte(a)
	}
	return list
}

// full sends the batch if it is large enough.
func (s *sink) full() error {
	if len(s.waiting) < batchCommands && len(s.conn.out) < batchBytes {
		return s.broken
	}
	return s.flush()
}

// flush waits for the batch before and sends this one.
func (s *sink) flush() error {
	if err := s.settle(); err != nil || len(s.waiting) == 0 {
		return err
	}
	if err := s.conn.send(); err != nil {
		s.broken = s.failed(err)
		return s.broken
	}
	s.sent, s.waiting = s.waiting, nil
	s.answers = make(chan []answer, 1)
	go func(n int, to chan<- []answer) {
		var list []answer
		for range n {
			r, err := s.conn.read()
			list = append(list, answer{r, err})
			if _, refused := err.(replyError); err != nil && !refused {
				break
			}
		}
		to <- list
	}(len(s.sent), s.answers)
	return nil
}

// settle takes the replies to the batch that was sent.
func (s *sink) settle() error {
	if s.answers == nil {
		return s.broken
	}
	for i, a := range <-s.answers {
		if err := s.answered(&s.sent[i], a); err != nil && s.broken == nil {
			s.broken = s.failed(err)
		}
	}
	s.answers, s.sent = nil, nil
	return s.broken
}

// targetError is an error that is about the target.
type targetError struct{ error }

func (e targetError) Unwrap() error { return e.error }

func (s *sink) failed(err error) error {
	return targetError{fmt.Errorf("target %s: %w", s.conn.addr, err)}
}

// finish sends and takes all that is left.
func (s *sink) finish() error {
	if err := s.flush(); err != nil {
		return err
	}
	return s.settle()
}

// answered takes the reply to a command.
func (s *sink) answered(p *pending, a answer) error {
	refused, isReply := a.err.(replyError)
	switch {
	case a.err != nil && !isReply:
		return a.err
	case a.err != nil && p.k == nil:
		return refused
	case p.k == nil:
	case a.err == nil && string(a.reply.text) != "0":
		s.imported(p)
	case a.err == nil || strings.HasPrefix(string(refused), "BUSYKEY "): // 0: of RENAMENX
		s.existing(p.k)
	case strings.Contains(string(refused), "Bad data format"):
		s.sum.leave(fmt.Sprintf("%v: the target cannot read this %s", p.k, rdb.Describe(p.k.value)))
	default:
		return fmt.Errorf("%v: %w", p.k, refused)
	}
	return nil
}

func (s *sink) imported(p *pending) {
	s.sum.Keys++
	s.sum.Bytes += int64(p.size)
	s.sum.Databases[p.k.db]++
	if s.taken != nil {
		s.taken[p.k.hash()] = struct{}{}
	}
}

// existing counts a key that was there, unless it is one of ours that the source
// has named twice.
func (s *sink) existing(k *key) {
	if _, ours := s.taken[k.hash()]; !ours {
		s.sum.exists(k)
	}
}

func (k *key) hash() uint64 {
	return xxh3.Hash(append(binary.AppendUvarint(nil, uint64(k.db)), k.name...))
}
