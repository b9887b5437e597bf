package reply

// The commands about users.
const (
	ErrACLUserName  = "ERR Usernames can't contain spaces or null characters"
	ErrACLDefault   = "ERR The 'default' user cannot be removed"
	ErrACLNoFile    = "ERR This Redis instance is not configured to use an ACL file. You may want to specify users via the ACL SETUSER command and then issue a CONFIG REWRITE (assuming you have a Redis configuration file set) in order to store users in the Redis configuration."
	ErrACLOpen      = "ERR Error loading ACLs, opening file '%s': %s" // %s: the path, and what the system says
	ErrACLSave      = "ERR There was an error trying to save the ACLs. Please check the server logs for more information"
	ErrACLNoUser    = "ERR User '%s' not found"    // %s: the name
	ErrACLNoCommand = "ERR Command '%s' not found" // %s: the command
	ErrACLLogCount  = "ERR value is out of range, must be positive"

	// ErrNoPermExec is for a command that was allowed when MULTI queued it.
	ErrNoPermExec = "NOPERM ACLs rules changed between the moment the transaction was accumulated and the EXEC call. This command is no longer allowed for the following reason: %s" // %s: one of the next
	// NoPermExecCommand and below are reasons.
	NoPermExecCommand = "no permission to execute the command or subcommand"
	NoPermExecKey     = "no permission to touch the specified keys"
	NoPermExecChannel = "no permission to access one of the channels used as arguments to the command"

	// NoPermCode is in front of every text that says what a user may not do.
	NoPermCode = "NOPERM "

	ErrNoPermScript = "NOPERM ACL failure in script: %s" // %s: the text of the denial
)
