package compat

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/msredis/msredis/internal/testcluster"
	"github.com/msredis/msredis/internal/testcluster/wire"
)

func (r *run) step(s *Step) error {
	c := r.client(s.Client)
	switch s.Op {
	case OpDo:
		args, err := splitArgs(s.Cmds[0], r.vars)
		if err != nil {
			return err
		}
		v, err := c.Do(args...)
		if err != nil {
			return err
		}
		return r.check(s, v)
	case OpPipe:
		return r.pipe(s, c)
	case OpRaw:
		args, err := splitArgs(s.Cmds[0], r.vars)
		if err != nil {
			return err
		}
		// The server may close before it has read everything; what it said is read by recv.
		c.Send([]byte(strings.Join(args, "")))
		return nil
	case OpRecv:
		return r.recv(s, c)
	case OpUntil:
		return r.until(s, c)
	case OpScan:
		return r.scan(s, c)
	case OpTimes:
		return r.times(s, c)
	case OpAsync:
		args, err := splitArgs(s.Cmds[0], r.vars)
		if err != nil {
			return err
		}
		return c.Send(wire.AppendCommand(nil, args...))
	case OpQuiet:
		if !c.Quiet(quietTime) {
			return errors.New("a reply arrived")
		}
	case OpResp3:
		_, err := c.Do("HELLO", "3")
		return err
	case OpClose:
		delete(r.clients, s.Client)
		return c.Close()
	}
	return nil
}

func (r *run) pipe(s *Step, c *wire.Conn) error {
	var cmds [][]string
	for _, line := range s.Cmds {
		args, err := splitArgs(line, r.vars)
		if err != nil {
			return err
		}
		cmds = append(cmds, args)
	}
	replies, err := c.Pipeline(cmds)
	if err != nil {
		return err
	}
	return r.check(s, replies...)
}

func (r *run) recv(s *Step, c *wire.Conn) error {
	var replies []wire.Value
	for len(replies) != s.N {
		v, err := c.Recv()
		if err == io.EOF && s.N < 0 {
			break
		}
		if err != nil {
			return err
		}
		replies = append(replies, v)
	}
	return r.check(s, replies...)
}

func (r *run) until(s *Step, c *wire.Conn) error {
	want := r.want(s)
	if len(want) != 1 {
		return errors.New("until takes one reply, written by hand")
	}
	return testcluster.Poll(untilTimeout, func() error {
		args, err := splitArgs(s.Cmds[0], r.vars)
		if err != nil {
			return err
		}
		v, err := c.Do(args...)
		if err != nil {
			return err
		}
		p, err := ParsePattern(want[0])
		if err == nil && !p.Match(v, r.vars) {
			err = fmt.Errorf("still %s after %v", Format(v), untilTimeout)
		}
		return err
	})
}

// scan follows the cursor from 0 to 0 and returns the elements that it has met. An
// element may come twice, as SCAN allows, and is reported once.
func (r *run) scan(s *Step, c *wire.Conn) error {
	args, err := splitArgs(s.Cmds[0], r.vars)
	if err != nil {
		return err
	}
	at := 1
	if !strings.EqualFold(args[0], "SCAN") {
		at = 2
	}
	all, seen := wire.Value{Kind: wire.Array}, map[string]bool{}
	for range maxScanCalls {
		v, err := c.Do(args...)
		if err != nil {
			return err
		}
		if len(v.Elems) != 2 {
			return r.check(s, v)
		}
		for _, e := range v.Elems[1].Elems {
			if !seen[e.Text] {
				seen[e.Text] = true
				all.Elems = append(all.Elems, e)
			}
		}
		if v.Elems[0].Text == "0" {
			if len(s.Want) == 0 {
				s.Want = []string{"unordered"}
			}
			return r.check(s, all)
		}
		args[at] = v.Elems[0].Text
	}
	return fmt.Errorf("no end after %d calls", maxScanCalls)
}

func (r *run) times(s *Step, c *wire.Conn) error {
	var cmds [][]string
	for i := range s.N {
		args, err := splitArgs(strings.ReplaceAll(s.Cmds[0], "{i}", strconv.Itoa(i)), r.vars)
		if err != nil {
			return err
		}
		cmds = append(cmds, args)
	}
	replies, err := c.Pipeline(cmds)
	if err != nil {
		return err
	}
	for i, v := range replies {
		if !v.Equal(replies[0]) {
			return fmt.Errorf("number %d answers %s, the first one %s", i, Format(v), Format(replies[0]))
		}
	}
	return r.check(s, replies[0])
}
