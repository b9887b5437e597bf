package front

import (
	"strings"

	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/resp/reply"
)

// newCall makes a call that needs the data.
func (s *Session) newCall(cmd *command.Command, args [][]byte) command.Call {
	c := command.Call{Cmd: cmd, Args: args, DB: int(s.db.Load())}
	if cmd.Flags.Has(command.Script) {
		s.probe = c // whose address may be passed on without that memory is taken
		s.weighScript(&s.probe)
		c, s.probe = s.probe, command.Call{}
	}
	return c
}

// weighScript finds out what has to be known of a script before it goes its way:
// whether it is a read, and whether it may grow the data.
func (s *Session) weighScript(c *command.Call) {
	if c.Reads = s.srv.backend.Reads(c); !c.Reads && s.srv.backend.OverMemory() {
		c.Over = true
	}
}

// directScript is direct for a script. One that writes is a write like any other;
// one that reads must be short, and stand in front of what writes.
func (s *Session) directScript(cmd *command.Command, args [][]byte) bool {
	call := s.newCall(cmd, args)
	s.probe = call
	defer func() { s.probe = command.Call{} }()
	if !s.probe.Reads {
		return len(s.unit.Calls) == 0 || s.writes && !s.full(argBytes(args), true)
	}
	return !s.writes && !s.srv.backend.Long(&s.probe) && (len(s.unit.Calls) == 0 || !s.full(argBytes(args), false))
}

// weighScripts does for a transaction what weighScript does for a call.
func (s *Session) weighScripts(call *command.Call) {
	for i := range call.Tx.Calls {
		if c := &call.Tx.Calls[i]; c.Cmd.Flags.Has(command.Script) {
			s.weighScript(c)
			if c.Over {
				call.SetOver()
				return
			}
		}
	}
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
