package front

import (
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/msredis/msredis/internal/acl"
	"github.com/msredis/msredis/internal/options"
	"github.com/msredis/msredis/internal/redisnum"
	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/resp/reply"
)

func aclWhoamiCommand(s *Session, _ [][]byte, w *reply.Writer) {
	w.BulkString(s.user.Load().Name())
}

// usersNow returns the users that the cluster has now.
func (srv *Server) usersNow() *acl.Users {
	srv.fresh()
	return srv.users.now.Load()
}

func aclUsersCommand(s *Session, _ [][]byte, w *reply.Writer) {
	var names []string
	for _, u := range s.srv.usersNow().All() {
		names = append(names, u.Name())
	}
	w.Strings(names)
}

func aclListCommand(s *Session, _ [][]byte, w *reply.Writer) {
	var lines []string
	for _, u := range s.srv.usersNow().All() {
		lines = append(lines, u.Line())
	}
	w.Strings(lines)
}

func aclGetuserCommand(s *Session, args [][]byte, w *reply.Writer) {
	u := s.srv.usersNow().Get(args[2])
	if u == nil {
		w.Null()
		return
	}
	own, selectors := u.Rights()
	rights := func(r acl.Rights) {
		w.BulkString("commands")
		w.BulkString(r.Commands)
		w.BulkString("keys")
		w.BulkString(r.Keys)
		w.BulkString("channels")
		w.BulkString(r.Channels)
	}
	w.Map(6)
	w.BulkString("flags")
	flags := u.Flags()
	w.Set(len(flags))
	for _, flag := range flags {
		w.BulkString(flag)
	}
	w.BulkString("passwords")
	w.Strings(u.Passwords())
	rights(own)
	w.BulkString("selectors")
	w.Array(len(selectors))
	for _, r := range selectors {
		w.Map(3)
		rights(r)
	}
}

func aclSetuserCommand(s *Session, args [][]byte, w *reply.Writer) {
	s.changeUser(w, "SET", append([][]byte{args[2]}, hashed(args[3:])...)...)
}

func aclDeluserCommand(s *Session, args [][]byte, w *reply.Writer) {
	s.changeUser(w, "DEL", args[2:]...)
}

// changeUser is changeUsers with its answer.
func (s *Session) changeUser(w *reply.Writer, how string, rest ...[]byte) {
	r, err := s.srv.changeUsers(s, how, rest...)
	if err != nil {
		w.Error(err.Error())
		return
	}
	w.Raw(r)
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

func aclGenpassCommand(_ *Session, args [][]byte, w *reply.Writer) {
	bits := int64(acl.GenPassBits)
	if len(args) > 3 {
		w.Error(reply.SubcommandSyntax("acl", args[1]))
		return
	}
	if len(args) == 3 {
		var ok bool
		if bits, ok = redisnum.ParseInt(args[2]); !ok {
			w.Error(reply.ErrNotInteger)
			return
		}
	}
	if bits <= 0 || bits > acl.GenPassMaxBits {
		w.Error(fmt.Sprintf(reply.ErrGenPass, acl.GenPassMaxBits))
		return
	}
	password, err := acl.GenPass(rand.Reader, int(bits))
	if err != nil {
		w.Error("ERR " + err.Error())
		return
	}
	w.BulkString(password)
}

func aclLogCommand(s *Session, args [][]byte, w *reply.Writer) {
	const shown = 10
	a, count := &s.srv.users, int64(shown)
	switch {
	case len(args) > 3:
		w.Error(reply.SubcommandSyntax("acl", args[1]))
		return
	case len(args) == 3 && command.Is(args[2], "RESET"):
		a.logging.Lock()
		a.log.Reset()
		a.logging.Unlock()
		w.OK()
		return
	case len(args) == 3:
		var ok bool
		if count, ok = redisnum.ParseInt(args[2]); !ok {
			w.Error(reply.ErrNotInteger)
			return
		}
	}
	a.logging.Lock()
	entries := a.log.Entries(int(min(max(count, 0), maxACLLog)))
	a.logging.Unlock()
	now := time.Now().UnixMilli()
	w.Array(len(entries))
	for i := range entries {
		e := &entries[i]
		w.Map(10)
		w.BulkString("count")
		w.Int(e.Count)
		for _, field := range [][2]string{
			{"reason", e.Reason()}, {"context", string(e.Context)}, {"object", e.Object}, {"username", e.User},
		} {
			w.BulkString(field[0])
			w.BulkString(field[1])
		}
		w.BulkString("age-seconds")
		w.Double(float64(now-e.Updated) / 1000)
		w.BulkString("client-info")
		w.BulkString(e.Client)
		w.BulkString("entry-id")
		w.Int(e.ID)
		w.BulkString("timestamp-created")
		w.Int(e.Created)
		w.BulkString("timestamp-last-updated")
		w.Int(e.Updated)
	}
}

func aclDryrunCommand(s *Session, args [][]byte, w *reply.Writer) {
	u := s.srv.usersNow().Get(args[2])
	if u == nil {
		w.Error(fmt.Sprintf(reply.ErrACLNoUser, args[2]))
		return
	}
	cmd, _ := s.srv.names.Resolve(args[3:])
	switch {
	case cmd == nil || cmd.Flags.Has(command.Internal):
		w.Error(fmt.Sprintf(reply.ErrACLNoCommand, args[3]))
		return
	case !cmd.ArityOK(len(args) - 3):
		w.Error(reply.WrongArity(cmd.FullName))
		return
	}
	call := command.NewCall(cmd, args[3:], 0, nil)
	if d, ok := u.Check(&call); !ok {
		w.BulkString(d.Verbose(u))
		return
	}
	w.OK()
}

// GivenUsers returns the users that a node's configuration has. They stand in its ACL file
// or in its lines that begin with user. The default user has the password of requirepass.
func GivenUsers(config *options.Set, book *acl.Rulebook) ([]*acl.User, error) {
	allChannels := config.String("acl-pubsub-default") == "allchannels"
	u, err := acl.Default(book).With(passwordRules(config.String(passwordOption)), book, allChannels)
	if err != nil {
		return nil, err
	}
	list := []*acl.User{u}
	lines := config.UserLines()
	path := config.String("aclfile")
	switch {
	case path != "" && len(lines) > 0:
		return nil, fmt.Errorf("users stand in lines of the configuration and in an ACL file: one of them has to go")
	case path != "":
		content, err := os.ReadFile(aclPath(config))
		if err != nil {
			return nil, fmt.Errorf("the ACL file: %w", err)
		}
		users, err := acl.ParseFile(path, content, book, allChannels)
		return append(list, users...), err
	}
	for _, words := range lines {
		u, err := acl.ParseConfig(words, book, allChannels)
		if err != nil {
			return nil, fmt.Errorf("a line with a user cannot be read: %w", err)
		}
		list = append(list, u)
	}
	return list, nil
}

// aclPath is the ACL file, of which a relative name is meant in the data directory; "":
// there is none.
func aclPath(config *options.Set) string {
	path := config.String("aclfile")
	if path != "" && !filepath.IsAbs(path) {
		path = filepath.Join(config.String("dir"), path)
	}
	return path
}

// userLines are the users as lines of a configuration, without their first words. There
// are none if the users stand in an ACL file.
func (srv *Server) userLines() (lines []string) {
	if aclPath(srv.config) != "" {
		return nil
	}
	for _, u := range srv.usersNow().All() {
		lines = append(lines, u.ConfigLine())
	}
	return lines
}

func aclLoadCommand(s *Session, _ [][]byte, w *reply.Writer) {
	path := s.srv.config.String("aclfile")
	if path == "" {
		w.Error(reply.ErrACLNoFile)
		return
	}
	content, err := os.ReadFile(aclPath(s.srv.config))
	if err != nil {
		s.srv.log.Warn("the ACL file cannot be read", "err", err)
		w.Error(fmt.Sprintf(reply.ErrACLOpen, path, errnoText(err)))
		return
	}
	list, err := acl.ParseFile(path, content, s.srv.users.book, s.srv.config.String("acl-pubsub-default") == "allchannels")
	if err != nil {
		w.Error(err.Error())
		return
	}
	s.changeUser(w, "LOAD", linesOf(list, s.srv.users.book)...)
}

func aclSaveCommand(s *Session, _ [][]byte, w *reply.Writer) {
	path := s.srv.config.String("aclfile")
	if path == "" {
		w.Error(reply.ErrACLNoFile)
		return
	}
	var text strings.Builder
	for _, u := range s.srv.usersNow().All() {
		text.WriteString(u.Line() + "\n")
	}
	if err := options.ReplaceFile(aclPath(s.srv.config), []byte(text.String())); err != nil {
		s.srv.log.Warn("the ACL file cannot be written", "err", err)
		w.Error(reply.ErrACLSave)
		return
	}
	w.OK()
}

// errnoText is what the system says of a file, without its name.
func errnoText(err error) string {
	if pe := (*os.PathError)(nil); errors.As(err, &pe) {
		err = pe.Err
	}
	return err.Error()
}

func aclHelpCommand(_ *Session, _ [][]byte, w *reply.Writer) {
	writeHelp(w, "ACL", `
CAT [<category>]
    List all commands that belong to <category>, or all command categories
    when no category is specified.
DELUSER <username> [<username> ...]
    Delete a list of users.
DRYRUN <username> <command> [<arg> ...]
    Returns whether the user can execute the given command without executing the command.
GETUSER <username>
    Get the user's details.
GENPASS [<bits>]
    Generate a secure 256-bit user password. The optional `+"`bits`"+` argument can
    be used to specify a different size.
LIST
    Show users details in config file format.
LOAD
    Reload users from the ACL file.
LOG [<count> | RESET]
    Show the ACL log entries.
SAVE
    Save the current config to the ACL file.
SETUSER <username> <attribute> [<attribute> ...]
    Create or modify a user with the specified attributes.
USERS
    List all the registered usernames.
WHOAMI
    Return the current connection username.
`)
}
