package reply

// Users. The texts without a code are parts of others.
const (
	ErrACLModifier    = "ERR Error in ACL SETUSER modifier '%s': %s"                  // %s: the rule, and one of the reasons
	ErrACLParenthesis = "ERR Unmatched parenthesis in acl selector starting at '%s'." // %s: the rule

	ACLUnknown          = "Unknown command or category name in ACL"
	ACLSyntax           = "Syntax error"
	ACLAfterAllKeys     = "Adding a pattern after the * pattern (or the 'allkeys' flag) is not valid and does not have any effect. Try 'resetkeys' to start with an empty list of patterns"
	ACLAfterAllChannels = "Adding a pattern after the * pattern (or the 'allchannels' flag) is not valid and does not have any effect. Try 'resetchannels' to start with an empty list of channels"
	ACLNoPassword       = "The password you are trying to remove from the user does not exist"
	ACLHash             = "The password hash must be exactly 64 characters and contain only lowercase hexadecimal characters"
	ACLDuplicate        = "Duplicate user found. A user can only be defined once in config files"
	ACLFirstArg         = "Allowing first-arg of a subcommand is not supported"

	ErrNoPerm         = "NOPERM %s" // %s: one of the next
	NoPermCommand     = "User %s has no permissions to run the '%s' command"
	NoPermKey         = "No permissions to access a key"
	NoPermChannel     = "No permissions to access a channel"
	NoPermThisKey     = "User %s has no permissions to access the '%s' key"
	NoPermThisChannel = "User %s has no permissions to access the '%s' channel"

	ACLUserName        = "Usernames can't contain spaces or null characters"
	ErrACLFile         = "ERR %sWARNING: ACL errors detected, no change to the previously active ACL rules was performed" // %s: the faults
	ACLFileUser        = "%s should start with user keyword followed by the username. "                                   // %s: file and line, here and below
	ACLFileName        = "'%s: username '%s' contains invalid characters. "
	ACLFileTwice       = "WARNING: Duplicate user '%s' found on line %d. "
	ACLFileParenthesis = "%s: Unmatched parenthesis in selector definition."
	ACLFileRule        = "%s: Error in applying operation '%s': %s. "
	ACLFileFault       = "%s: %s. "

	ErrSortBy  = "ERR BY option of SORT denied due to insufficient ACL permissions."
	ErrSortGet = "ERR GET option of SORT denied due to insufficient ACL permissions."
	ErrRevoke  = "ERR LEASE REVOKE denied due to insufficient ACL permissions: it deletes the keys of the lease, and needs ~*"
	ErrGenPass = "ERR ACL GENPASS argument must be the number of bits for the output password, a positive number up to %d"
)
