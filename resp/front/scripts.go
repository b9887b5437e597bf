package front

import (
	"strings"

	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/resp/reply"
)

// weighScript finds out whether a script is a read, and whether it may grow the data,
// before it goes its way.
func (s *Session) weighScript(c *command.Call) {
	switch {
	case s.srv.backend.Reads(c):
		c.SetReads()
	case s.srv.backend.OverMemory():
		c.Over = true
	}
}

// directScript is direct for a script. One that writes is a write like any other;
// one that reads must be short, and stand in front of what writes.
func (s *Session) directScript(cmd *command.Command, args [][]byte) bool {
	call := s.call(cmd, args)
	if !call.Reads {
		return len(s.unit.Calls) == 0 || s.writes && !s.full(argBytes(args), true)
	}
	return !s.writes && !s.srv.backend.Long(call) && (len(s.unit.Calls) == 0 || !s.full(argBytes(args), false))
}

// transact adds a transaction to the unit.
func (s *Session) transact(args [][]byte, db int, tx *command.Tx, by *command.Caller) {
	over := false
	for i := range tx.Calls {
		if c := &tx.Calls[i]; c.Cmd.Flags.Has(command.Script) {
			s.weighScript(c)
			over = over || c.Over
		}
	}
	s.next = command.NewExec(s.srv.exec, tx, &s.keys)
	s.next.Args, s.next.DB = args, db
	s.next.SetBy(by)
	if over {
		s.next.SetOver()
	}
	s.add(&s.next)
	s.next.Tx = nil
}

var scriptRows = []Row{
	{command.Spec{
		Name: "script", Usage: "SCRIPT", Since: "2.6.0", Group: command.GroupScripting,
		Summary:    "A container for Lua scripts management commands",
		Complexity: "Depends on subcommand.",
	}, nil},
	{command.Spec{
		Name: "kill", Container: "script", Usage: "SCRIPT KILL", Since: "2.6.0", Group: command.GroupScripting,
		Summary:    "Kill the script currently in execution.",
		Complexity: "O(1)",
		Flags:      command.NoScript | command.AllowBusy, Tips: []string{"request_policy:all_shards", "response_policy:one_succeeded"},
	}, func(s *Session, _ [][]byte, w *reply.Writer) { kill(s, w, false) }},
	{command.Spec{
		Name: "debug", Container: "script", Usage: "SCRIPT DEBUG <YES | SYNC | NO>", Since: "3.2.0", Group: command.GroupScripting,
		Summary:    "Set the debug mode for executed scripts.",
		Complexity: "O(1)",
		Flags:      command.NoScript | command.Local,
	}, func(_ *Session, args [][]byte, w *reply.Writer) {
		if strings.EqualFold(string(args[2]), "NO") {
			w.OK()
			return
		}
		w.Error(reply.ErrScriptDebug)
	}},
	{command.Spec{
		Name: "help", Container: "script", Usage: "SCRIPT HELP", Since: "5.0.0", Group: command.GroupScripting,
		Summary:    "Show helpful text about the different subcommands",
		Complexity: "O(1)",
		Flags:      command.Loading | command.Stale | command.Local,
	}, scriptHelpCommand},
	{command.Spec{
		Name: "function", Usage: "FUNCTION", Since: "7.0.0", Group: command.GroupScripting,
		Summary:    "A container for function commands",
		Complexity: "Depends on subcommand.",
	}, nil},
	{command.Spec{
		Name: "kill", Container: "function", Usage: "FUNCTION KILL", Since: "7.0.0", Group: command.GroupScripting,
		Summary:    "Kill the function currently in execution.",
		Complexity: "O(1)",
		Flags:      command.NoScript | command.AllowBusy, Tips: []string{"request_policy:all_shards", "response_policy:one_succeeded"},
	}, func(s *Session, _ [][]byte, w *reply.Writer) { kill(s, w, true) }},
	{command.Spec{
		Name: "help", Container: "function", Usage: "FUNCTION HELP", Since: "7.0.0", Group: command.GroupScripting,
		Summary:    "Show helpful text about the different subcommands",
		Complexity: "O(1)",
		Flags:      command.Loading | command.Stale | command.Local,
	}, functionHelpCommand},
}

// kill ends the scripts, or functions, that read on this node.
func kill(s *Session, w *reply.Writer, function bool) {
	if errText := s.srv.backend.KillScript(function); errText != "" {
		w.Error(errText)
		return
	}
	w.OK()
}

func scriptHelpCommand(_ *Session, _ [][]byte, w *reply.Writer) {
	writeHelp(w, "SCRIPT", `
DEBUG (YES|SYNC|NO)
    Set the debug mode for subsequent scripts executed.
EXISTS <sha1> [<sha1> ...]
    Return information about the existence of the scripts in the script cache.
FLUSH [ASYNC|SYNC]
    Flush the Lua scripts cache. Very dangerous on replicas.
    When called without the optional mode argument, the behavior is determined by the
    lazyfree-lazy-user-flush configuration directive. Valid modes are:
    * ASYNC: Asynchronously flush the scripts cache.
    * SYNC: Synchronously flush the scripts cache.
KILL
    Kill the currently executing Lua script.
LOAD <script>
    Load a script into the scripts cache without executing it.
`)
}

func functionHelpCommand(_ *Session, _ [][]byte, w *reply.Writer) {
	writeHelp(w, "FUNCTION", `
LOAD [REPLACE] <FUNCTION CODE>
    Create a new library with the given library name and code.
DELETE <LIBRARY NAME>
    Delete the given library.
LIST [LIBRARYNAME PATTERN] [WITHCODE]
    Return general information on all the libraries:
    * Library name
    * The engine used to run the Library
    * Library description
    * Functions list
    * Library code (if WITHCODE is given)
    It also possible to get only function that matches a pattern using LIBRARYNAME argument.
STATS
    Return information about the current function running:
    * Function name
    * Command used to run the function
    * Duration in MS that the function is running
    If no function is running, return nil
    In addition, returns a list of available engines.
KILL
    Kill the current running function.
FLUSH [ASYNC|SYNC]
    Delete all the libraries.
    When called without the optional mode argument, the behavior is determined by the
    lazyfree-lazy-user-flush configuration directive. Valid modes are:
    * ASYNC: Asynchronously flush the libraries.
    * SYNC: Synchronously flush the libraries.
DUMP
    Return a serialized payload representing the current libraries, can be restored using FUNCTION RESTORE command
RESTORE <PAYLOAD> [FLUSH|APPEND|REPLACE]
    Restore the libraries represented by the given payload, it is possible to give a restore policy to
    control how to handle existing libraries (default APPEND):
    * FLUSH: delete all existing libraries.
    * APPEND: appends the restored libraries to the existing libraries. On collision, abort.
    * REPLACE: appends the restored libraries to the existing libraries, On collision, replace the old
      libraries with the new libraries (notice that even on this option there is a chance of failure
      in case of functions name collision with another library).
`)
}
