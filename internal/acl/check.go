package acl

import (
	"bytes"
	"fmt"

	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/resp/reply"
)

// Kind is what a user has no right to. Where several selectors refuse a command, the
// kind that stands last here is told.
type Kind uint8

// The kinds.
const (
	DeniedCommand Kind = 1 + iota
	DeniedKey
	DeniedAuth // for the log alone: a wrong password
	DeniedChannel
	// DeniedOption is a use of keys whose names are in the data (SORT BY, LEASE REVOKE).
	// It needs a right to all keys.
	DeniedOption
	DeniedCertificate // for the log alone: a certificate whose name is no user's
	// Kinds is more than any of them.
	Kinds
)

// Denial tells why a user may not run a call. It points into the arguments of the call.
type Denial struct {
	Kind Kind
	Cmd  *command.Command
	Pos  int    // of the argument that is denied; 0: the command is
	Arg  []byte // that argument
	text string // of DeniedOption
}

// Object is what ACL LOG shows: the command, the key or the channel.
func (d *Denial) Object() string {
	if d.Kind == DeniedCommand {
		return commandName(d.Cmd)
	}
	return string(d.Arg)
}

// commandName is the command's full name in Redis.
func commandName(c *command.Command) string {
	if c.Flags.Has(command.Undivided) && c.Container != "" {
		return c.Container
	}
	return c.FullName
}

// Reply is the error reply to the call.
func (d *Denial) Reply(u *User) string {
	if d.Kind == DeniedOption {
		return d.text
	}
	return fmt.Sprintf(reply.ErrNoPerm, d.Reason(u))
}

// Reason is the text of the error without its code. It names neither key nor channel.
func (d *Denial) Reason(u *User) string {
	switch d.Kind {
	case DeniedKey:
		return reply.NoPermKey
	case DeniedChannel:
		return reply.NoPermChannel
	}
	return d.Verbose(u)
}

// Verbose is the text of ACL DRYRUN, which names all.
func (d *Denial) Verbose(u *User) string {
	switch d.Kind {
	case DeniedKey:
		return fmt.Sprintf(reply.NoPermThisKey, u.name, d.Arg)
	case DeniedChannel:
		return fmt.Sprintf(reply.NoPermThisChannel, u.name, d.Arg)
	case DeniedOption:
		return d.text
	}
	return fmt.Sprintf(reply.NoPermCommand, u.name, commandName(d.Cmd))
}

// Check reports whether the user may run a call, and if not, why. Of a transaction all
// calls are checked; what it watches was checked when it was watched. A call without a
// command is a finished reply, and allowed.
func (u *User) Check(call *command.Call) (d Denial, ok bool) {
	if u.unrestricted || call.Literal != nil {
		return d, true
	}
	if call.Tx != nil {
		return u.checkTx(call)
	}
	for _, s := range u.selectors {
		if kind, _ := s.check(call); kind == 0 {
			return d, true
		}
	}
	return u.denial(call), false
}

// denial tells why no selector allows a call.
func (u *User) denial(call *command.Call) Denial {
	d := Denial{Kind: DeniedCommand, Cmd: call.Cmd}
	for _, s := range u.selectors {
		if kind, pos := s.check(call); kind > d.Kind || kind == d.Kind && pos > d.Pos {
			d.Kind, d.Pos = kind, pos
		}
	}
	switch {
	case d.Kind == DeniedOption:
		d.text = call.Cmd.ByOptions(call.Args).AllKeysError
	case d.Pos > 0:
		d.Arg = call.Args[d.Pos]
	}
	return d
}

// checkTx is Check for a transaction.
func (u *User) checkTx(call *command.Call) (d Denial, ok bool) {
	for _, s := range u.selectors {
		ok = ok || s.allows(call.Cmd, nil)
	}
	if !ok {
		return Denial{Kind: DeniedCommand, Cmd: call.Cmd}, false
	}
	for i := range call.Tx.Calls {
		if d, ok = u.Check(&call.Tx.Calls[i]); !ok {
			return d, false
		}
	}
	return Denial{}, true
}

// check is Check for one selector. kind 0: the call is allowed.
func (s *selector) check(call *command.Call) (kind Kind, pos int) {
	if !s.allows(call.Cmd, call.Args) {
		return DeniedCommand, 0
	}
	f := call.Footprint()
	if !s.allKeys {
		for i := range f.Len() {
			k := f.Key(i)
			if !s.allowsKey(call.Args[k.Pos], rightsOf(k.Flags)) {
				return DeniedKey, int(k.Pos)
			}
		}
	}
	if channels := &call.Cmd.Channels; channels.First > 0 && !s.allChannels {
		for i := channels.First; i <= channels.Until(len(call.Args)); i++ {
			if !s.allowsChannel(call.Args[i], channels.Patterns) {
				return DeniedChannel, i
			}
		}
	}
	if all := f.AllKeys(); all != 0 && !s.allowsAll(rightsOf(all)) {
		return DeniedOption, 0
	}
	return 0, 0
}

// allows reports whether the selector allows a command. AUTH and its like are everybody's.
func (s *selector) allows(c *command.Command, args [][]byte) bool {
	if s.commands.has(c.ID) || c.Flags&command.NoAuth != 0 {
		return true
	}
	if s.firstArgs == nil || len(args) < 2 {
		return false
	}
	for _, first := range s.firstArgs[c.ID] {
		if equalFold(args[1], first) {
			return true
		}
	}
	return false
}

// equalFold compares as C's strcasecmp does; small is in small letters.
func equalFold(arg []byte, small string) bool {
	if len(arg) != len(small) {
		return false
	}
	for i, c := range arg {
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		if c != small[i] {
			return false
		}
	}
	return true
}

func (s *selector) allowsKey(key []byte, r rights) bool {
	for i := range s.keys {
		if k := &s.keys[i]; k.rights&r == r && k.matches(key) {
			return true
		}
	}
	return false
}

// allowsAll reports whether r is allowed with every key.
func (s *selector) allowsAll(r rights) bool {
	for i := range s.keys {
		if k := &s.keys[i]; k.rights&r == r && string(k.text) == "*" {
			return true
		}
	}
	return s.allKeys
}

// allowsChannel reports whether a channel is allowed. A pattern of channels is allowed if
// it is among the rules as it stands.
func (s *selector) allowsChannel(name []byte, isPattern bool) bool {
	for i := range s.channels {
		p := &s.channels[i]
		if isPattern && bytes.Equal(p.text, name) || !isPattern && p.matches(name) {
			return true
		}
	}
	return false
}

// MayHear reports whether the user may be subscribed to a channel, or to a pattern of
// channels. Redis asks the channels of all selectors together.
func (u *User) MayHear(name []byte, isPattern bool) bool {
	for _, s := range u.selectors {
		if s.allChannels || s.allowsChannel(name, isPattern) {
			return true
		}
	}
	return false
}
