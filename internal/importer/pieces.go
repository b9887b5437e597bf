package importer

import (
	"strconv"

	"github.com/msredis/msredis/internal/rdb"
)

// A value of more than largeValue bytes is made piece by piece, so that no command of
// the import keeps the others waiting. It is made under another name, and renamed when
// it is whole.
const (
	largeValue    = 1 << 20
	pieceElements = 1024 // arguments
	pieceBytes    = 64 << 10
	pieceName     = "msredis-import:" // in front of the key
)

// divisible reports whether values of this type can be made by commands.
func divisible(t rdb.Type) bool {
	switch t.Family() {
	case rdb.FamilyList, rdb.FamilySet, rdb.FamilyZSet:
		return true
	case rdb.FamilyHash:
		return t != rdb.TypeHashExpiry && t != rdb.TypeHashListpackEx
	}
	return false
}

// putPieces imports a large key.
func (s *sink) putPieces(k *key) error {
	name := pieceName + string(k.name)
	s.add(pending{}, "UNLINK", name) // of an import that did not end well
	err := s.pieces(name, k.value)
	if s.broken != nil {
		return s.broken
	}
	if err != nil {
		s.add(pending{}, "UNLINK", name)
		s.sum.leave(k.String() + ": malformed " + rdb.Describe(k.value))
		return s.full()
	}
	if k.deadline != 0 {
		s.add(pending{}, "PEXPIREAT", name, strconv.FormatInt(k.deadline, 10))
	}
	if s.replace {
		s.add(s.last(k), "RENAME", name, string(k.name))
	} else {
		s.add(s.last(k), "RENAMENX", name, string(k.name))
		s.add(pending{}, "UNLINK", name)
	}
	return s.full()
}

// pieces makes the value under a name.
func (s *sink) pieces(name string, value []byte) error {
	t, d := rdb.Type(value[0]), rdb.NewDecoder(value[1:])
	p := piece{sink: s, name: name}
	var err error
	switch t.Family() {
	case rdb.FamilyList:
		p.command = "RPUSH"
		err = d.List(t, func(e []byte) error { return p.add(string(e)) })
	case rdb.FamilySet:
		p.command = "SADD"
		err = d.Set(t, func(m []byte) error { return p.add(string(m)) })
	case rdb.FamilyZSet:
		p.command = "ZADD"
		err = d.ZSet(t, func(m []byte, score float64) error {
			return p.add(strconv.FormatFloat(score, 'g', -1, 64), string(m))
		})
	case rdb.FamilyHash:
		p.command = "HSET"
		err = d.Hash(t, func(field, value []byte, _ int64) error { return p.add(string(field), string(value)) })
	}
	if err != nil {
		return err
	}
	return p.send()
}

// piece gathers elements into one command.
type piece struct {
	sink    *sink
	command string
	name    string
	args    []string
	bytes   int
}

func (p *piece) add(args ...string) error {
	p.args = append(p.args, args...)
	for _, a := range args {
		p.bytes += len(a)
	}
	if len(p.args) < pieceElements && p.bytes < pieceBytes {
		return nil
	}
	return p.send()
}

func (p *piece) send() error {
	if len(p.args) == 0 {
		return nil
	}
	p.sink.add(pending{}, append([]string{p.command, p.name}, p.args...)...)
	p.args, p.bytes = p.args[:0], 0
	return p.sink.full()
}
