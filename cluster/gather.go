package cluster

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"strconv"
	"sync"

	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/resp/reply"
)

// Commands over all keys go to all groups, and one reply is made of theirs. It is not one
// moment that they see or change: each group does its part at a position of its own log.
// Such a command sees all that was acknowledged before it came.

// runPieces runs a unit with calls for all groups, one piece after the other: the calls
// between two of these, and each of these.
func (n *Node) runPieces(u *command.Unit, s *split) error {
	var w reply.Writer // for a unit of which a piece failed
	failed := error(nil)
	u.Ran, u.Together, u.Done = 0, 1, 0
	for from := 0; from < len(u.Calls); {
		to := from + 1
		for s.places[from] != command.Everywhere && to < len(u.Calls) && s.places[to] != command.Everywhere {
			to++
		}
		piece := &command.Unit{Calls: u.Calls[from:to:to], W: u.W, Stale: u.Stale, Whole: u.Whole && from == 0, Client: u.Client}
		for i := range piece.Calls {
			if piece.Calls[i].Writes() {
				piece.Bytes += size(&piece.Calls[i])
			}
		}
		before := len(u.W.Buf)
		err := failed
		if err == nil && s.places[from] == command.Everywhere {
			err = n.gather(piece)
		} else if err == nil {
			err = n.runUnit(piece)
		}
		if err == nil {
			u.W = piece.W
			u.Ran, u.Time = u.Ran+piece.Ran, max(u.Time, piece.Time)
			w.Buf = append(w.Buf, u.W.Buf[before:]...)
			if u.W.Stopped() {
				u.Done = from + piece.Done
				return nil
			}
			from = to
			continue
		}
		if !s.writes {
			return err
		}
		if f := (*command.PartFailure)(nil); errors.As(err, &f) {
			w.Buf = append(w.Buf, f.Replies...)
		} else {
			for i := range piece.Calls {
				if call := &piece.Calls[i]; call.Literal != nil {
					w.Raw(call.Literal)
				} else {
					w.Error(failureText(err, call))
				}
			}
		}
		// The calls behind it do not begin.
		failed = &command.Failure{Text: reply.ErrNoQuorum}
		from = to
	}
	if failed != nil {
		if u.W.Discard {
			w.Buf = nil
		}
		return &command.PartFailure{Replies: w.Buf}
	}
	return nil
}

// gather runs a unit of one call in all groups.
func (n *Node) gather(u *command.Unit) error {
	call := &u.Calls[0]
	if call.Cmd.Gather == command.GatherCursor {
		return n.gatherCursor(u)
	}
	replies := make([][]byte, len(n.groups))
	errs := make([]error, len(n.groups))
	var wg sync.WaitGroup
	for i := range n.groups {
		wg.Go(func() { replies[i], errs[i] = n.askGroup(i, u, *call) })
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil && call.Writes() { // another group may have done its part
			return &command.Failure{Text: reply.ErrUnknown, Unknown: true}
		} else if err != nil {
			return err
		}
	}
	for _, r := range replies {
		if len(r) == 0 || r[0] == '-' {
			u.W.Add(r, true)
			return nil
		}
	}
	switch call.Cmd.Gather {
	case command.GatherSum:
		sum := int64(0)
		for _, r := range replies {
			v, _ := strconv.ParseInt(string(bytes.TrimSuffix(r[1:], []byte("\r\n"))), 10, 64)
			sum += v
		}
		u.W.Int(sum)
	case command.GatherArrays:
		gatherArrays(u, replies)
	case command.GatherChance:
		u.W.Add(replies[n.chance(call.DB, replies)], true)
	default:
		u.W.Add(replies[0], true)
	}
	return nil
}

// askGroup runs a call in one group.
func (n *Node) askGroup(i int, u *command.Unit, call command.Call) ([]byte, error) {
	ask := &command.Unit{Calls: []command.Call{call}, Stale: u.Stale, Client: u.Client, Bytes: u.Bytes}
	ask.W.Proto = u.W.Proto
	b := u.W.Bounds()
	b.Portion = 0
	ask.W.Bound(b)
	run := n.groups[i].Read
	if call.Writes() {
		run = n.groups[i].Write
	}
	if err := run(ask); err != nil {
		return nil, err
	}
	return ask.W.Buf, nil
}

// gatherArrays makes one array of several.
func gatherArrays(u *command.Unit, replies [][]byte) {
	total := 0
	for i, r := range replies {
		head, rest, _ := bytes.Cut(r, []byte("\r\n"))
		size, _ := strconv.Atoi(string(head[1:]))
		total += size
		replies[i] = rest
	}
	if replies = append([][]byte{nil}, replies...); !u.W.Discard {
		replies[0] = []byte("*" + strconv.Itoa(total) + "\r\n")
	}
	u.W.Add(bytes.Join(replies, nil), true)
}

// chance draws a group, each with the chance that the number of its keys gives it. A
// group that answered that it has none is not drawn.
func (n *Node) chance(db int, replies [][]byte) int {
	total := int64(0)
	weights := make([]int64, len(n.groups))
	for i, g := range n.groups {
		if r := replies[i]; r[0] == '_' || bytes.HasPrefix(r, []byte("$-1")) {
			continue
		}
		weights[i] = 1
		for d, info := range g.Store().DBInfo() {
			if d == db {
				weights[i] = info.Keys
			}
		}
		total += weights[i]
	}
	if total == 0 {
		return 0
	}
	at := rand.Int64N(total)
	for i, w := range weights {
		if at < w {
			return i
		}
		at -= w
	}
	return 0
}

// cursorGroup is the bit of a cursor at which the number of its group begins. Below it is
// the group's own cursor: the number of a shard and 32 bits of a hash. So a cursor is good on
// every node, and after a fail-over.
const cursorGroup = 48

// gatherCursor runs SCAN in the group that the cursor names. At the end of the group the
// next cursor is the beginning of the next one.
func (n *Node) gatherCursor(u *command.Unit) error {
	call := u.Calls[0]
	cursor, err := strconv.ParseUint(string(call.Args[1]), 10, 64)
	at := int(cursor >> cursorGroup)
	if err != nil || at >= len(n.groups) {
		at = 0 // the group has the error for it
	} else {
		call.Args = append([][]byte{}, call.Args...)
		call.Args[1] = strconv.AppendUint(nil, cursor&(1<<cursorGroup-1), 10)
	}
	r, err := n.askGroup(at, u, call)
	if err != nil {
		return err
	}
	if len(r) == 0 || r[0] == '-' {
		u.W.Add(r, true)
		return nil
	}
	// *2, the cursor as a bulk string, and the keys.
	head := reply.Len(r[len("*2\r\n"):]) + len("*2\r\n")
	fields := bytes.Split(r[:head], []byte("\r\n"))
	next, _ := strconv.ParseUint(string(fields[2]), 10, 64)
	switch {
	case next != 0:
		next |= uint64(at) << cursorGroup
	case at+1 < len(n.groups):
		next = uint64(at+1) << cursorGroup
	}
	u.W.Array(2)
	u.W.BulkString(strconv.FormatUint(next, 10))
	u.W.Add(r[head:], true)
	return nil
}
