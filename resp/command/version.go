package command

// RedisVersion is the version of Redis that clients are told they talk to: they
// choose commands and defaults by it. RedisVersionNumber is the same as scripts see
// it: a byte each for major, minor and patch.
const (
	RedisVersion       = "7.4.1"
	RedisVersionNumber = 7<<16 | 4<<8 | 1
)
