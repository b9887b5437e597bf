package sim

import "github.com/msredis/msredis/resp/command"

// Every node checks what its clients may do before the log. What it knows then may be
// old where the log has the command: its user has lost the right, or is another user of
// the same name, or the default user has got a password.
func oldRights(w *world) {
	a := w.lead()
	f := w.others(a)[0]
	w.must(a, "OK", call("USERS", "SET", "alice", "on", "nopass", "~*", "+@all"))
	by := func(version uint64, c command.Call) command.Call {
		c.SetBy(&command.Caller{User: "alice", Version: version})
		return c
	}
	const denied, lost = "NOPERM User alice has no permissions to run the 'set' command", "NOPERM ACLs rules changed between the moment the transaction was accumulated and the EXEC call. This command is no longer allowed for the following reason: no permission to execute the command or subcommand"
	w.must(f, "OK", by(1, call("SET", "x", "1")))
	w.must(a, "OK", call("USERS", "SET", "alice", "-set"))
	w.must(f, denied, by(1, call("SET", "x", "2")))
	w.must(f, "["+lost+" 1]", by(1, multi(nil, call("SET", "x", "3"), call("GET", "x"))))
	w.must(f, "1", by(1, call("GET", "x")))
	w.must(a, "OK", call("USERS", "SET", "alice", "-get"))
	w.must(f, "NOPERM User alice has no permissions to run the 'get' command", by(2, call("GET", "x")))
	script := by(3, call("EVAL", "return redis.pcall('set', KEYS[1], '4')", "1", "x"))
	w.must(f, "NOPERM ACL failure in script: User alice has no permissions to run the 'set' command", script)

	w.must(a, "1", call("USERS", "DEL", "alice"))
	w.must(a, "OK", call("USERS", "SET", "alice", "on", "nopass", "~*", "+@all"))
	w.must(f, denied, by(3, call("SET", "x", "5"))) // she is somebody else
	w.must(f, "OK", by(5, call("SET", "x", "6")))

	stranger := call("SET", "x", "7")
	stranger.SetBy(&command.Caller{Version: 5, Unproven: true})
	w.must(f, "OK", stranger)
	w.must(a, "OK", call("USERS", "SET", "default", "resetpass"))
	w.must(f, "NOAUTH Authentication required.", stranger)
	w.must(f, "7", call("GET", "x"))
}
