package front

import "github.com/msredis/msredis/resp/command"

// With several groups a command, a transaction and what it watches have their keys in one
// of them. The client is told as in Redis Cluster. There the keys of a command have one
// slot; here it is enough that their slots belong to one group.

// apart reports whether no group can run a command. In MULTI that is so of a command for all
// groups, too.
func (s *Session) apart(cmd *command.Command, args [][]byte) bool {
	at := s.call(cmd, args).Group(s.srv.groups)
	return at == command.Apart || at == command.Everywhere && s.tx.open
}

// txApart reports whether no group has all that a transaction uses and watches.
func (s *Session) txApart(tx *transaction) bool {
	calls := tx.queue.calls(s.srv.table, &s.keys)
	exec := command.NewExec(s.srv.exec, &command.Tx{Calls: calls, Watches: tx.watches}, &s.keys)
	return exec.Group(s.srv.groups) == command.Apart
}

// watchesApart reports whether some keys, and those that the session watches, are not in one
// group.
func (s *Session) watchesApart(keys [][]byte) bool {
	groups := s.srv.groups
	at := command.GroupOf(command.Slot(keys[0]), groups)
	for _, key := range keys {
		if command.GroupOf(command.Slot(key), groups) != at {
			return true
		}
	}
	for i := range s.tx.watches {
		if command.GroupOf(command.Slot(s.tx.watches[i].Key), groups) != at {
			return true
		}
	}
	return false
}
