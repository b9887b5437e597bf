package front

import (
	"fmt"
	"slices"
	"strings"

	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/resp/reply"
)

func commandCommand(s *Session, _ [][]byte, w *reply.Writer)      { s.srv.names.WriteInfo(w, nil) }
func commandCountCommand(s *Session, _ [][]byte, w *reply.Writer) { s.srv.names.WriteCount(w) }

func commandInfoCommand(s *Session, args [][]byte, w *reply.Writer) {
	s.srv.names.WriteInfo(w, args[2:])
}

func commandDocsCommand(s *Session, args [][]byte, w *reply.Writer) {
	s.srv.names.WriteDocs(w, args[2:])
}

func commandListCommand(s *Session, args [][]byte, w *reply.Writer) {
	s.srv.names.WriteList(w, args[2:])
}

func commandGetkeysCommand(s *Session, args [][]byte, w *reply.Writer) {
	s.srv.names.WriteGetKeys(w, args[2:], false)
}

func commandGetkeysandflagsCommand(s *Session, args [][]byte, w *reply.Writer) {
	s.srv.names.WriteGetKeys(w, args[2:], true)
}

// There is one user, "default", who may do everything; requirepass is its password.
// ACL's answers about it are those of a Redis that was never told of other users.

func aclWhoamiCommand(_ *Session, _ [][]byte, w *reply.Writer) { w.BulkString(defaultUser) }

func aclUsersCommand(_ *Session, _ [][]byte, w *reply.Writer) { w.Strings([]string{defaultUser}) }

func aclListCommand(s *Session, _ [][]byte, w *reply.Writer) {
	password := "nopass sanitize-payload"
	if hash := s.srv.password.Load(); hash != nil {
		password = fmt.Sprintf("sanitize-payload #%x", *hash)
	}
	w.Strings([]string{fmt.Sprintf("user %s on %s ~* &* +@all", defaultUser, password)})
}

func aclGetuserCommand(s *Session, args [][]byte, w *reply.Writer) {
	if string(args[2]) != defaultUser {
		w.Null()
		return
	}
	hash := s.srv.password.Load()
	flags, passwords := []string{"on"}, []string{}
	if hash == nil {
		flags = append(flags, "nopass")
	} else {
		passwords = append(passwords, fmt.Sprintf("%x", *hash))
	}
	flags = append(flags, "sanitize-payload")
	w.Map(6)
	w.BulkString("flags")
	w.Set(len(flags))
	for _, flag := range flags {
		w.BulkString(flag)
	}
	w.BulkString("passwords")
	w.Strings(passwords)
	w.BulkString("commands")
	w.BulkString("+@all")
	w.BulkString("keys")
	w.BulkString("~*")
	w.BulkString("channels")
	w.BulkString("&*")
	w.BulkString("selectors")
	w.Array(0)
}

func aclCatCommand(s *Session, args [][]byte, w *reply.Writer) {
	if len(args) > 3 {
		w.Error(reply.SubcommandSyntax("acl", args[1]))
		return
	}
	categories := command.Categories()
	if len(args) == 2 {
		w.Strings(categories)
		return
	}
	if !slices.ContainsFunc(categories, func(c string) bool { return strings.EqualFold(c, string(args[2])) }) {
		w.Error(fmt.Sprintf(reply.ErrACLCategory, args[2]))
		return
	}
	mark, n := w.Later(), 0
	for _, cmd := range s.srv.table.All() {
		if cmd.Visible() && cmd.InCategory(args[2]) {
			w.BulkString(cmd.FullName)
			n++
		}
	}
	w.CloseArray(mark, n)
}
